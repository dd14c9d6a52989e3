"""What customers are told of what they bought: their company's, and nobody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.errors import OdooUnavailableError
from cache.tags import orders_tag
from tests.cart.over_http import device
from tests.identity.wired import Shop
from tests.resolvers.order_desk import ordered
from tests.stats.sold import Row, amount, best_customer, lines, moment

CENT = Decimal("0.01")
AMOUNTS = "amounts { currencyCode untaxed { amount } tax { amount } total { amount currencyCode } }"
STATS = f"""
query ($from: String, $to: String, $zone: String! = "UTC", $period: StatsPeriod! = MONTH,
       $sort: PurchasedProductSort! = QUANTITY, $page: Int = 1, $size: Int = 200) {{
  stats(from: $from, to: $to, timezone: $zone) {{
    from to timezone orders {AMOUNTS}
    periods(period: $period) {{ from to orders {AMOUNTS} }}
    products(sort: $sort, currentPage: $page, pageSize: $size) {{
      totalCount products {{ variantId name quantity orders lastOrderedAt {AMOUNTS} product {{ id }} }}
    }}
    categories {{ category {{ id name }} products {AMOUNTS} }}
  }}
}}
"""
LAST = "variantId date quantity unitPrice { amount currencyCode } taxIncluded orderId orderName"
LASTS = f"query ($ids: [Int!]!) {{ lastPurchases(variantIds: $ids) {{ {LAST} }} }}"
#: all that was ever ordered
EVER = {"from": "2020-01-01", "to": "2029-12-31"}


async def stats_of(shop: Shop, **variables: Any) -> Any:
    return (await shop.query(STATS, {**EVER, "period": "YEAR", **variables})).data["stats"]


def summed(told: list[Mapping[str, Any]], name: str) -> Decimal:
    (only,) = told or [{name: {"amount": "0"}}]
    return Decimal(only[name]["amount"])


async def signed_in(shop: Shop) -> list[Row]:
    """As who bought most; the orders of their company."""
    place, orders = best_customer(shop)
    await shop.log_in(place)
    return orders


async def test_the_sums_of_all_orders(shop: Shop) -> None:
    orders = await signed_in(shop)
    stats = await stats_of(shop)
    assert (stats["from"], stats["to"], stats["timezone"]) == (EVER["from"], EVER["to"], "UTC")
    assert stats["orders"] == len(orders)
    for name, field in (("untaxed", "amount_untaxed"), ("total", "amount_total"), ("tax", "amount_tax")):
        assert summed(stats["amounts"], name) == sum((amount(row[field]) for row in orders), Decimal(0)).quantize(CENT)
    assert stats["amounts"][0]["currencyCode"] == stats["amounts"][0]["total"]["currencyCode"] == "EUR"


@pytest.mark.parametrize("period", ["WEEK", "MONTH", "QUARTER"])
async def test_periods_add_up(shop: Shop, period: str) -> None:
    orders = await signed_in(shop)
    zone = ZoneInfo("Europe/Brussels")
    days = sorted(moment(row).astimezone(zone).date() for row in orders)
    first, last = days[0] - timedelta(days=40), days[-1] + timedelta(days=40)
    variables = {"from": first.isoformat(), "to": last.isoformat(), "zone": zone.key, "period": period}
    found = (await stats_of(shop, **variables))["periods"]
    assert (found[0]["from"], found[-1]["to"]) == (first.isoformat(), last.isoformat())
    assert any(not one["orders"] and one["amounts"] == [] for one in found)
    for one in found:
        own = [row for row in orders if one["from"] <= moment(row).astimezone(zone).date().isoformat() <= one["to"]]
        assert one["orders"] == len(own)
        assert summed(one["amounts"], "untaxed") == sum((amount(row["amount_untaxed"]) for row in own), Decimal(0))
    assert sum(one["orders"] for one in found) == len(orders)


async def test_products_and_categories_add_up(shop: Shop) -> None:
    orders = await signed_in(shop)
    stats = await stats_of(shop)
    sold: dict[int, list[Row]] = defaultdict(list)
    for line in lines(shop, orders):
        sold[line["product_id"]].append(line)
    products = stats["products"]["products"]
    assert {one["variantId"] for one in products} == sold.keys()
    assert stats["products"]["totalCount"] == len(sold)
    when = {row["id"]: moment(row) for row in orders}
    for one in products:
        own = sold[one["variantId"]]
        assert Decimal(one["quantity"]) == sum(amount(line["product_uom_qty"]) for line in own)
        assert summed(one["amounts"], "untaxed") == sum(amount(line["price_subtotal"]) for line in own)
        assert summed(one["amounts"], "total") == sum(amount(line["price_total"]) for line in own)
        assert one["orders"] == len({line["order_id"] for line in own})
        last = max(when[line["order_id"]] for line in own)
        assert one["lastOrderedAt"] == last.strftime("%Y-%m-%d %H:%M:%S")
        assert one["name"] in {line["name"] for line in own}
    quantities = [Decimal(one["quantity"]) for one in products]
    assert quantities == sorted(quantities, reverse=True)
    by_amount = (await stats_of(shop, sort="AMOUNT"))["products"]["products"]
    amounts = [summed(one["amounts"], "untaxed") for one in by_amount]
    assert amounts == sorted(amounts, reverse=True)
    paged = [(await stats_of(shop, page=page, size=2))["products"]["products"] for page in (1, 2)]
    assert [one["variantId"] for page in paged for one in page] == [one["variantId"] for one in products][:4]
    categories = stats["categories"]
    assert sum(one["products"] for one in categories) == len(sold)
    everything = sum(summed(one["amounts"], "untaxed") for one in categories)
    assert everything == sum(summed(one["amounts"], "untaxed") for one in products)
    assert len({one["category"] and one["category"]["id"] for one in categories}) == len(categories)


async def test_products_that_are_hidden_have_a_name_and_no_link(shop: Shop) -> None:
    """Their amounts are told of no category: nobody learns of which they would be."""
    orders = await signed_in(shop)
    before = await stats_of(shop)
    shown = [one for one in before["products"]["products"] if one["product"] is not None]
    assert shown
    # somebody else, of whom the role shows less, has bought the same: what Odoo has is not changed for that
    variants = {row["id"]: row["product_tmpl_id"] for row in _rows(shop, "product.product")}
    hidden = shown[0]["variantId"]
    async with _unpublished(shop, variants[hidden]):
        after = await stats_of(shop)
    assert lines(shop, orders)
    (row,) = [one for one in after["products"]["products"] if one["variantId"] == hidden]
    assert (row["product"], row["name"]) == (None, shown[0]["name"])
    assert row["amounts"] == shown[0]["amounts"]
    nowhere = {one["category"] is None: one["products"] for one in after["categories"]}
    assert nowhere.get(True, 0) >= 1
    assert sum(one["products"] for one in after["categories"]) == sum(one["products"] for one in before["categories"])


def _rows(shop: Shop, model: str) -> list[Row]:
    table = shop.double.db.table(model)
    return [row for one in table.ids() if (row := table.get(one)) is not None]


class _unpublished:  # noqa: N801  # used as a function
    """While it lasts, a product is not for sale."""

    def __init__(self, shop: Shop, template_id: int) -> None:
        self._shop, self._id = shop, template_id
        row = shop.double.db.table("product.template").get(template_id)
        assert row is not None
        self._name = "is_published" if "is_published" in row else "website_published"

    async def _write(self, value: bool) -> None:
        adapter = await self._shop.app.state.services.adapter()
        await adapter.transport.call("product.template", "write", [self._id], {"vals": {self._name: value}})
        await self._shop.app.state.services.invalidate(frozenset({"product:*", "products"}))

    async def __aenter__(self) -> None:
        await self._write(False)

    async def __aexit__(self, *_: object) -> None:
        await self._write(True)


# -- the last purchase ------------------------------------------------------------------------------------------------


async def test_the_last_purchase_of_variants_and_products(shop: Shop) -> None:
    orders = await signed_in(shop)
    when = {row["id"]: moment(row) for row in orders}
    own = lines(shop, orders)
    wanted = sorted({line["product_id"] for line in own})
    before = shop.asked()
    found = (await shop.query(LASTS, {"ids": [*wanted, 999_999]})).data["lastPurchases"]
    asked = shop.asked() - before
    assert found
    assert [one["variantId"] for one in found] == [one for one in wanted if one in {row["variantId"] for row in found}]
    for one in found:
        last = max(
            (line for line in own if line["product_id"] == one["variantId"]),
            key=lambda line: (when[line["order_id"]], line["order_id"], line["id"]),
        )
        assert one["orderId"] == last["order_id"]
        assert one["date"] == when[last["order_id"]].strftime("%Y-%m-%d %H:%M:%S")
        assert Decimal(one["quantity"]) == amount(last["product_uom_qty"])
        whole = last["price_total"] if one["taxIncluded"] else last["price_subtotal"]
        unit = (amount(whole) / amount(last["product_uom_qty"])).quantize(CENT)
        assert abs(Decimal(one["unitPrice"]["amount"]) - unit) <= Decimal("0.005")
    again = shop.asked()
    assert (await shop.query(LASTS, {"ids": wanted})).data["lastPurchases"] == found
    assert shop.asked() == again, "what was read is kept"
    assert asked <= 12
    fields = f"id lastPurchase {{ {LAST} }}"
    page = f"{{ products(pageSize: 100) {{ products {{ {fields} productVariants {{ {fields} }} }} }} }}"
    answer = await shop.query(page)
    assert "fwd=bypass" in answer.headers["cache-status"]
    by_variant = {one["variantId"]: one for one in found}
    seen = 0
    for product in answer.data["products"]["products"]:
        of_variants = [variant["lastPurchase"] for variant in product["productVariants"] or ()]
        for variant in product["productVariants"] or ():
            assert variant["lastPurchase"] == by_variant.get(variant["id"])
        newest = max((one for one in of_variants if one), key=lambda one: (one["date"], one["orderId"]), default=None)
        assert (product["lastPurchase"] or {}).get("orderId") == (newest or {}).get("orderId")
        seen += product["lastPurchase"] is not None
    assert seen


async def test_last_purchases_take_as_many_calls_for_a_page_as_for_one(one_shop: Shop) -> None:
    place, _ = best_customer(one_shop)
    await one_shop.log_in(place)
    text = "query ($size: Int) { products(pageSize: $size) { products { id lastPurchase { orderId } } } }"
    await one_shop.query("{ products(pageSize: 100) { products { id productVariants { id } } } }")
    counts = []
    for size in (1, 15):
        await one_shop.app.state.services.invalidate(frozenset({"orders:*"}))
        before = one_shop.asked()
        await one_shop.query(text, {"size": size})
        counts.append(one_shop.asked() - before)
    assert 1 <= counts[1] <= 2, counts


async def test_guests_and_people_who_are_not_in_odoo(one_shop: Shop) -> None:
    guest = device(one_shop)
    assert (await guest.query(STATS, EVER)).codes == {"NOT_SIGNED_IN"}
    assert (await guest.query(LASTS, {"ids": [1]})).codes == {"NOT_SIGNED_IN"}
    found = (await guest.query("{ products { products { id lastPurchase { orderId } } } }")).data["products"]
    assert {one["lastPurchase"] for one in found["products"]} == {None}


async def test_nobody_sees_what_others_bought(one_shop: Shop) -> None:
    place, orders = best_customer(one_shop)
    await one_shop.log_in(place)
    mine = await stats_of(one_shop)
    other = device(one_shop)
    await other.log_in(2 if place != 2 else 3)
    theirs = await stats_of(other)
    assert mine["orders"] == len(orders)
    assert theirs != mine
    assert await stats_of(one_shop) == mine


async def test_an_order_that_was_just_placed_counts(one_shop: Shop) -> None:
    await one_shop.log_in(2)
    before = await stats_of(one_shop)
    receipt = await ordered(one_shop, 2)
    after = await stats_of(one_shop)
    assert after["orders"] == before["orders"] + 1
    variants = [one["variantId"] for one in after["products"]["products"]]
    lasts = (await one_shop.query(LASTS, {"ids": variants})).data["lastPurchases"]
    assert receipt["id"] in {one["orderId"] for one in lasts}


async def test_while_odoo_is_away_what_was_known_is_told_and_marked(one_shop: Shop) -> None:
    place, orders = best_customer(one_shop)
    await one_shop.log_in(place)
    before = await stats_of(one_shop)
    services = one_shop.app.state.services
    buyer_id = next(iter({_company(one_shop, row["partner_id"]) for row in orders}))
    await services.invalidate(frozenset({orders_tag(buyer_id)}))
    transport = (await services.adapter()).transport

    async def away(*_: Any, **__: Any) -> Any:
        raise OdooUnavailableError("away")

    call, transport.call = transport.call, away
    try:
        answer = await one_shop.query(STATS, {**EVER, "period": "YEAR"})
    finally:
        transport.call = call
    assert answer.data["stats"] == before
    assert answer.body["extensions"]["stale"] is True
    fresh = await one_shop.query(STATS, {**EVER, "period": "YEAR"})
    assert (fresh.data["stats"], fresh.body.get("extensions")) == (before, None)


def _company(shop: Shop, partner_id: int) -> int:
    row = shop.double.db.table("res.partner").get(partner_id)
    assert row is not None
    return int(row.get("commercial_partner_id") or partner_id)


async def test_calls_do_not_grow_with_what_was_bought(one_shop: Shop) -> None:
    """Orders, sums, and of the page the lines with their orders; what is known of products is not asked again."""
    for place in (best_customer(one_shop)[0], 2):
        other = device(one_shop)
        await other.log_in(place)
        known = await stats_of(other)
        await one_shop.app.state.services.invalidate(frozenset({"orders:*"}))
        before = other.asked()
        assert await stats_of(other) == known
        assert other.asked() - before == (4 if known["orders"] else 2)
        before = other.asked()
        await stats_of(other)
        assert other.asked() == before


#: arguments out of range, or without a meaning
WRONG: tuple[dict[str, Any], ...] = (
    {"from": "2026-13-01"},
    {"from": "20260101"},
    {"from": "2026-01-02", "to": "2026-01-01"},
    {"from": "2010-01-01", "to": "2026-01-01"},
    {"from": "1600-01-01", "to": "1600-01-01"},
    {"to": "9999-12-31", "from": "9999-12-31"},
    {"zone": "Nowhere/Town"},
    {"from": "2020-01-01", "to": "2026-01-01", "period": "DAY"},
    {"size": 0},
)


async def test_what_makes_no_sense(one_shop: Shop) -> None:
    await one_shop.log_in(2)
    for variables in WRONG:
        answer = await one_shop.query(STATS, {"period": "YEAR", **variables})
        assert answer.codes == {"BAD_USER_INPUT"}, variables
    assert (await one_shop.query(STATS, {"zone": ""})).data["stats"]["timezone"] == "UTC"


async def test_the_last_twelve_months_where_nothing_is_said(one_shop: Shop) -> None:
    await one_shop.log_in(2)
    stats = (await one_shop.query("{ stats { from to orders periods { from } } }")).data["stats"]
    assert 12 <= len(stats["periods"]) <= 13
    assert stats["from"][:4] == str(int(stats["to"][:4]) - 1)
