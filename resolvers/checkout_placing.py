"""Placing orders: what whoever asks may place, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import structlog
from ariadne import ObjectType

from adapters.errors import OdooError, OdooUnavailableError
from adapters.records.orders import Order
from cache.tags import orders_tag
from cart.model import Cart
from cart.placement import Change, Goal, PlacedOrder, Placement, Wish
from cart.placing import Outcome
from cart.placing_errors import ChangedSinceError, PlacingRefusedError, StillPlacingError
from cart.store import CartNotFoundError
from resolvers.arguments import given, line
from resolvers.cart_errors import NO_CART, told_as_such
from resolvers.cart_types import cart_type, shown
from resolvers.cart_view import CartView
from resolvers.checkout_prices import CartPrices
from resolvers.checkout_request import RequestView, request_view
from resolvers.context import RequestContext
from resolvers.errors import (
    BadInputError,
    CartChangedError,
    ForbiddenError,
    NotFoundError,
    OrderInProgressError,
    OrderRefusedError,
    PaymentRequiredError,
)
from resolvers.info import Info
from resolvers.lookahead import names_below
from resolvers.mutation import mutation
from resolvers.order_view import OrderView, order_view
from resolvers.paid import paid_last
from resolvers.payments import TRANSFERS, provider_of
from resolvers.placed import placed_last, remember
from resolvers.query import query
from resolvers.view import Needs

log = structlog.get_logger(__name__)

_MAX_KEY: Final = 200
_MAX_NOTE: Final = 2_000
_NOTHING: Final = Decimal(0)

payload_type = ObjectType("PlaceOrderPayload")


@dataclass(frozen=True, slots=True)
class PlacePayload:
    """What became of the wish to place an order of a cart. ``currency``: of the amounts of changes."""

    outcome: Outcome
    request: RequestView | None
    currency: str

    @property
    def placement(self) -> Placement | None:
        return self.outcome.placement

    @property
    def placed(self) -> PlacedOrder | None:
        return None if self.placement is None else self.placement.order


# -- placing --------------------------------------------------------------------------------------------------------


@mutation.field("placeOrder")
async def resolve_place_order(_: None, info: Info, input: Mapping[str, Any]) -> PlacePayload:  # noqa: A002
    asked = given(input)
    context = info.context
    goal = await _goal(context, asked.get("paymentProviderId"))
    if goal == "order" and not on_account(context):
        raise PaymentRequiredError
    return await _placed(context, asked, goal)


@mutation.field("requestQuotation")
async def resolve_request_quotation(_: None, info: Info, input: Mapping[str, Any]) -> PlacePayload:  # noqa: A002
    return await _placed(info.context, given(input), "quotation")


@mutation.field("makeGiftCardPayment")
async def resolve_gift_card_payment(_: None, info: Info) -> dict[str, bool]:
    """Of a cart that Odoo's own amounts say is paid: the total is compared once more with what is confirmed."""
    context = info.context
    cart = await context.carts.current()
    if cart is None or not cart.lines or not cart.is_synced:
        return {"done": False}
    known = CartView(context, cart).known_order()
    if known is None or known.amount_total != _NOTHING or known.transactions:
        return {"done": False}
    outcome = await _place(context, cart.id, Wish(expected_total=_NOTHING), key=None, version=cart.version)
    return {"done": outcome.placement is not None and outcome.placement.status == "PLACED"}


async def _placed(context: RequestContext, asked: Mapping[str, Any], goal: Goal) -> PlacePayload:
    key = line(str(asked["idempotencyKey"]), "idempotencyKey")
    if not 0 < len(key) <= _MAX_KEY:
        raise BadInputError(f"idempotencyKey must have between 1 and {_MAX_KEY} characters.")
    wish = Wish(
        goal=goal,
        reference=line(asked["reference"], "reference") if "reference" in asked else None,
        note=_note(asked.get("note")),
        payment_term_id=await _payment_term(context, asked.get("paymentTermId")),
        provider_id=asked.get("paymentProviderId"),
        accepted=asked.get("acceptChanges"),
        expected_total=asked.get("expectedTotal"),
    )
    cart_id = await _cart_of(context, asked.get("cartId"), key)
    outcome = await _place(context, cart_id, wish, key=key, version=asked.get("cartVersion"))
    cart = await _found(context, cart_id)
    view = await context.view()
    request = None if cart is None else request_view(cart)
    return PlacePayload(outcome, request, view.pricer.currency)


async def _cart_of(context: RequestContext, cart_id: str | None, key: str) -> str:
    """Which cart: that of an order placed under the key, the one that is named, or the one being filled."""
    carts = context.carts
    owner = await carts.owner()
    with told_as_such():
        placed = None if owner is None else await carts.store.find_placement(owner, key)
    if placed is not None:
        return placed[0]
    if cart_id is not None:
        return (await carts.own(cart_id)).id
    cart = await carts.current()
    if cart is None:
        raise OrderRefusedError("CART_EMPTY", "There is nothing in the cart.")
    return cart.id


async def _place(context: RequestContext, cart_id: str, wish: Wish, *, key: str | None, version: int | None) -> Outcome:
    with _told(), told_as_such():
        outcome = await context.services.placer.place(cart_id, wish, CartPrices(context), key=key, version=version)
    if outcome.placement is not None:
        await remember(context, outcome.placement)
        await _orders_changed(context)
    return outcome


