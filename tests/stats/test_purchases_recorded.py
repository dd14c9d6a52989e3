"""What was bought in each recorded database: as many orders, and the same sums, as its own rows come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.connect import connect
from adapters.odoo import RpcAdapter
from adapters.records.stats import PurchaseQuery
from adapters.rpc import Credentials
from cache.purchases import summed
from demo.double.recorded import API_KEYS
from tests.adapters.customers import VERSIONS, WIRES
from tests.adapters.test_recorded_records import linked, number, recorded
from tests.support.doubles import DoubleOf

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
CENT = Decimal("0.01")
Rows = Mapping[int, Mapping[str, Any]]


@asynccontextmanager
async def opened(recorded_double: DoubleOf, version: str, transport: str = "auto") -> AsyncIterator[RpcAdapter]:
    server = recorded_double(version)
    named = transport == "json2" or (transport == "auto" and version == "19.0")
    key = next(iter(API_KEYS[version])) if named else server.double.dataset.passwords["admin"]
    adapter = await connect(Credentials(server.url, "shop", "admin", key), transport=transport)
    assert isinstance(adapter, RpcAdapter)
    await adapter.inspect()
    try:
        yield adapter
    finally:
        await adapter.close()


def buyer_of(version: str, order: Mapping[str, Any]) -> int:
    partner = recorded(version, "res.partner")[order["partner_id"][0]]
    return int(linked(partner["commercial_partner_id"]) or partner["id"])


def confirmed(version: str) -> dict[int, Mapping[str, Any]]:
    orders = recorded(version, "sale.order")
    known = recorded(version, "res.partner")
    return {
        key: row for key, row in orders.items() if row["state"] in ("sale", "done") and row["partner_id"][0] in known
    }


def moment(order: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(order.get("confirmation_date") or order["date_order"]).replace(tzinfo=UTC)


def goods(version: str, orders: Iterable[int]) -> list[Mapping[str, Any]]:
    wanted = set(orders)
    return [
        line
        for line in recorded(version, "sale.order.line").values()
        if line["order_id"][0] in wanted
        and line["product_id"]
        and not line.get("is_delivery")
        and not line.get("is_reward_line")
        and not line.get("reward_id")
    ]


def unit_of(line: Mapping[str, Any]) -> int:
    return int((line.get("product_uom") or line["product_uom_id"])[0])


def buyers(version: str) -> dict[int, list[int]]:
    """The confirmed orders of each buyer."""
    found: dict[int, list[int]] = defaultdict(list)
    for order_id, order in confirmed(version).items():
        found[buyer_of(version, order)].append(order_id)
    return found


def asked(buyer_id: int, **more: Any) -> PurchaseQuery:
    return PurchaseQuery(**{"commercial_partner_id": buyer_id, "since": LONG_AGO, "until": LATER, **more})


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_orders_and_sums_of_every_buyer(version: str, transport: str, recorded_double: DoubleOf) -> None:
    orders = confirmed(version)
    async with opened(recorded_double, version, transport) as adapter:
        compared = 0
        for buyer_id, own in buyers(version).items():
            found = await adapter.purchased_orders(asked(buyer_id))
            assert sorted(order.id for order in found) == sorted(own)
            assert found == sorted(found, key=lambda order: (order.at, order.id))
            for order in found:
                row = orders[order.id]
                assert (order.untaxed, order.total) == (number(row["amount_untaxed"]), number(row["amount_total"]))
                assert (order.at, order.name) == (moment(row), row["name"])
            compared += await _check_variants(adapter, version, buyer_id, own)
        assert compared > 10, "there is too little in the recorded database to tell"


async def _check_variants(adapter: RpcAdapter, version: str, buyer_id: int, own: list[int]) -> int:
    expected: dict[tuple[int, int], list[Decimal]] = {}
    for line in goods(version, own):
        sums = expected.setdefault((line["product_id"][0], unit_of(line)), [Decimal(0)] * 3)
        for place, name in enumerate(("product_uom_qty", "price_subtotal", "price_total")):
            sums[place] += number(line[name])
    found = await adapter.purchased_variants(asked(buyer_id))
    assert {(one.variant_id, one.uom_id) for one in found} == expected.keys()
    assert len(found) == len(expected), "one currency each"
    for one in found:
        sums = expected[one.variant_id, one.uom_id]
        told = [one.quantity, one.untaxed, one.total]
        assert [value.quantize(CENT) for value in told] == [value.quantize(CENT) for value in sums]
    return len(found)


@pytest.mark.parametrize("version", VERSIONS)
async def test_lines_tell_the_last_order_of_a_variant(version: str, recorded_double: DoubleOf) -> None:
    orders = confirmed(version)
    async with opened(recorded_double, version) as adapter:
        compared = 0
        for buyer_id, own in buyers(version).items():
            lines = goods(version, own)
            variants = sorted({line["product_id"][0] for line in lines})
            found = summed(await adapter.purchased_lines(asked(buyer_id), variants))
            for variant_id in variants:
                of_variant = [
                    line for line in lines if line["product_id"][0] == variant_id and line["product_uom_qty"] > 0
                ]
                if not of_variant:
                    assert variant_id not in found
                    continue
                ids = {line["order_id"][0] for line in of_variant}
                last = max(
                    of_variant, key=lambda line: (moment(orders[line["order_id"][0]]), line["order_id"][0], line["id"])
                )
                told = found[variant_id]
                assert (told.orders, told.last.id) == (len(ids), last["id"])
                assert told.last.untaxed == number(last["price_subtotal"])
                assert told.last.order_name == orders[last["order_id"][0]]["name"]
                compared += 1
        assert compared > 5


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_span_counts_its_first_moment_and_not_its_last(version: str, recorded_double: DoubleOf) -> None:
    """In 10.0 an order that was never told when it was confirmed counts by the moment it was ordered."""
    async with opened(recorded_double, version) as adapter:
        buyer_id, own = max(buyers(version).items(), key=lambda item: len(item[1]))
        moments = sorted((moment(confirmed(version)[one]), one) for one in own)
        for at, _ in moments:
            query = asked(buyer_id, since=at, until=at + timedelta(seconds=1))
            same = sorted(one for when, one in moments if when == at)
            assert sorted(order.id for order in await adapter.purchased_orders(query)) == same
            before = asked(buyer_id, until=at)
            assert {order.id for order in await adapter.purchased_orders(before)} == {
                one for when, one in moments if when < at
            }
            expected = sum((number(line["price_subtotal"]) for line in goods(version, same)), Decimal(0))
            sums = await adapter.purchased_variants(query)
            assert sum((one.untaxed for one in sums), Decimal(0)).quantize(CENT) == expected.quantize(CENT)


async def test_orders_that_were_never_told_when_they_were_confirmed_are_there() -> None:
    """What the test above is about is in the recorded database."""
    assert [row["name"] for row in confirmed("10.0").values() if not row["confirmation_date"]]


@pytest.mark.parametrize("version", VERSIONS)
async def test_of_another_company_there_is_nothing(version: str, recorded_double: DoubleOf) -> None:
    async with opened(recorded_double, version) as adapter:
        buyer_id = next(iter(buyers(version)))
        company_id = int(next(iter(confirmed(version).values()))["company_id"][0])
        here, elsewhere = asked(buyer_id, company_id=company_id), asked(buyer_id, company_id=99)
        assert await adapter.purchased_orders(here)
        assert await adapter.purchased_variants(here)
        assert [await adapter.purchased_orders(elsewhere), await adapter.purchased_variants(elsewhere)] == [[], []]
        assert await adapter.purchased_lines(elsewhere, [1, 2, 3]) == []
