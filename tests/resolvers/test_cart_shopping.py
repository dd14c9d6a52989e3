"""What carts do with products, prices, stock, orders of Odoo's, baskets and lists."""

from __future__ import annotations

import time
import uuid
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from adapters.records.orders import Order, OrderLine, PushedCart, PushedLine
from cart.known_order import encode_order
from cart.model import Cart, Failure, Synced
from tests.cart.over_http import (
    ADD,
    CART,
    READ,
    UPDATE,
    add,
    cart,
    carts_shop,
    change,
    device,
    is_plenty,
    quantities,
    store_of,
    sync,
    total,
    try_add,
    variant_ids,
    variants,
)
from tests.identity.wired import Shop
from tests.support.doubles import DoubleOf

VERSIONS = ("10.0", "14.0", "19.0")
PRICES = """
query ($id: Int!) { product(id: $id) { productVariants { id unitPrice(quantity: 10) { withoutTax { amount } } } } }
"""
DETAILS = """
mutation ($reference: String, $note: String) {
  setCartDetails(reference: $reference, note: $note) { reference note order { clientOrderRef note } version }
}
"""
AGAIN = """
mutation ($id: Int!) {
  reorder(orderId: $id) { results { name quantity status } cart { lines { variantId quantity } } }
}
"""
QUICK = f"""
mutation ($lines: [QuickOrderLineInput!], $text: String) {{
  quickOrder(lines: $lines, text: $text) {{
    results {{ line sku quantity status code product {{ id }} }} cart {{ {CART} }}
  }}
}}
"""


async def kept(of: Shop) -> Cart:
    """The cart of whoever asks, as it is kept."""
    found = await store_of(of).find((await cart(of))["id"])
    assert found is not None
    return found


async def forgotten(of: Shop) -> None:
    """Odoo has changed: what is known is read anew."""
    await of.app.state.services.invalidate(frozenset({"product:*", "price:*", "stock:*", "shop", "products", "stock"}))


def template_of(of: Shop, variant_id: int) -> int:
    row = of.double.db.table("product.product").get(variant_id)
    assert row is not None
    return int(row["product_tmpl_id"])


# -- which products ---------------------------------------------------------------------------------------------------


async def test_hidden_products_are_told_as_those_that_are_not_there(shop: Shop) -> None:
    hidden, shown = await variant_ids(shop, 2)
    table = shop.double.db.table("product.template")
    published = (
        "is_published" if "is_published" in (table.get(template_of(shop, hidden)) or {}) else "website_published"
    )
    code = next(one["sku"] for one in await variants(shop) if one["id"] == hidden)
    shop.double.write("product.template", [template_of(shop, hidden)], {published: False})
    await forgotten(shop)
    missing = 10**7
    answers = [await try_add(shop, (shown, 1), (one, 1)) for one in (hidden, missing)]
    assert [answer.codes for answer in answers] == [{"PRODUCT_NOT_FOUND"}] * 2
    assert answers[0].raw == answers[1].raw
    assert (await cart(shop))["lines"] == [], "nothing of it was added"
    results = (await sync(shop, change(hidden), change(missing)))["results"]
    assert len({(one["status"], one["code"], one["message"]) for one in results}) == 1
    told = (await shop.query(QUICK, {"text": f"{code}\nno-such-code"})).data["quickOrder"]["results"]
    assert len({(one["status"], one["code"], one["product"]) for one in told}) == 1


async def test_a_product_that_is_withdrawn_stays_as_a_problem(shop: Shop) -> None:
    first, second = await variant_ids(shop, 2)
    before = await add(shop, (first, 2), (second, 1))
    shop.double.write("product.template", [template_of(shop, first)], {"sale_ok": False})
    await forgotten(shop)
    after = await cart(shop)
    gone, there = after["lines"]
    assert (gone["problem"], gone["product"], gone["total"]) == ("PRODUCT_UNAVAILABLE", None, None)
    assert gone["warning"]
    assert there == before["lines"][1]
    assert total(after) == Decimal(there["total"]["amount"])
    assert after["totals"]["complete"] is False
    assert [line["id"] for line in after["order"]["websiteOrderLine"]] == [2]


