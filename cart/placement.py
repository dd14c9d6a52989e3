"""What is wished when an order is placed of a cart, and what became of it, as it is kept with the cart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from adapters.records.orders import Order, OrderState
from cart.model import Cart, CartStruct

#: ``order``: confirm it. ``quotation``: people of the shop are to make an offer. ``transfer``: confirmed by people of
#: the shop when the money has come.
Goal = Literal["order", "quotation", "transfer"]

ChangeKind = Literal[
    "SHORT",  # less is there than wanted; accepted: so much is ordered
    "GONE",  # the product is not for sale any more; accepted: without the line
    "REFUSED",  # Odoo does not take the line; accepted: without it
    "PRICE",  # the line costs something else
    "CODE",  # Odoo does not take the coupon or gift card any more; accepted: without it
    "TOTAL",  # the whole costs something else, though no line does
]


class Change(CartStruct, frozen=True):
    """What is otherwise than the customer saw it.

    ``wanted`` and ``available``: quantities. ``before`` and ``now``: amounts with tax, of the line or of the whole, in
    the order's currency. ``message``: Odoo's own words.
    """

    kind: ChangeKind
    number: int | None = None  # of the line
    variant_id: int | None = None
    wanted: Decimal | None = None
    available: Decimal | None = None
    before: Decimal | None = None
    now: Decimal | None = None
    code: str | None = None  # coupon or gift card
    message: str | None = None


def changes_id(changes: Sequence[Change]) -> str:
    """Names exactly these changes: who accepts them accepts no others."""
    return hashlib.blake2b(msgspec.json.encode(list(changes)), digest_size=12).hexdigest()


class Wish(CartStruct, frozen=True):
    """What the customer wants besides what is in the cart.

    ``accepted``: the `changes_id` of the changes that they were told. ``expected_total``: that they were shown.
    ``payment_term_id``: None: as Odoo has it for them. ``reference``, ``note``: None: the cart's own.
    """

    goal: Goal = "order"
    reference: str | None = None
    note: str | None = None
    payment_term_id: int | None = None
    provider_id: int | None = None
    accepted: str | None = None
    expected_total: Decimal | None = None


class PlacedOrder(CartStruct, frozen=True):
    """The order as it was placed. Amounts in ``currency``."""

    id: int
    name: str
    state: OrderState
    currency: str
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal


class Reason(CartStruct, frozen=True):
    """Why something cannot be done: a code as of errors to clients, and words for people."""

    code: str
    message: str


class Leftover(CartStruct, frozen=True):
    """What is in the cart and not in the order that was made of it: it goes into the next cart."""

    number: int
    variant_id: int
    quantity: Decimal
    options: dict[str, str] = msgspec.field(default_factory=dict)
    note: str | None = None


class Placement(CartStruct, frozen=True):
    """What became of a wish; the same for whoever asks again.

    ``PLACED``: there is an order (``order``), confirmed or, as its state tells, for people of the shop to go on with.
    ``REQUESTED``: accepted while Odoo was away; it becomes one when Odoo is back. ``NEEDS_ATTENTION``: it cannot, for
    ``reason``, or because of ``changes``. ``version``: of the cart. ``at``: Unix seconds. ``seen``: what the
    customer was shown of lines, with tax by number, and of the whole (``seen_total``), in ``currency``.
    ``requested``: Odoo was away when it was accepted.
    """

    status: Literal["PLACED", "REQUESTED", "NEEDS_ATTENTION"]
    cart: str
    version: int
    at: float
    wish: Wish = Wish()
    order: PlacedOrder | None = None
    reason: Reason | None = None
    changes: tuple[Change, ...] = ()
    leftover: tuple[Leftover, ...] = ()
    seen: dict[int, Decimal] = msgspec.field(default_factory=dict)
    seen_total: Decimal | None = None
    currency: str | None = None
    requested: bool = False

    def encoded(self) -> bytes:
        """As `decoded` takes it."""
        return _encoder.encode(self)

    def kept_in(self, cart: Cart | None) -> Placement:
        """What is kept with the cart instead, if anything is."""
        return (decoded(cart.placement) if cart is not None else None) or self


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Placement)


def decoded(placement: bytes | None) -> Placement | None:
    """None for none, and for one that another release wrote otherwise."""
    try:
        return None if not placement else _decoder.decode(placement)
    except msgspec.MsgspecError:
        return None


def placed_order(order: Order) -> PlacedOrder:
    """What is kept of an order."""
    return PlacedOrder(
        id=order.id,
        name=order.name,
        state=order.state,
        currency=order.currency,
        amount_untaxed=order.amount_untaxed,
        amount_tax=order.amount_tax,
        amount_total=order.amount_total,
    )
