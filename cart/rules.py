"""What bounds carts, and how long what is kept of them lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cart.model import QUANTITY_DIGITS

DAY: Final = 86_400.0

#: quantities are kept as whole millionths: Lua's numbers are doubles, exact up to 2**53
MILLIONTHS: Final = 10**QUANTITY_DIGITS


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a cart, and what is sent to change it, may become.

    ``quantity``: of a line, in units. ``note``: characters, of a line or of the cart. ``options``: bytes, as JSON.
    ``batch``: transactions sent at once. ``codes``: coupons and gift cards. ``carts``: kept of one owner at a time.
    """

    lines: int = 1_000
    quantity: int = 10**9
    note: int = 2_000
    options: int = 4_000
    batch: int = 1_000
    codes: int = 50
    carts: int = 100

    def __post_init__(self) -> None:
        # the sum of two may be looked at before it is refused
        if not 0 < 2 * self.quantity * MILLIONTHS < 2**53:
            raise ValueError(f"a quantity of {self.quantity} is not kept exactly")


@dataclass(frozen=True, slots=True)
class CartRules:
    """Bounds and times, in seconds.

    ``remember_seconds``, ``remember_most``: a transaction is known again for so long, and the last so many of a cart.
    ``owed_seconds``: for so long a line remembers that more was taken from it than was there (see `cart.store`).
    ``delay``, ``delay_most``: a changed cart is due so long after its last change, but at most so long after the
    first that Odoo does not know. ``guest``, ``customer``: open carts end so long after the last change; ``closed``:
    those placed, merged or deleted.
    """

    limits: Limits = field(default_factory=Limits)
    remember_seconds: float = 60 * DAY
    remember_most: int = 5_000
    owed_seconds: float = 60.0
    delay: float = 1.0
    delay_most: float = 5.0
    guest: float = 60 * DAY
    customer: float = 400 * DAY
    closed: float = 30 * DAY

    @property
    def longest(self) -> float:
        """No cart ends later than so long after its last change."""
        return max(self.guest, self.customer, self.closed)
