"""Many products at once: by SKU or barcode, and those of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ariadne import ObjectType

from adapters.records.orders import OrderLine
from cart.model import Applied, Cart, RejectionCode
from resolvers.cart_changes import MOST, added, lowered
from resolvers.cart_pasted import Pasted, TooMuchError, pasted
from resolvers.cart_products import Offer, Offers, offers_of
from resolvers.cart_types import shown
from resolvers.cart_view import CartView
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.orders import own_order
from resolvers.product_nodes import ProductNode

#: characters of a SKU
_LONGEST: Final = 128
_STATUS: Final[Mapping[RejectionCode, str]] = {
    "PRODUCT_NOT_FOUND": "NOT_FOUND",
    "PRODUCT_NOT_SALEABLE": "NOT_SALEABLE",
}

result_type = ObjectType("QuickOrderResult")
reorder_type = ObjectType("ReorderResult")


@dataclass(slots=True)
class Wish:
    """A line of what is to be put into the cart, and what became of it. ``place``: from 1."""

    place: int
    name: str
    quantity: Decimal | None
    variant_id: int | None = None
    status: str = "ADDED"
    code: str | None = None
    offer: Offer | None = None

    def fails(self, status: str, code: str | None = None) -> None:
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of the lines, and the cart afterwards."""

    cart: CartView
    results: list[Wish]


@mutation.field("quickOrder")
async def resolve_quick_order(
    _: None, info: Info, lines: Sequence[Mapping[str, Any]] | None = None, text: str | None = None
) -> Ordered:
    context = info.context
    wishes = _wishes(lines or (), text or "")
    await _find(context, wishes)
    return await _put(info, wishes)


@mutation.field("reorder")
async def resolve_reorder(_: None, info: Info, orderId: int) -> Ordered:  # noqa: N803
    order = await own_order(info.context, orderId)
    bought = [line for line in order.lines if line.kind == "product" and line.quantity > 0]
    wishes = [_again(place, line) for place, line in enumerate(bought, 1)]
    return await _put(info, wishes)


def _wishes(lines: Sequence[Mapping[str, Any]], text: str) -> list[Wish]:
    try:
        told = [Pasted(str(one["sku"]).strip(), one.get("quantity")) for one in lines] + pasted(text)
    except TooMuchError as error:
        raise BadInputError(str(error)) from error
    if len(told) > MOST:
        raise BadInputError(f"At most {MOST} lines at once.")
    wishes = [Wish(place, one.sku[:_LONGEST], one.quantity) for place, one in enumerate(told, 1)]
    for wish, one in zip(wishes, told, strict=True):
        if not one.sku or len(one.sku) > _LONGEST or one.quantity is None or one.quantity <= 0:
            wish.fails("INVALID")
    return wishes


def _again(place: int, line: OrderLine) -> Wish:
    wish = Wish(place, line.name, line.quantity, line.variant_id)
    if line.variant_id is None:
        wish.fails("NOT_FOUND", "PRODUCT_NOT_FOUND")
    return wish


async def _find(context: RequestContext, wishes: Sequence[Wish]) -> None:
    """Which variants are meant. Only those count that whoever asks may buy; capitals matter where both are there."""
    open_ones = [wish for wish in wishes if wish.status == "ADDED"]
    codes = dict.fromkeys(code for wish in open_ones for code in (wish.name, wish.name.upper()))
    found = await (await context.view()).records.find_by_codes(list(codes))
    offers = await offers_of(context, [one for variant_ids in found.values() for one in variant_ids])
    for wish in open_ones:
        for code in dict.fromkeys((wish.name, wish.name.upper())):
            meant = [one for one in found.get(code, ()) if one in offers.by_variant or one in offers.unknown]
            if meant:
                break
        if not meant:
            wish.fails("NOT_FOUND", "PRODUCT_NOT_FOUND")
        elif len(meant) > 1:
            wish.fails("AMBIGUOUS")
        else:
            wish.variant_id = meant[0]


async def _put(info: Info, wishes: list[Wish]) -> Ordered:
    """Put what can be ordered into the cart."""
    context = info.context
    wanted = [wish for wish in wishes if wish.status == "ADDED" and wish.variant_id is not None]
    offers = await offers_of(context, [wish.variant_id for wish in wanted if wish.variant_id is not None], stock=True)
    for wish in wanted:
        _check(wish, offers)
    accepted = [wish for wish in wanted if wish.status == "ADDED"]
    applied = await _apply(context, accepted)
    for wish, result in zip(accepted, applied.results, strict=True):
        if result.code is not None:
            wish.fails("REJECTED", result.code)
    cart, notices = await lowered(context, applied.cart, offers)
    return Ordered(shown(info, cart, "cart", notices=notices), wishes)


def _check(wish: Wish, offers: Offers) -> None:
    assert wish.variant_id is not None  # noqa: S101  # others are left out
    wish.offer = offers.by_variant.get(wish.variant_id)
    refusal = offers.refusal(wish.variant_id)
    if refusal is not None:
        wish.fails(_STATUS.get(refusal, "REJECTED"), refusal)


async def _apply(context: RequestContext, wishes: Sequence[Wish]) -> Applied:
    """All of them at once; nothing to be added: the cart as it is."""
    if not wishes:
        cart: Cart = await context.carts.needed()
        return Applied(cart=cart, results=())
    return await context.carts.change(
        [added(wish.variant_id, wish.quantity) for wish in wishes if wish.variant_id and wish.quantity is not None]
    )


async def _product(wish: Wish, info: Info) -> ProductNode | None:
    return None if wish.offer is None else wish.offer.node(await info.context.view())


result_type.set_field("line", lambda wish, _: wish.place)
result_type.set_field("sku", lambda wish, _: wish.name)
result_type.set_field("product", _product)
reorder_type.set_field("product", _product)

BINDABLES = [result_type, reorder_type]
