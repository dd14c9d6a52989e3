"""What a cart is, and what can be asked of it.

Quantities are Decimals in the product's own unit, with at most six decimals. Moments are Unix seconds, by the clock
of where carts are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec import field

#: so many decimals a quantity may have
QUANTITY_DIGITS: Final = 6


class CartStruct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what carts are made of: frozen, encodable."""


class Owner(CartStruct, frozen=True):
    """Whose carts: a customer's (by the user that logs in), or a guest's (by what only their session knows).

    One customer sees the same carts on all devices. ``website_id``: carts of two shops are apart.
    """

    kind: Literal["customer", "guest"]
    key: str
    website_id: int = 0


#: what a line is besides its product: chosen options, by name; equal options, equal line
Options = Mapping[str, str]

CartState = Literal[
    "open",  # takes changes
    "placing",  # an order is being placed of it: takes none for the moment
    "requested",  # placed while Odoo was off: will be confirmed when it is back
    "placed",  # is an order
    "merged",  # went into another cart at login
    "deleted",  # was thrown away
]


class Transaction(CartStruct, frozen=True):
    """One change, made by a client. Sent again, even by another device, it counts once.

    ``id``: a UUID of the client's making. Which line: ``number`` (of one that is there), or ``variant_id`` and
    ``options`` (made if it is not there). ``delta``: signed, added to the quantity; or ``quantity``: set.
    A quantity below zero becomes zero, and zero removes the line. ``note``: set on the line; None leaves it.
    """

    id: str
    variant_id: int | None = None
    options: Options = field(default_factory=dict)
    number: int | None = None
    delta: Decimal | None = None
    quantity: Decimal | None = None
    note: str | None = None


RejectionCode = Literal[
    "BAD_TRANSACTION",  # neither or both of delta and quantity, no line named, too many decimals, too long a note ...
    "LINE_NOT_FOUND",  # no such number
    "PRODUCT_NOT_FOUND",  # not for this customer, or not at all
    "PRODUCT_NOT_SALEABLE",
    "QUANTITY_TOO_LARGE",
    "TOO_MANY_LINES",
    "CART_CLOSED",  # the cart takes no changes any more
]


class TransactionResult(CartStruct, frozen=True):
    """What became of a transaction. A duplicate tells nothing else than that: the first answer stands."""

    id: str
    status: Literal["APPLIED", "DUPLICATE", "REJECTED"]
    code: RejectionCode | None = None
    message: str | None = None
    number: int | None = None  # of the line it was applied to


class CartLine(CartStruct, frozen=True):
    """A line. ``number`` is the line's own: from 1 on, never used again in the cart; lines stand in its order."""

    number: int
    variant_id: int
    quantity: Decimal
    options: Options = field(default_factory=dict)
    note: str | None = None


class CartDetails(CartStruct, frozen=True):
    """What is chosen for the cart as a whole. Ids are Odoo's; ``codes``: coupons and gift cards as typed."""

    partner_id: int | None = None  # who buys, when it is not the owner: a guest's contact
    invoice_partner_id: int | None = None
    shipping_partner_id: int | None = None
    carrier_id: int | None = None
    codes: tuple[str, ...] = ()
    reference: str | None = None
    note: str | None = None


class Refused(CartStruct, frozen=True):
    """A part of the cart that Odoo did not take into its order. ``what``: a line's number, a code, a carrier's id.

    ``message``: Odoo's own words, where it said any.
    """

    kind: Literal["line", "code", "delivery"]
    what: str
    message: str = ""


class Synced(CartStruct, frozen=True):
    """What Odoo knows of the cart. ``version``: of the state that was pushed; ``order``: as Odoo answered, encoded.

    ``refused``: what of the state is not in the order.
    """

    version: int
    order_id: int
    order: bytes
    at: float
    refused: tuple[Refused, ...] = ()


class Failure(CartStruct, frozen=True):
    """Why the last push failed. ``code``: as of errors to clients. ``dead``: not tried again until somebody says so."""

    code: str
    message: str
    tries: int
    at: float
    dead: bool = False


class Cart(CartStruct, frozen=True):
    """A cart as it is kept.

    ``id``: its UUID. ``order_number``: an integer that is its own, for clients that want one before Odoo gives it.
    ``version``: grows with every change. ``name``: of a saved basket; None for the one being filled.
    ``into``: the cart it was merged into; ``merging``: what was in it has not arrived there yet.
    ``placement``: of the order placed of it, if any (see `cart.placing`).
    """

    id: str
    order_number: int
    owner: Owner
    state: CartState
    version: int
    created: float
    changed: float
    lines: tuple[CartLine, ...] = ()
    details: CartDetails = CartDetails()
    name: str | None = None
    into: str | None = None
    synced: Synced | None = None
    failure: Failure | None = None
    placement: bytes | None = None
    merging: bool = False

    @property
    def is_synced(self) -> bool:
        """Does Odoo know the cart as it is?"""
        return self.synced is not None and self.synced.version == self.version


class Applied(CartStruct, frozen=True):
    """The answer to a batch: the cart afterwards, and what became of each transaction, in their order."""

    cart: Cart
    results: tuple[TransactionResult, ...]
