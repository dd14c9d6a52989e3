"""Why no payment of a cart is begun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cart.placement import Change

PaymentRefusal = Literal[
    "ALREADY_PAID",  # its order is paid, or confirmed
    "PAYMENT_IN_PROGRESS",  # the provider has a payment of it, and has not said yet what becomes of it
    "NOTHING_TO_PAY",
]


class PaymentRefusedError(Exception):
    """No payment of this cart can be begun as it is. ``message`` is for people."""

    def __init__(self, code: PaymentRefusal, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PaymentChangedError(Exception):
    """Odoo says otherwise than the customer saw: nothing is to be paid before they see it."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(", ".join(sorted({change.kind for change in changes})))
        self.changes = tuple(changes)