async def _orders_changed(context: RequestContext) -> None:
    """What is told of the buyer's orders is read anew."""
    identity = context.identity
    buyer_id = identity.commercial_partner_id or identity.partner_id
    if buyer_id is not None:
        await context.services.invalidate(frozenset({orders_tag(buyer_id)}))


async def _found(context: RequestContext, cart_id: str) -> Cart | None:
    with told_as_such():
        return await context.carts.store.find(cart_id)


@contextmanager
def _told() -> Iterator[None]:
    """What placing raises within becomes an error that a client may see."""
    try:
        yield
    except PlacingRefusedError as error:
        raise OrderRefusedError(error.code, error.message) from error
    except ChangedSinceError as error:
        raise CartChangedError from error
    except StillPlacingError as error:
        raise OrderInProgressError from error
    except CartNotFoundError as error:
        raise NotFoundError(NO_CART) from error


# -- who may, and how it is paid ------------------------------------------------------------------------------------


async def _goal(context: RequestContext, provider_id: int | None) -> Goal:
    """A transfer is waited for by people of the shop; without a provider it is on account."""
    if provider_id is None:
        return "order"
    provider = await provider_of(context, provider_id)
    if provider.code not in TRANSFERS:
        raise PaymentRequiredError(f"{provider.name} has to be paid with first.")
    return "transfer"


def on_account(context: RequestContext) -> bool:
    """May whoever asks order without paying first?"""
    setting, identity = context.services.pay_on_account, context.identity
    allowed = {name.strip() for name in setting.split(",")}
    if identity.is_guest:
        return False
    return "customers" in allowed or not allowed.isdisjoint(identity.roles)


async def _payment_term(context: RequestContext, term_id: int | None) -> int | None:
    """Their own, as Odoo has it for them. Raises ForbiddenError for any other."""
    if term_id is None:
        return None
    cart = await context.carts.current()
    buyer = None if cart is None else await CartView(context, cart).buyer()
    if buyer is None or buyer.partner.payment_term_id != term_id:
        raise ForbiddenError("This payment term is not yours.")
    return term_id


def _note(text: str | None) -> str | None:
    if text is not None and len(text) > _MAX_NOTE:
        raise BadInputError(f"note may have at most {_MAX_NOTE} characters.")
    return text


# -- what is told ---------------------------------------------------------------------------------------------------


@payload_type.field("order")
async def resolve_order(payload: PlacePayload, info: Info) -> OrderView | None:
    """The order of a cart of theirs: the placement, which is kept with the cart, says which."""
    if payload.placed is None:
        return None
    (await info.context.view()).expect(Needs.of(names_below(info)))
    try:
        order = await _placed_order(info.context, payload.placed.id)
    except OdooUnavailableError:
        return None
    return None if order is None else order_view(order)


async def _placed_order(context: RequestContext, order_id: int) -> Order | None:
    return next(iter(await (await context.adapter()).orders([order_id])), None)


@payload_type.field("cart")
async def resolve_cart(_: PlacePayload, info: Info) -> CartView | None:
    cart = await info.context.carts.current()
    return None if cart is None else shown(info, cart)


@payload_type.field("changes")
def resolve_changes(payload: PlacePayload, _: Info) -> Sequence[tuple[Change, str]]:
    return [(change, payload.currency) for change in payload.outcome.changes]


payload_type.set_field("status", lambda payload, _: payload.placement.status if payload.placement else "CHANGED")
payload_type.set_field("changesId", lambda payload, _: payload.outcome.changes_id)
payload_type.set_field("receipt", lambda payload, _: payload.placed)


# -- requests -------------------------------------------------------------------------------------------------------


@query.field("orderRequest")
async def resolve_order_request(_: None, info: Info, cartId: str) -> RequestView | None:  # noqa: N803
    return request_view(await info.context.carts.own(cartId))


@cart_type.field("request")
def resolve_request(view: CartView, _: Info) -> RequestView | None:
    return None if view.cart is None else request_view(view.cart)


@mutation.field("reopenOrderRequest")
async def resolve_reopen(_: None, info: Info, cartId: str) -> CartView:  # noqa: N803
    context = info.context
    own = await context.carts.own(cartId)
    with _told(), told_as_such():
        cart = await context.services.placer.reopen(own.id)
    if cart is None:
        raise OrderRefusedError("ORDER_CLOSED", "This is no request any more.")
    return shown(info, cart)


# -- the order that was placed last ---------------------------------------------------------------------------------


class ConfirmedCart(CartView):
    """The cart of an order that was placed."""

    def __init__(self, context: RequestContext, cart: Cart | None, order: Order) -> None:
        super().__init__(context, cart)
        self._placed = order_view(order)

    async def order(self) -> OrderView | None:
        return self._placed


@query.field("paymentConfirmation")
async def resolve_confirmation(_: None, info: Info) -> ConfirmedCart:
    context = info.context
    (await context.view()).expect(Needs.of(names_below(info, "order")))
    order = await paid_last(context) or await placed_last(context)
    if order is None:
        raise NotFoundError("Cart does not exist")
    try:
        cart = await _found(context, order.cart or "")
    except OdooError:
        cart = None
    return ConfirmedCart(context, cart, order)


BINDABLES = [payload_type]
