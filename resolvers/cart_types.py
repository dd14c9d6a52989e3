"""The fields of carts, and the cart being filled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ariadne import InterfaceType, ObjectType

from cart.model import Cart, CartLine, Refused
from cart.placement import decoded
from cart.refusals import still_refused
from pricing.cart_totals import TaxTotal
from resolvers.cart_totals import Amounts
from resolvers.cart_view import STOCK_FIELDS, CartView, LineShown, Notice
from resolvers.info import Info
from resolvers.lookahead import names_below
from resolvers.order_view import OrderView
from resolvers.product_nodes import ProductNode
from resolvers.query import query

#: so many products are suggested beside a cart
SUGGESTED: Final = 12

cart_interface = InterfaceType("Cart", lambda *_: "CartData")
cart_type = ObjectType("CartData")
line_type = ObjectType("CartLine")
totals_type = ObjectType("CartTotals")
tax_type = ObjectType("CartTax")
notice_type = ObjectType("CartNotice")
login_type = ObjectType("LoginOutput")


def shown(info: Info, cart: Cart | None, *path: str, notices: Sequence[Notice] = ()) -> CartView:
    """A cart, to be resolved at the field being resolved or at ``path`` below it."""
    stock = not STOCK_FIELDS.isdisjoint(names_below(info, *path))
    return CartView(info.context, cart, stock=stock, notices=notices)


@query.field("cart")
async def resolve_cart(_: None, info: Info) -> CartView:
    return shown(info, await info.context.carts.current())


@query.field("carts")
async def resolve_carts(_: None, info: Info) -> list[CartView]:
    return [shown(info, cart) for cart in await info.context.carts.all()]


@login_type.field("cart")
async def resolve_cart_of_login(_: object, info: Info) -> OrderView | None:
    return await shown(info, await info.context.carts.current()).order()


# -- carts ----------------------------------------------------------------------------------------------------------


@cart_type.field("order")
async def resolve_order(cart: CartView, _: Info) -> OrderView | None:
    return await cart.order()


@cart_type.field("lines")
async def resolve_lines(cart: CartView, _: Info) -> list[LineShown]:
    return await cart.shown()


@cart_type.field("totals")
async def resolve_totals(cart: CartView, _: Info) -> Amounts | None:
    return None if cart.cart is None else await cart.amounts()


@cart_type.field("sync")
def resolve_sync(cart: CartView, _: Info) -> dict[str, Any] | None:
    return None if cart.cart is None else sync_of(cart.cart)


def sync_of(cart: Cart) -> dict[str, Any]:
    """A `CartSync`. What is tried again by itself is on its way still; Odoo's words alone are told."""
    failure = None if cart.is_synced else cart.failure
    return {
        "state": "SYNCED" if cart.is_synced else "FAILED" if failure is not None and failure.dead else "PENDING",
        "code": None if failure is None else failure.code,
        "message": failure.message if failure is not None and failure.code == "ERP_REJECTED" else None,
        "orderId": None if cart.synced is None else cart.synced.order_id,
    }


@cart_type.field("refused")
def resolve_refused(cart: CartView, _: Info) -> list[dict[str, Any]]:
    return [] if cart.cart is None else [refusal_shown(one) for one in still_refused(cart.cart)]


def refusal_shown(one: Refused) -> dict[str, Any]:
    """A `CartRefusal`."""
    return {
        "kind": one.kind.upper(),
        "lineId": int(one.what) if one.kind == "line" else None,
        "code": one.what if one.kind == "code" else None,
        "shippingMethodId": int(one.what) if one.kind == "delivery" else None,
        "message": one.message or None,
    }


def state_of(cart: Cart) -> str:
    """A `CartState`."""
    placement = decoded(cart.placement) if cart.state == "placed" else None
    return "QUOTATION" if placement is not None and placement.wish.goal == "quotation" else cart.state.upper()


