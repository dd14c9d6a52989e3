"""The storefront's whole contract, replayed on every version: each live operation, each path that it selects."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from demo.double import Double
from demo.double.payments.modules import Module, install
from tests.architecture.source import ROOT
from tests.cart.over_http import carts_shop, variant_ids
from tests.identity.wired import Shop
from tests.storefront import journey
from tests.storefront.contract import operations
from tests.storefront.journey import PLACEHOLDER, Place
from tests.storefront.nuxt import Replayed, Visitor, built
from tests.storefront.unreached import expected
from tests.support.doubles import DoubleOf

#: pages, which no Odoo has
CONTENT = ROOT / "demo" / "content"
PATHS = sum(len(one.paths) for one in operations().values())
#: by version: are there coupons, and which does the generated shop have?
CODES: dict[str, dict[str, Any]] = {
    "10.0": {"has_codes": False},
    "14.0": {"code": "WELCOME10"},
    "19.0": {"code": "WELCOME10", "gift_card": "GIFT-25"},
}


#: where Odoo has what widgets of providers need, and the modules that have it
WIDGETS = ("19.0",)
MODULES: tuple[Module, ...] = ("payment_stripe", "payment_adyen")


def _another_provider(double: Double) -> int:
    """A copy of the provider of cards."""
    table = double.db.table("payment.provider")
    card = table.get(2)
    assert card is not None
    table.put({**card, "id": table.next_id(), "name": "Another"})
    return max(table.ids())


def place_of(shop: Shop) -> Place:
    async def mailed() -> str:
        return parse_qs(urlsplit(shop.double.db.mails[-1].link).query)["token"][0]

    return Place("an@customer.example", mailed, pay=partial(pay, shop.double), **CODES[shop.double.version])


def pay(double: Double, order_id: int, state: str = "pending") -> None:
    """A payment by the first provider, as Odoo's portal makes one."""
    old = double.version == "10.0"
    of_order = {"sale_order_id": order_id} if old else {"sale_order_ids": [(6, 0, [order_id])]}
    provider = "provider_id" if double.version == "19.0" else "acquirer_id"
    values = {"reference": f"T{order_id}", "amount": 5.0, "currency_id": 1, provider: 1, "state": state}
    double.create("payment.transaction", {**values, **of_order})


def _deepen(double: Double) -> None:
    """All products are in a category of the fifth level too."""
    categories = double.db.table("product.public.category")
    parents = {one: (categories.get(one) or {}).get("parent_id") for one in categories.ids()}

    def depth(one: int) -> int:
        parent = parents[one]
        return 1 + depth(parent) if parent else 1

    deepest = max(parents, key=depth)
    for _ in range(5 - depth(deepest)):
        deepest = double.create("product.public.category", {"name": "Deeper", "parent_id": deepest})
    products = double.db.table("product.template")
    double.write("product.template", list(products.ids()), {"public_categ_ids": [(4, deepest)]})


@pytest.mark.parametrize("version", CODES)
async def test_every_operation_is_answered_as_the_storefront_expects(version: str, own_double: DoubleOf) -> None:
    replayed = Replayed()
    double = own_double(version)
    _deepen(double.double)
    for module in MODULES if version in WIDGETS else ():
        install(double.double, module, _another_provider(double.double))
    async with carts_shop(double, cart_sync=True, content_dir=CONTENT) as shop:
        place = place_of(shop)
        await built(shop, replayed)
        visitor = Visitor(shop, replayed)
        await journey.browse(visitor, place)
        assert visitor.cookie is None, "looking around makes no session"
        chosen = await variant_ids(shop, 3)
        cart = await journey.fill(visitor, chosen)
        await journey.wish(visitor, chosen)
        await journey.write_to_the_shop(visitor, place)
        await journey.sign_up(visitor, place)
        await journey.say_where(visitor, "An De Linde", place.email)
        await journey.deliver(visitor)
        await journey.redeem(visitor, place)
        await journey.reconsider(visitor, chosen[-1])
        providers = await journey.try_widgets(visitor)
        if version in WIDGETS:
            await journey.pay_by_widgets(visitor, providers)
        receipt = await journey.order(visitor)
        await journey.look_back(visitor, place, receipt, [line["id"] for line in cart["websiteOrderLine"]])
        await journey.change_passwords(visitor, place)
    assert set(replayed.sent) == set(operations())
    missed = replayed.missed()
    reached = sum(len(paths) for paths in replayed.paths.values())
    print(  # noqa: T201  # the figures that docs/storefront.md tells
        f"{version}: {len(replayed.sent)} operations of {len(operations())} in {replayed.sent.total()} requests, "
        f"{len(replayed.answered)} answered with data; {reached} paths of {PATHS} reached"
    )
    assert missed == expected(version)
    assert reached + sum(len(paths) for paths in missed.values()) == PATHS


@pytest.mark.parametrize("version", CODES)
async def test_a_guest_orders_by_bank_transfer(version: str, own_double: DoubleOf) -> None:
    """No account, no widget: the order is there, the thank-you page finds it, and the next cart is another one."""
    async with carts_shop(own_double(version), cart_sync=True) as shop:
        visitor = Visitor(shop)
        chosen = await variant_ids(shop, 2)
        cart = await journey.fill(visitor, chosen)
        assert [cart[name]["id"] for name in ("partner", "partnerShipping", "partnerInvoice")] == [PLACEHOLDER] * 3
        await journey.say_where(visitor, "An Guest", "an@guest.example")
        await journey.deliver(visitor)
        providers = await journey.try_widgets(visitor)
        transfer = next(one for one in providers if one["code"] in {"custom", "transfer"})
        receipt = await journey.order(visitor, paymentProviderId=transfer["id"])
        assert receipt["stage"] == "QuotationSent"
        confirmed = (await visitor("GetPaymentConfirmation"))["order"]
        assert (confirmed["id"], confirmed["partner"]["name"]) == (receipt["id"], "An Guest")
        assert confirmed["partnerShipping"]["city"] == "Brugge"
        stale = await visitor("CartRemoveItem", lineIds=[line["id"] for line in cart["websiteOrderLine"]])
        assert (stale["order"]["websiteOrderLine"], stale["order"]["amountTotal"]) == ([], 0)
        assert stale["order"]["id"] != receipt["id"]
        again = (await visitor("GetPaymentConfirmation"))["order"]
        assert again == confirmed
        assert (await visitor.another().refused("GetPaymentConfirmation")).message == "Cart does not exist"