async def test_prices_follow_odoo(shop: Shop) -> None:
    (first,) = await variant_ids(shop, 1)
    before = await add(shop, (first, 1))
    row = shop.double.db.table("product.template").get(template_of(shop, first)) or {}
    shop.double.write("product.template", [template_of(shop, first)], {"list_price": float(row["list_price"]) * 3})
    assert total(await add(shop, (first, 0))) == total(before), "nobody said so yet"
    await shop.app.state.services.invalidate(frozenset({f"product:{template_of(shop, first)}", "products"}))
    assert total(await cart(shop)) > total(before)


async def test_a_cart_is_for_whoever_asks(one_shop: Shop) -> None:
    """The same products at another customer's prices; quantity prices count."""
    ids = await variant_ids(one_shop, 6)
    totals = set()
    for place in (1, 4, 8):
        vet = device(one_shop)
        await vet.log_in(place)
        told = await add(vet, *((one, 10) for one in ids))
        offered = {}
        for line in told["lines"]:
            product = (await vet.query(PRICES, {"id": template_of(one_shop, line["variantId"])})).data["product"]
            offered.update({one["id"]: one["unitPrice"]["withoutTax"]["amount"] for one in product["productVariants"]})
        for line in told["lines"]:
            assert Decimal(line["subtotal"]["amount"]) == pytest.approx(
                10 * Decimal(offered[line["variantId"]]), abs=Decimal("0.1")
            )
        totals.add(total(told))
    assert len(totals) > 1


# -- stock ------------------------------------------------------------------------------------------------------------


async def _scarce(of: Shop) -> dict[str, Any]:
    """A variant of which there is some, and no more can be ordered from now on."""
    some = [one for one in await variants(of) if one["allowOutOfStock"] and (one["qty"] or 0) > 0]
    strict = (
        {"allow_out_of_stock_order": False} if of.double.version == "19.0" else {"inventory_availability": "always"}
    )
    of.double.write("product.template", [one["productTemplate"]["id"] for one in some[:1]], strict)
    await forgotten(of)
    return next(one for one in await variants(of) if one["id"] == some[0]["id"] and not one["allowOutOfStock"])


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_no_more_than_there_is(own_double: DoubleOf, version: str) -> None:
    """10.0 sells whatever there is."""
    async with carts_shop(own_double(version)) as shop:
        await _no_more_than_there_is(shop)


async def _no_more_than_there_is(shop: Shop) -> None:
    scarce = await _scarce(shop)
    there = Decimal(str(scarce["qty"])).to_integral_value()
    told = await add(shop, (scarce["id"], int(there) + 5))
    assert quantities(told) == {scarce["id"]: Decimal(str(scarce["qty"]))}
    (notice,) = told["notices"]
    assert (notice["code"], notice["variantId"]) == ("QUANTITY_LOWERED", scarce["id"])
    assert notice["message"].startswith(f"You ask for {int(there) + 5} products but only ")
    line = told["lines"][0]["id"]
    answer = await shop.query(UPDATE, {"lines": [{"id": line, "quantity": 10**6}]})
    assert quantities(answer.data["cartUpdateMultipleItems"]) == quantities(told)
    # a change that may arrive again and again is not lowered, but told
    synced = (await sync(shop, change(scarce["id"], 3)))["cart"]
    assert quantities(synced) == {scarce["id"]: Decimal(str(scarce["qty"])) + 3}
    assert synced["lines"][0]["problem"] == "NOT_ENOUGH_STOCK"
    assert synced["lines"][0]["warning"]


# -- what Odoo made of it ---------------------------------------------------------------------------------------------


