"""Purchases and customers on a live Odoo, where one is named by the environment, as a user of Sales."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.records.backoffice import CustomerQuery
from adapters.records.orders import Order
from adapters.records.stats import PurchaseQuery
from cache.purchases import summed
from tests.adapters.test_orders_live import URL, Live, live

__all__ = ["live"]
pytestmark = [pytest.mark.skipif(not URL, reason="no live Odoo: see tests/adapters"), pytest.mark.timeout(300)]


async def bought(live: Live, *quantities: str) -> Order:
    """A confirmed order of so many of the first products."""
    lines = [live.line(place, quantity, discount=Decimal(10)) for place, quantity in enumerate(quantities, 1)]
    order = await live.push(live.cart(*lines))
    return await live.service.confirm_order(order.id)


async def test_what_was_ordered_is_summed_up(live: Live) -> None:  # the fixture
    first, second = await bought(live, "2", "3"), await bought(live, "5")
    draft = await live.push(live.cart(live.line(1, "100")))
    now = datetime.now(UTC)
    query = PurchaseQuery(
        commercial_partner_id=live.partner, since=now - timedelta(days=1), until=now + timedelta(days=1)
    )
    orders = {order.id: order for order in await live.service.purchased_orders(query)}
    assert orders.keys() == {first.id, second.id}
    assert draft.id not in orders
    for order in (first, second):
        told = orders[order.id]
        assert (told.untaxed, told.tax, told.total, told.currency) == (
            order.amount_untaxed,
            order.amount_tax,
            order.amount_total,
            order.currency,
        )
    expected: dict[int | None, list[Decimal]] = {}
    for line in (*first.lines, *second.lines):
        sums = expected.setdefault(line.variant_id, [Decimal(0), Decimal(0), Decimal(0)])
        sums[:] = [sums[0] + line.quantity, sums[1] + line.price_subtotal, sums[2] + line.price_total]
    found = {
        one.variant_id: [one.quantity, one.untaxed, one.total] for one in await live.service.purchased_variants(query)
    }
    assert found == expected
    lasts = summed(await live.service.purchased_lines(query, [variant for variant in expected if variant]))
    assert {variant: (one.last.order_id, one.orders) for variant, one in lasts.items()} == {
        live.products[1 % len(live.products)][0]: (second.id, 2),
        live.products[2 % len(live.products)][0]: (first.id, 1),
    }
    ended = PurchaseQuery(
        commercial_partner_id=live.partner, since=now - timedelta(days=9), until=now - timedelta(days=1)
    )
    assert await live.service.purchased_orders(ended) == []
    assert await live.service.purchased_variants(ended) == []


async def test_a_customer_is_found_by_their_name(live: Live) -> None:  # the fixture
    (row,) = await live.raw("res.partner", "read", [live.partner], {"fields": ["name"]})
    company_id = next(iter(await live.admin.companies())).id
    wanted = CustomerQuery(company_id=company_id, words=tuple(row["name"].split()))
    assert await live.service.find_customers(wanted) == ([], 0), "nobody has bought anything yet"
    await live.raw("res.partner", "write", [live.partner], {"vals": {"customer_rank": 1}})
    found, total = await live.service.find_customers(wanted)
    assert [(one.id, one.name, one.company) for one in found] == [(live.partner, row["name"], row["name"])]
    assert total == 1
    elsewhere = CustomerQuery(company_id=999_999, ids=(live.partner,))
    await live.raw("res.partner", "write", [live.partner], {"vals": {"company_id": company_id}})
    assert await live.service.find_customers(elsewhere) == ([], 0)
