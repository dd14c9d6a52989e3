"""The change feed: what is told of each kind of change, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.errors import OdooProtocolError, OdooUnavailableError
from adapters.reads import changes as feed_module
from adapters.records import Changes
from tests.adapters.feed import Clock, Feed, Told, following
from tests.support.direct import DirectTransport, adapter_of
from tests.support.doubles import VERSIONS

#: remote calls of a poll when nothing changed: two for each watched model
IDLE_CALLS = {"10.0": 44, "14.0": 42, "19.0": 44}
PUBLISHED = {"10.0": "website_published"}
QUANTITY = {"10.0": "qty"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(feed_module, "time", clock)
    return clock


@pytest_asyncio.fixture(loop_scope="session")
async def feed(clock: Clock) -> Feed:
    feed = await following("14.0", clock)
    await feed.poll()
    return feed


def rows(feed: Feed, model: str) -> list[dict[str, Any]]:
    table = feed.double.db.table(model)
    return [row for record_id in table.ids() if (row := table.get(record_id)) is not None]


def first(feed: Feed, model: str, **values: Any) -> dict[str, Any]:
    return next(row for row in rows(feed, model) if all(row.get(name) == value for name, value in values.items()))


def template_of(feed: Feed, variant_id: int) -> int:
    return int(first(feed, "product.product", id=variant_id)["product_tmpl_id"])


def all_of(*subjects: str) -> set[Told]:
    return {(subject, (), False) for subject in subjects}


def told(subject: str, *ids: int) -> set[Told]:
    return {(subject, ids, False)}


# -- kinds of change ------------------------------------------------------------------------------------------


def name(feed: Feed) -> set[Told]:
    feed.double.write("product.template", [5], {"name": "Another name"})
    return told("product", 5)


def translated_name(feed: Feed) -> set[Told]:
    feed.double.write("product.template", [5], {"name": "Un autre nom"}, {"lang": "fr_FR"})
    return told("product", 5)


def list_price(feed: Feed) -> set[Told]:
    feed.double.write("product.template", [4, 5], {"list_price": 99})
    return told("product", 4, 5)


def sku(feed: Feed) -> set[Told]:
    feed.double.write("product.product", [7], {"default_code": "NEW-7"})
    return told("product", template_of(feed, 7))


def cost(feed: Feed) -> set[Told]:
    feed.double.write("product.product", [7], {"standard_price": 1.5})
    return told("product", template_of(feed, 7))


def extra_price(feed: Feed) -> set[Told]:
    model = "product.attribute.price" if feed.double.version == "10.0" else "product.template.attribute.value"
    row = rows(feed, model)[0]
    feed.double.write(model, [row["id"]], {"price_extra": 12.5})
    return told("product", row["product_tmpl_id"])


def offered_value(feed: Feed) -> set[Told]:
    if feed.double.version == "10.0":
        values = {"product_tmpl_id": 5, "attribute_id": 1, "value_ids": [(6, 0, [12])]}
        feed.double.create("product.attribute.line", values)
        return told("product", 5)
    row = rows(feed, "product.template.attribute.value")[0]
    feed.double.write("product.template.attribute.value", [row["id"]], {"ptav_active": False})
    return told("product", row["product_tmpl_id"])


def rule_of_a_product(feed: Feed) -> set[Told]:
    rule = first(feed, "product.pricelist.item", applied_on="1_product")
    feed.double.write("product.pricelist.item", [rule["id"]], {"fixed_price": 3})
    return told("price", rule["product_tmpl_id"])


def rule_of_a_variant(feed: Feed) -> set[Told]:
    rule = first(feed, "product.pricelist.item", applied_on="0_product_variant")
    feed.double.write("product.pricelist.item", [rule["id"]], {"fixed_price": 3})
    return told("price", template_of(feed, rule["product_id"]))


def rule_of_everything(feed: Feed) -> set[Told]:
    values = {"pricelist_id": 1, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 5}
    feed.double.create("product.pricelist.item", values)
    return all_of("price")


def rule_gone(feed: Feed) -> set[Told]:
    rule = first(feed, "product.pricelist.item", applied_on="1_product")
    feed.double.unlink("product.pricelist.item", [rule["id"]])
    return all_of("price")


def rule_gone_and_another_new(feed: Feed) -> set[Told]:
    """The number of rules is what it was."""
    rule = first(feed, "product.pricelist.item", applied_on="1_product")
    feed.double.unlink("product.pricelist.item", [rule["id"]])
    values = {"pricelist_id": 1, "applied_on": "1_product", "product_tmpl_id": 9, "compute_price": "fixed"}
    feed.double.create("product.pricelist.item", values)
    return all_of("price")


def stock(feed: Feed) -> set[Told]:
    quant = rows(feed, "stock.quant")[0]
    feed.double.write("stock.quant", [quant["id"]], {QUANTITY.get(feed.double.version, "quantity"): 3})
    return told("stock", template_of(feed, quant["product_id"]))


def category(feed: Feed) -> set[Told]:
    feed.double.write("product.public.category", [1], {"name": "Another shelf"})
    return all_of("category")


def category_gone(feed: Feed) -> set[Told]:
    feed.double.unlink("product.public.category", [max(row["id"] for row in rows(feed, "product.public.category"))])
    return all_of("category")


def attribute(feed: Feed) -> set[Told]:
    feed.double.write("product.attribute", [1], {"name": "Another attribute"})
    return all_of("attribute")


def attribute_value(feed: Feed) -> set[Told]:
    feed.double.write("product.attribute.value", [1], {"name": "Another value"})
    return all_of("attribute")


def picture(feed: Feed) -> set[Told]:
    row = rows(feed, "product.image")[0]
    feed.double.write("product.image", [row["id"]], {"name": "Another picture"})
    return told("product", row["product_tmpl_id"])


def published(feed: Feed) -> set[Told]:
    feed.double.write("product.template", [5], {PUBLISHED.get(feed.double.version, "is_published"): False})
    return told("product", 5)


def archived(feed: Feed) -> set[Told]:
    feed.double.write("product.template", [8], {"active": False})
    return told("product", 8)


def product_new(feed: Feed) -> set[Told]:
    return told("product", feed.double.create("product.template", {"name": "A new product"}))


def product_gone(feed: Feed) -> set[Told]:
    """Its variants, and rules bound to it, go with it: that some are gone is all that can be seen."""
    feed.double.unlink("product.template", [6])
    return {("product", (6,), True), *all_of("product", "price")}


def pricelist(feed: Feed) -> set[Told]:
    feed.double.write("product.pricelist", [1], {"name": "Another pricelist"})
    return all_of("pricelist")


def internal_category(feed: Feed) -> set[Told]:
    feed.double.write("product.category", [rows(feed, "product.category")[-1]["id"]], {"name": "Another category"})
    return all_of("pricelist")


def rate(feed: Feed) -> set[Told]:
    day = "2031-01-01 00:00:00" if feed.double.version == "10.0" else "2031-01-01"
    feed.double.create("res.currency.rate", {"currency_id": 1, "name": day, "rate": 1.5})
    return all_of("currency")


def website(feed: Feed) -> set[Told]:
    feed.double.write("website", [1], {"name": "Another shop"})
    return all_of("website")


def company(feed: Feed) -> set[Told]:
    feed.double.write("res.company", [1], {"phone": "+32 2 000 00 00"})
    return all_of("website")


def country(feed: Feed) -> set[Told]:
    feed.double.write("res.country", [20], {"name": "Another country"})
    return all_of("country")


def ribbon(feed: Feed) -> set[Told]:
    model = "product.style" if feed.double.version == "10.0" else "product.ribbon"
    names = {"10.0": "name", "14.0": "html", "19.0": "name"}
    feed.double.write(model, [1], {names[feed.double.version]: "New"})
    return all_of("tag")


KINDS = (
    name, translated_name, list_price, sku, cost, extra_price, offered_value, rule_of_a_product, rule_of_a_variant,
    rule_of_everything, rule_gone, rule_gone_and_another_new, stock, category, category_gone, attribute,
    attribute_value, picture, published, archived, product_new, product_gone, pricelist, internal_category, rate,
    website, company, country, ribbon,
)  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_kind_of_change_is_told(version: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "LONG_AGO", timedelta(0))  # no change is told once more
    feed = await following(version, clock)
    await feed.poll()
    for kind in KINDS:
        feed.clock.pass_by(seconds=20)
        expected = kind(feed)
        assert await feed.poll() == expected, kind.__name__
    assert await feed.poll() == set()


async def test_a_change_is_told_once_more_and_then_it_is_over(feed: Feed) -> None:
    expected = name(feed)
    assert [await feed.poll() for _ in range(3)] == [expected, expected, set()]


async def test_changes_of_many_kinds_at_once(feed: Feed) -> None:
    expected: set[Told] = set()
    for kind in (name, stock, rule_of_a_product, category, rate, product_new):
        expected |= kind(feed)
    found = await feed.poll()
    assert {item for item in expected if item[0] != "product"} <= found
    (products,) = [set(ids) for subject, ids, _ in found if subject == "product"]
    assert {product for subject, ids, _ in expected if subject == "product" for product in ids} <= products


async def test_the_first_poll_tells_nothing(clock: Clock) -> None:
    feed = await following("14.0", clock)
    changes = await feed.adapter.changes_since(None)
    assert changes.changes == ()
    assert changes.cursor


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_idle_poll_is_cheap(version: str, clock: Clock) -> None:
    feed = await following(version, clock, products=5)
    await feed.poll()
    before = len(feed.double.calls)
    assert await feed.poll() == set()
    calls = feed.double.calls[before:]
    print(f"{feed.double.version}: {len(calls)} calls in an idle poll, a cursor of {len(feed.cursor or '')} characters")  # noqa: T201
    assert len(calls) == IDLE_CALLS[feed.double.version]
    assert {call.method for call in calls} == {"search_read", "search_count"}


# -- nothing is lost ------------------------------------------------------------------------------------------


async def test_a_second_write_in_the_second_of_the_poll(feed: Feed) -> None:
    """Odoo tells moments to the second: the second write looks like the first."""
    feed.double.write("product.template", [5], {"list_price": 10})
    assert await feed.poll(after=0.1) == told("product", 5)
    feed.clock.pass_by(milliseconds=100)
    feed.double.write("product.template", [5], {"list_price": 11})
    assert await feed.poll(after=0.1) == told("product", 5)
    feed.double.write("product.template", [5], {"list_price": 12})
    assert await feed.poll(after=5) == told("product", 5)
    assert await feed.poll() == set()


async def test_a_write_in_the_second_of_the_first_poll(clock: Clock) -> None:
    feed = await following("14.0", clock)
    feed.double.write("product.template", [5], {"list_price": 10})
    await feed.poll(after=0)
    feed.double.write("product.template", [5], {"list_price": 11})
    assert await feed.poll() == told("product", 5)


async def test_another_row_in_the_second_of_the_poll(feed: Feed) -> None:
    feed.double.write("product.template", [5], {"list_price": 10})
    await feed.poll(after=0.1)
    feed.double.write("product.template", [4], {"list_price": 10})
    ((_, ids, _),) = await feed.poll(after=0.1)
    assert 4 in ids


async def test_a_transaction_that_commits_late(feed: Feed) -> None:
    """Its rows carry the moment it began, when others have been seen that are younger."""
    began = feed.clock.now
    feed.clock.pass_by(seconds=60)
    feed.double.write("product.template", [5], {"list_price": 10})
    await feed.settle()
    late = {**first(feed, "product.template", id=9), "write_date": began.strftime("%Y-%m-%d %H:%M:%S.%f")}
    feed.double.db.put("product.template", late)
    assert await feed.poll() == told("product", 9)
    assert await feed.poll() == set()


async def test_a_row_that_comes_late_does_not_hide_one_that_goes(feed: Feed) -> None:
    """A long transaction may commit a row whose id is below those already seen."""
    rules = rows(feed, "product.pricelist.item")
    gone = first(feed, "product.pricelist.item", applied_on="1_product")
    other = rules[-1] if rules[-1]["id"] != gone["id"] else rules[-2]
    feed.double.unlink("product.pricelist.item", [other["id"]])
    feed.double.write("product.pricelist.item", [gone["id"]], {"min_quantity": 2})
    await feed.settle()
    moment = feed.clock.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    feed.double.db.put("product.pricelist.item", {**other, "create_date": moment, "write_date": moment})
    feed.double.unlink("product.pricelist.item", [gone["id"]])
    assert ("price", (), False) in await feed.poll()


async def test_a_cursor_survives_a_restart(feed: Feed) -> None:
    feed.double.write("product.template", [5], {"list_price": 10})
    feed.adapter = await adapter_of(feed.double)
    assert await feed.poll() == told("product", 5)


async def test_an_old_cursor_tells_all_that_happened_since(feed: Feed) -> None:
    old = feed.cursor
    for kind in (name, category, rate):
        feed.clock.pass_by(hours=5)
        kind(feed)
        await feed.settle()
    feed.cursor = old
    assert await feed.poll() == told("product", 5) | all_of("category", "currency")


async def test_a_cursor_of_another_serie_tells_that_all_changed(feed: Feed) -> None:
    assert feed.cursor is not None
    feed.cursor = json.dumps({**json.loads(feed.cursor), "serie": "9.0"})
    subjects = {watch.subject for watch in feed.adapter.profile.watches}
    assert await feed.poll() == all_of(*subjects)
    await feed.settle()


async def test_failing_calls_lose_nothing(feed: Feed) -> None:
    feed.double.write("product.template", [5], {"list_price": 10})
    transport = feed.adapter.transport
    assert isinstance(transport, DirectTransport)
    for after in range(5):
        transport.failures = [OdooUnavailableError("away")]
        with pytest.raises(OdooUnavailableError):
            await feed.poll(after)
    assert await feed.poll() == told("product", 5)


# -- many changes at once -------------------------------------------------------------------------------------


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "LIMIT", 10)


@pytest.mark.usefixtures("low_limit")
async def test_an_import_is_told_as_all_and_then_it_is_over(feed: Feed) -> None:
    feed.double.write("product.template", list(range(1, 21)), {"list_price": 10})
    assert await feed.poll() == all_of("product")
    assert await feed.poll() == all_of("product")  # once more: one may have been written again in that second
    before = len(feed.double.calls)
    assert await feed.poll() == set()
    assert await feed.poll() == set()
    read = [call for call in feed.double.calls[before:] if call.model == "product.template"]
    assert len(read) <= 6, "a quiet crowd is counted, not read"
    feed.double.write("product.template", [5], {"list_price": 11})
    assert await feed.poll() == all_of("product")  # among so many, one more is not told apart
    await feed.settle()
    feed.clock.pass_by(minutes=10)
    feed.double.write("product.template", [5], {"list_price": 12})
    assert await feed.poll() == all_of("product")
    await feed.settle()
    feed.double.write("product.template", [5], {"list_price": 13})
    assert await feed.poll() == told("product", 5)


@pytest.mark.usefixtures("low_limit")
async def test_what_is_gone_in_a_crowd(feed: Feed) -> None:
    rules = [row["id"] for row in rows(feed, "product.pricelist.item")][:20]
    feed.double.write("product.pricelist.item", rules, {"min_quantity": 3})
    await feed.settle()
    feed.double.unlink("product.pricelist.item", [rules[0]])
    assert await feed.poll() == all_of("price")
    feed.double.unlink("product.template", [6])
    assert ("product", (6,), True) in await feed.poll()


@pytest.mark.usefixtures("low_limit")
async def test_a_crowd_at_the_first_poll(clock: Clock) -> None:
    feed = await following("14.0", clock)
    feed.double.write("product.template", list(range(1, 21)), {"list_price": 10})
    await feed.settle()
    feed.double.write("product.template", [3], {"list_price": 11})
    assert await feed.poll() == all_of("product")


# -- cursors of others ----------------------------------------------------------------------------------------


def _spoilt(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def spoil(cursor: str) -> str:
        decoded = json.loads(cursor)
        change(decoded)
        return json.dumps(decoded)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "null",
        lambda _: "[]",
        lambda _: "{}",
        lambda _: "not a cursor",
        lambda _: "2026-01-01 00:00:00",
        lambda cursor: cursor[:-1],
        _spoilt(lambda cursor: cursor.update(serie=14)),
        _spoilt(lambda cursor: cursor["seen"].update(product=[])),
        _spoilt(lambda cursor: cursor["seen"]["product"].update(newest="yesterday")),
        _spoilt(lambda cursor: cursor["seen"]["product"].update(newest="2026-13-01 00:00:00")),
        _spoilt(lambda cursor: cursor["seen"]["product"].update(newest="0001-01-01 00:00:00")),
        _spoilt(lambda cursor: cursor["seen"]["product"].update(window={"x": "y"})),
        _spoilt(lambda cursor: cursor["seen"]["product"].update(ids="1,2")),
    ],
)
async def test_what_is_no_cursor(clock: Clock, spoil: Callable[[str], str]) -> None:
    feed = await following("14.0", clock, products=3)
    good: Changes = await feed.adapter.changes_since(None)
    with pytest.raises(OdooProtocolError):
        await feed.adapter.changes_since(spoil(good.cursor))