async def pushed(of: Shop) -> Order:
    """The draft that Odoo makes of the cart, with the prices that the cart shows."""
    told, known = await cart(of), await kept(of)
    adapter = await of.app.state.services.adapter()
    tables = await of.app.state.services.reference.shop()
    products = await adapter.products([template_of(of, line.variant_id) for line in known.lines], "en_US")
    unit = {one.id: product.uom_id for product in products for one in product.variants}
    amounts = {line["id"]: Decimal(line["unitPrice"]["amount"]) for line in told["lines"]}
    _, partner_id = of.customer(1)
    website = tables.websites[0]
    lines = tuple(
        PushedLine(
            number=line.number,
            variant_id=line.variant_id,
            quantity=line.quantity,
            uom_id=unit[line.variant_id],
            price_unit=amounts[line.number],
        )
        for line in known.lines
    )
    identity = (await of.app.state.identification.people.now(partner_id, None)) or None
    assert identity is not None
    order: Order = await adapter.push_cart(
        PushedCart(
            cart=known.id,
            lines=lines,
            partner_id=partner_id,
            website_id=website.id,
            company_id=website.company_id,
            pricelist_id=identity.pricelist_id,
        )
    )
    return order


async def keep(of: Shop, order: Order) -> None:
    """As the worker does it."""
    known, token = await kept(of), str(uuid.uuid4())
    assert await store_of(of).take(known.id, token, 60.0, only_due=False) is not None
    synced = Synced(version=known.version, order_id=order.id, order=encode_order(order), at=time.time())
    assert await store_of(of).synced(known.id, token, synced)


async def test_odoos_own_amounts_are_those_that_were_estimated(shop: Shop) -> None:
    await shop.log_in(1)
    ids = await variant_ids(shop, 5)
    estimated = await add(shop, *((one, 3 + place) for place, one in enumerate(ids)))
    assert estimated["totals"]["source"] == "ESTIMATED"
    assert estimated["sync"]["state"] == "PENDING"
    order = await pushed(shop)
    await keep(shop, order)
    confirmed = await cart(shop)
    assert confirmed["totals"]["source"] == "CONFIRMED_BY_ERP"
    assert confirmed["sync"] == {"state": "SYNCED", "code": None, "message": None, "orderId": order.id}
    assert total(confirmed) == order.amount_total == total(estimated)
    assert [line["total"] for line in confirmed["lines"]] == [line["total"] for line in estimated["lines"]]
    assert [line["difference"] for line in confirmed["lines"]] == [None] * 5
    assert confirmed["order"]["id"] == order.id != estimated["order"]["id"]
    assert [line["id"] for line in confirmed["order"]["websiteOrderLine"]] == [1, 2, 3, 4, 5]
    changed = await add(shop, (ids[0], 1))
    assert (changed["totals"]["source"], changed["sync"]["state"]) == ("ESTIMATED", "PENDING")
    assert changed["order"]["id"] == order.id


async def test_what_odoo_has_otherwise_is_shown(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    first, second = await variant_ids(one_shop, 2)
    estimated = await add(one_shop, (first, 2), (second, 1))
    order = await pushed(one_shop)
    dearer = [
        structs.replace(line, price_subtotal=line.price_subtotal + 7, price_total=line.price_total + 8)
        for line in order.lines
        if line.number == 1
    ]
    extra = OrderLine(
        id=1,
        kind="foreign",
        name="A gift of the shop",
        quantity=Decimal(1),
        price_unit=Decimal(-3),
        discount=Decimal(0),
        price_subtotal=Decimal(-3),
        price_tax=Decimal(0),
        price_total=Decimal(-3),
    )
    changed = structs.replace(order, lines=(*dearer, extra), amount_total=Decimal("99.5"))
    await keep(one_shop, changed)
    told = await cart(one_shop)
    assert total(told) == Decimal("99.5")
    one, other = told["lines"]
    assert one["difference"]["estimated"]["amount"] == estimated["lines"][0]["subtotal"]["amount"]
    assert (other["problem"], other["total"]) == ("REFUSED_BY_ERP", None)
    assert [line["id"] for line in told["order"]["websiteOrderLine"]] == [1, -1]
    # until Odoo tells again, what people of the shop added counts
    less = await add(one_shop, (first, 0), (second, 1))
    alone = sum(Decimal(line["total"]["amount"]) for line in less["lines"])
    assert total(less) == alone - 3


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(code="ERP_UNAVAILABLE", message="at 10.0.0.1", tries=3, at=1.0), ("PENDING", "ERP_UNAVAILABLE", None)),
        (Failure(code="ERP_REJECTED", message="No!", tries=3, at=1.0, dead=True), ("FAILED", "ERP_REJECTED", "No!")),
        (Failure(code="ERP_ERROR", message="Traceback", tries=3, at=1.0, dead=True), ("FAILED", "ERP_ERROR", None)),
    ],
)
async def test_a_failed_push_is_told(one_shop: Shop, failure: Failure, expected: tuple[str, str, str | None]) -> None:
    (first,) = await variant_ids(one_shop, 1)
    known, token = (await add(one_shop, (first, 1)))["id"], str(uuid.uuid4())
    await store_of(one_shop).take(known, token, 60.0, only_due=False)
    await store_of(one_shop).failed(known, token, failure, time.time() + 60)
    told = (await cart(one_shop))["sync"]
    assert (told["state"], told["code"], told["message"]) == expected


