"""Transactions, checked and brought to the form in which they are applied."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from cart.model import QUANTITY_DIGITS, Options, RejectionCode, Transaction
from cart.rules import MILLIONTHS, Limits

#: Odoo's ids are 4 bytes long
_LARGEST_ID: Final = 2**31 - 1
_MOST_DIGITS: Final = 60
_HUGE: Final = 10**_MOST_DIGITS
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class BadTransactionError(Exception):
    """A transaction that cannot be applied, whatever the cart is like."""

    def __init__(self, code: RejectionCode, message: str) -> None:
        super().__init__(message)
        self.code: RejectionCode = code


class Prepared(NamedTuple):
    """A transaction as it is applied.

    ``key``: its id in 22 characters. ``kind``: ``d``elta, ``s``et, or ``x``: refused whatever the cart is like.
    ``amount``: in millionths.
    ``number``: the line's, 0 when it is named by ``variant_id`` and ``options``. ``options``: canonical JSON, "" for
    none. ``note``: None leaves the line's, "" takes it away. ``code``: why it is refused.
    """

    key: str
    kind: str
    amount: int = 0
    number: int = 0
    variant_id: int = 0
    options: str = ""
    note: str | None = None
    code: str = ""


def prepare(transaction: Transaction, limits: Limits) -> Prepared:
    """Check what can be checked without the cart. Raises `BadTransactionError`."""
    key = id_key(transaction.id)
    kind, amount = _amount(transaction, limits)
    number, variant_id, options = _line(transaction, limits)
    note = transaction.note
    if note is not None:
        if len(note) > limits.note:
            raise BadTransactionError("BAD_TRANSACTION", f"a note has at most {limits.note} characters")
        check_text(note)
    return Prepared(key, kind, amount, number, variant_id, options, note)


def id_key(transaction_id: str) -> str:
    """By which a transaction is known again, however its UUID is written. Raises `BadTransactionError`."""
    try:
        raw = UUID(transaction_id).bytes if len(transaction_id) <= 45 else b""
    except (ValueError, AttributeError, TypeError):
        raw = b""
    if not raw:
        raise BadTransactionError("BAD_TRANSACTION", "the id of a transaction is a UUID")
    return base64.urlsafe_b64encode(raw)[:22].decode()


def millionths(quantity: Decimal) -> int | None:
    """A quantity in whole millionths, without rounding; None when it is no such number. It may be far too large."""
    sign, digits, exponent = quantity.as_tuple()
    if not isinstance(exponent, int) or len(digits) > _MOST_DIGITS:
        return None
    number: int = int("".join(map(str, digits)))
    if number == 0:
        return 0
    if quantity.adjusted() > _MOST_DIGITS:
        return -_HUGE if sign else _HUGE
    if quantity.adjusted() < -QUANTITY_DIGITS:
        return None
    power = exponent + QUANTITY_DIGITS
    if power >= 0:
        whole = number * int(10**power)
        return -whole if sign else whole
    divisor: int = 10**-power
    whole, rest = divmod(number, divisor)
    if rest:
        return None
    return -whole if sign else whole


def quantity_of(amount: int) -> Decimal:
    """The quantity that so many millionths are, with no digits in vain."""
    whole, rest = divmod(amount, MILLIONTHS)
    return Decimal(whole) if rest == 0 else Decimal(amount).scaleb(-QUANTITY_DIGITS).normalize()


def canonical(options: Options) -> str:
    """Equal options, equal text: JSON with sorted names; "" for none."""
    return _ENCODER.encode(dict(options)).decode() if options else ""


def options_of(text: str) -> Options:
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}


def check_text(text: str) -> None:
    """Text that cannot be kept as UTF-8 is refused."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadTransactionError("BAD_TRANSACTION", "not a text") from error


def _amount(transaction: Transaction, limits: Limits) -> tuple[str, int]:
    delta, quantity = transaction.delta, transaction.quantity
    given = quantity if delta is None else delta
    if given is None or (delta is not None and quantity is not None):
        raise BadTransactionError("BAD_TRANSACTION", "either a delta or a quantity")
    amount = millionths(given)
    if amount is None:
        raise BadTransactionError("BAD_TRANSACTION", f"a quantity is a number with at most {QUANTITY_DIGITS} decimals")
    if delta is None:
        amount = max(amount, 0)
    if abs(amount) > limits.quantity * MILLIONTHS:
        raise BadTransactionError("QUANTITY_TOO_LARGE", f"at most {limits.quantity}")
    return ("s" if delta is None else "d"), amount


def _line(transaction: Transaction, limits: Limits) -> tuple[int, int, str]:
    number, variant_id = transaction.number, transaction.variant_id
    named = number if variant_id is None else variant_id
    if named is None or (number is not None and variant_id is not None):
        raise BadTransactionError("BAD_TRANSACTION", "either the number of a line or a product")
    if not 0 < named <= _LARGEST_ID:
        code: RejectionCode = "LINE_NOT_FOUND" if variant_id is None else "PRODUCT_NOT_FOUND"
        raise BadTransactionError(code, "there is none")
    if variant_id is None:
        return named, 0, ""
    return 0, variant_id, _options(transaction.options, limits)


def _options(options: Mapping[str, str], limits: Limits) -> str:
    for name, value in options.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise BadTransactionError("BAD_TRANSACTION", "options are texts")
        check_text(name)
        check_text(value)
    text = canonical(options)
    if len(text.encode()) > limits.options:
        raise BadTransactionError("BAD_TRANSACTION", f"options have at most {limits.options} bytes")
    return text
