"""Details of carts and names of baskets, checked before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cart.model import CartDetails
from cart.prepared import BadTransactionError, check_text
from cart.rules import Limits
from cart.store import CartRefusedError

_TYPES: Final = {one.name: one.type for one in msgspec.structs.fields(CartDetails)}
#: characters of a name, of the customer's own reference, of a code
_SHORT: Final = 200


def checked_details(changes: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """What to keep of each changed detail; None: nothing. Raises `CartRefusedError`; TypeError for an unknown one."""
    checked: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in _TYPES:
            raise TypeError(f"carts have no {name!r}")
        try:
            given = msgspec.convert(value, _TYPES[name])
        except msgspec.ValidationError as error:
            raise CartRefusedError("BAD_DETAILS", f"{name}: {error}") from error
        texts = given if isinstance(given, tuple) else [given] if isinstance(given, str) else []
        most = limits.note if name == "note" else _SHORT
        if len(texts) > limits.codes or any(len(text) > most for text in texts):
            raise CartRefusedError("BAD_DETAILS", f"{name}: too much")
        for text in texts:
            _check_text(name, text)
        checked[name] = tuple(dict.fromkeys(given)) or None if isinstance(given, tuple) else given
    return checked


def checked_name(name: str) -> str:
    """The name of a saved basket. Raises `CartRefusedError`."""
    if not name or len(name) > _SHORT:
        raise CartRefusedError("BAD_NAME", f"a name has 1 to {_SHORT} characters")
    _check_text("name", name)
    return name


def _check_text(name: str, text: str) -> None:
    try:
        check_text(text)
    except BadTransactionError as error:
        raise CartRefusedError("BAD_DETAILS", f"{name}: {error}") from error