@cart_type.field("frequentlyBoughtTogether")
async def resolve_suggestions(cart: CartView, info: Info) -> list[ProductNode] | None:
    """The accessories of what is in it, of products that are not in it, each once."""
    view = await info.context.view()
    offers = (await cart.offers()).by_variant
    products = {offer.product.id: offer.product for offer in offers.values()}
    found: dict[int, ProductNode] = {}
    for accessories in await asyncio.gather(*(view.accessories_of(product) for product in products.values())):
        for product, _variant in accessories:
            if product.id not in products:
                found.setdefault(product.id, ProductNode(view, product))
    return list(found.values())[:SUGGESTED] or None


cart_type.set_field("id", lambda cart, _: cart.cart and cart.cart.id)
cart_type.set_field("version", lambda cart, _: cart.cart and cart.cart.version)
cart_type.set_field("name", lambda cart, _: cart.cart and cart.cart.name)
cart_type.set_field("state", lambda cart, _: "OPEN" if cart.cart is None else state_of(cart.cart))
cart_type.set_field("lineCount", lambda cart, _: len(cart.lines))
cart_type.set_field("reference", lambda cart, _: cart.cart and cart.cart.details.reference)
cart_type.set_field("note", lambda cart, _: cart.cart and cart.cart.details.note)


# -- lines ----------------------------------------------------------------------------------------------------------


@line_type.field("product")
async def resolve_product(shown: LineShown, info: Info) -> ProductNode | None:
    return None if shown.offer is None else shown.offer.node(await info.context.view())


@line_type.field("difference")
async def resolve_difference(shown: LineShown, _: Info) -> dict[str, Any] | None:
    amounts = await shown.cart.amounts()
    if not amounts.confirmed or shown.amounts is None:
        return None
    estimated = (await shown.cart.estimate()).lines.get(shown.line.number)
    if estimated is None or estimated.price_subtotal == shown.amounts.price_subtotal:
        return None
    return {
        "estimated": amounts.money(estimated.price_subtotal),
        "confirmed": amounts.money(shown.amounts.price_subtotal),
    }


def _amount(shown: LineShown, name: str) -> dict[str, Any] | None:
    return None if shown.amounts is None else shown.whole.money(getattr(shown.amounts, name))


def options_shown(line: CartLine) -> list[dict[str, str]]:
    """Members of `CartLineOption`, by name."""
    return [{"name": name, "value": line.options[name]} for name in sorted(line.options)]


line_type.set_field("id", lambda shown, _: shown.line.number)
line_type.set_field("variantId", lambda shown, _: shown.line.variant_id)
line_type.set_field("quantity", lambda shown, _: shown.line.quantity)
line_type.set_field("options", lambda shown, _: options_shown(shown.line))
line_type.set_field("note", lambda shown, _: shown.line.note)
line_type.set_field("unitPrice", lambda shown, _: _amount(shown, "price_unit"))
line_type.set_field("discount", lambda shown, _: shown.amounts and shown.amounts.discount)
line_type.set_field("subtotal", lambda shown, _: _amount(shown, "price_subtotal"))
line_type.set_field("tax", lambda shown, _: _amount(shown, "price_tax"))
line_type.set_field("total", lambda shown, _: _amount(shown, "price_total"))


# -- totals ---------------------------------------------------------------------------------------------------------


class _Tax(NamedTuple):
    total: TaxTotal
    whole: Amounts


@totals_type.field("delivery")
def resolve_delivery(amounts: Amounts, _: Info) -> dict[str, Any] | None:
    return None if amounts.delivery is None else amounts.money(amounts.delivery.price_total)


totals_type.set_field("source", lambda amounts, _: "CONFIRMED_BY_ERP" if amounts.confirmed else "ESTIMATED")
totals_type.set_field("untaxed", lambda amounts, _: amounts.money(amounts.amount_untaxed))
totals_type.set_field("tax", lambda amounts, _: amounts.money(amounts.amount_tax))
totals_type.set_field("total", lambda amounts, _: amounts.money(amounts.amount_total))
totals_type.set_field("taxes", lambda amounts, _: [_Tax(one, amounts) for one in amounts.taxes])
tax_type.set_field("name", lambda tax, _: tax.total.name)
tax_type.set_field("amount", lambda tax, _: tax.whole.money(tax.total.amount))
notice_type.set_field("variantId", lambda notice, _: notice.variant_id)

BINDABLES = [cart_interface, login_type, cart_type, line_type, totals_type, tax_type, notice_type]