# -- baskets ----------------------------------------------------------------------------------------------------------


async def test_baskets(one_shop: Shop) -> None:
    first, second = await variant_ids(one_shop, 2)
    save = f"mutation ($name: String!) {{ saveCart(name: $name) {{ {CART} name }} }}"
    assert (await one_shop.query(save, {"name": "weekly"})).codes == {"NOT_SIGNED_IN"}
    await one_shop.log_in(1)
    assert (await one_shop.query(save, {"name": "weekly"})).codes == {"BAD_USER_INPUT"}, "there is nothing in it"
    await add(one_shop, (first, 2))
    saved = (await one_shop.query(save, {"name": "weekly"})).data["saveCart"]
    assert saved["name"] == "weekly"
    await add(one_shop, (second, 1))
    listed = (await one_shop.query("{ carts { id name lineCount } }")).data["carts"]
    assert [(one["name"], one["lineCount"]) for one in listed] == [("weekly", 1), (None, 1)]
    activate = "mutation ($id: ID!, $old: String) { activateCart(cartId: $id, oldName: $old) { id name lineCount } }"
    active = (await one_shop.query(activate, {"id": saved["id"], "old": "later"})).data["activateCart"]
    assert active == {"id": saved["id"], "name": None, "lineCount": 1}
    assert quantities(await cart(one_shop)) == {first: 2}
    other = next(one for one in (await one_shop.query("{ carts { id name } }")).data["carts"] if one["name"] == "later")
    rename = 'mutation ($id: ID!) { renameCart(cartId: $id, name: "soon") { name } }'
    assert (await one_shop.query(rename, {"id": other["id"]})).data["renameCart"] == {"name": "soon"}
    assert (await one_shop.query(rename, {"id": saved["id"]})).codes == {"BAD_USER_INPUT"}
    delete = "mutation ($id: ID!) { deleteCart(cartId: $id) { id } }"
    stranger = device(one_shop)
    await stranger.log_in(2)
    for text in (rename, activate, delete):
        for cart_id in (other["id"], str(uuid.uuid4())):
            answer = await stranger.query(text, {"id": cart_id})
            assert (answer.codes, answer.errors[0]["message"]) == ({"NOT_FOUND"}, "Cart does not exist.")
    assert (await one_shop.query(delete, {"id": other["id"]})).data["deleteCart"] == {"id": saved["id"]}
    assert [one["id"] for one in (await one_shop.query("{ carts { id } }")).data["carts"]] == [saved["id"]]


