"""19.0 may show percentages as discounts on lines of orders: what is shown beforehand is what the order costs then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.double import Double
from demo.double.sales.discounts import turn_on
from tests.cart.over_http import carts_shop
from tests.resolvers.order_desk import filled, odoos, place
from tests.support.doubles import DoubleOf

#: as a real 19.0 with the feature on answered: product, quantity -> price, discount, subtotal
RECORDED = {
    (68, 1.0): (19.99, 7.0, 18.59),
    (68, 10.0): (19.99, 7.0, 185.91),
    (94, 5.0): (13.32, 15.0, 56.61),
    (108, 1.0): (30.316, 0.0, 30.32),
    (69, 1.0): (7.35, 7.0, 6.84),
}


def test_the_double_shows_them_as_a_real_one(recorded_double: DoubleOf) -> None:
    double = recorded_double("19.0").double
    turn_on(double.db)
    commands = [[0, 0, {"product_id": product, "product_uom_qty": quantity}] for product, quantity in RECORDED]
    order_id = double.create("sale.order", {"partner_id": 45, "order_line": commands})
    table = double.db.table("sale.order.line")
    rows = [table.get(key) for key in table.find("order_id", [order_id])]
    found = {
        (row["product_id"], row["product_uom_qty"]): (row["price_unit"], row["discount"], row["price_subtotal"])
        for row in rows
        if row is not None
    }
    assert found == {key: pytest.approx(value) for key, value in RECORDED.items()}


@pytest.mark.parametrize("on", [True, False])
async def test_what_is_shown_is_what_is_ordered(own_double: DoubleOf, *, on: bool) -> None:
    """A percentage with an odd third decimal: as a discount it is rounded, as a price it is not."""
    server = own_double("19.0")
    _odd_percentages(server.double)
    if on:
        turn_on(server.double.db)
    async with carts_shop(server) as shop:
        await shop.log_in(1)
        cart = await filled(shop, 90, 7)
        told = await place(shop, cartVersion=cart["version"], expectedTotal=cart["totals"]["total"]["amount"])
        assert told["status"] == "PLACED", told["changes"]
        (order,) = odoos(shop, cart["id"])
        assert Decimal(str(round(order["amount_total"], 2))) == Decimal(cart["totals"]["total"]["amount"])
        table = shop.double.db.table("sale.order.line")
        lines = [row for key in table.find("order_id", [order["id"]]) if (row := table.get(key)) is not None]
        assert {line["discount"] for line in lines} == ({33.33} if on else {0.0})


def _odd_percentages(double: Double) -> None:
    """In all pricelists, for every product alike."""
    items = double.db.table("product.pricelist.item")
    for key in list(items.ids()):
        items.delete(key)
    for pricelist in list(double.db.table("product.pricelist").ids()):
        items.put(
            {
                "id": items.next_id(),
                "pricelist_id": pricelist,
                "applied_on": "3_global",
                "compute_price": "percentage",
                "percent_price": 33.334,
                "base": "list_price",
            }
        )