async def test_details(one_shop: Shop) -> None:
    told = (await one_shop.query(DETAILS, {"reference": " PO 7 ", "note": "ring twice\nplease"})).data["setCartDetails"]
    assert (told["reference"], told["note"]) == ("PO 7", "ring twice\nplease")
    assert told["order"] == {"clientOrderRef": "PO 7", "note": "ring twice\nplease"}
    cleared = (await one_shop.query(DETAILS, {"note": ""})).data["setCartDetails"]
    assert (cleared["reference"], cleared["note"]) == ("PO 7", None)
    assert cleared["version"] > told["version"]
    assert (await one_shop.query(DETAILS, {"note": "x" * 2_001})).codes == {"BAD_USER_INPUT"}


# -- lists ------------------------------------------------------------------------------------------------------------


async def test_a_pasted_list(shop: Shop) -> None:
    every = await variants(shop)
    one, two = [variant for variant in every if is_plenty(variant) and variant["sku"]][:2]
    coded = next(variant for variant in every if variant["barcode"] and is_plenty(variant))
    doubled = next(variant for variant in every if variant["sku"] and variant["id"] not in (one["id"], two["id"]))
    others = [variant for variant in every if variant["id"] not in (one["id"], two["id"], doubled["id"], coded["id"])]
    shop.double.write("product.product", [others[0]["id"]], {"default_code": doubled["sku"]})
    await forgotten(shop)
    text = f"Article;Quantity\n{one['sku']};2,5\nnowhere;1\n{doubled['sku']};1\n{two['sku']};1.000\n"
    lines = [{"sku": two["sku"].lower(), "quantity": "3"}, {"sku": coded["barcode"]}]
    asked = shop.asked()
    answer = (await shop.query(QUICK, {"lines": lines, "text": text})).data["quickOrder"]
    assert [entry["status"] for entry in answer["results"]] == [
        "ADDED",
        "ADDED",
        "ADDED",
        "NOT_FOUND",
        "AMBIGUOUS",
        "INVALID",
    ]
    assert [call.model for call in shop.double.calls[asked - shop.asked() :]].count("product.product") <= 6
    wanted = {two["id"]: Decimal(3), coded["id"]: Decimal(1)}
    wanted[one["id"]] = wanted.get(one["id"], Decimal(0)) + Decimal("2.5")
    assert quantities(answer["cart"]) == wanted
    assert answer["results"][0]["product"] == {"id": two["id"]}
    before = shop.asked()
    await shop.query(QUICK, {"lines": lines, "text": text})
    assert shop.asked() == before, "the same list again asks Odoo nothing"


async def test_lists_have_bounds(one_shop: Shop) -> None:
    lines = [{"sku": "x", "quantity": "1"}] * 1_001
    assert (await one_shop.query(QUICK, {"lines": lines})).codes == {"BAD_USER_INPUT"}
    answer = (
        await one_shop.query(QUICK, {"lines": [{"sku": "", "quantity": "1"}, {"sku": "x", "quantity": "0"}]})
    ).data
    assert [one["status"] for one in answer["quickOrder"]["results"]] == ["INVALID", "INVALID"]
    assert answer["quickOrder"]["cart"]["lines"] == []


async def test_what_was_ordered_is_put_in_again(shop: Shop) -> None:
    await shop.log_in(1)
    first, second = await variant_ids(shop, 2)
    await add(shop, (first, 2), (second, 1))
    order = await pushed(shop)
    await (await shop.app.state.services.adapter()).confirm_order(order.id)
    await shop.query("mutation { cartClear { id } }")
    answer = (await shop.query(AGAIN, {"id": order.id})).data["reorder"]
    assert quantities(answer["cart"]) == {first: 2, second: 1}
    assert [one["status"] for one in answer["results"]] == ["ADDED", "ADDED"]
    stranger = device(shop)
    assert (await stranger.query(AGAIN, {"id": order.id})).codes == {"NOT_SIGNED_IN"}
    await stranger.log_in(2)
    for order_id in (order.id, 10**6):
        answer = await stranger.query(AGAIN, {"id": order_id})
        assert (answer.codes, answer.errors[0]["message"]) == ({"NOT_FOUND"}, "Sale Order does not exist.")


def test_mutations_and_queries_ask_the_same() -> None:
    """So that what is shown after a change is what is shown later."""
    assert CART in READ
    assert CART in ADD
