"""Paths that no answer comes to, and why: what a version of Odoo has not, and what a visitor cannot come by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.storefront.contract import operations

_ORDERS = r"(paymentConfirmation\.order|orders\.orders\[\]|order|cart\w+\.order|apply\w+\.order)"


@dataclass(frozen=True)
class Unreached:
    """``paths``: whole paths, as a pattern. ``versions``: where it is so; empty: in all."""

    why: str
    paths: str
    versions: tuple[str, ...] = ()

    def of(self) -> set[tuple[str, str]]:
        """(operation, path) of the storefront's that it is about."""
        pattern = re.compile(self.paths)
        return {(one.name, path) for one in operations().values() for path in one.paths if pattern.fullmatch(path)}


UNREACHED: Final = (
    Unreached("only top categories are asked for, and those have no parent", r"categories\.categories\[\]\.parent\..*"),
    Unreached(
        "a contact that was made just now has no address", r"register\.partner\.(\w+Address\..*|country\..*|state\..*)"
    ),
    Unreached(
        "a cart has no payments: none is started here",
        r"(cart|apply)\w+\.order\.(lastTransaction|transactions\[\])\..*",
    ),
    Unreached(
        "payments that are booked are in nobody's cart", rf"(?!cart|apply){_ORDERS}\.lastTransaction\.payment\..*"
    ),
    Unreached("Odoo starts no payment for a widget", r"(stripe|adyen)\w+\.\w+", ("10.0", "14.0")),
    Unreached("no coupons", rf"{_ORDERS}\.(coupons\[\]|websiteOrderLine\[\]\.coupon)\..*|apply\w+\..*", ("10.0",)),
    Unreached("no gift cards", rf"{_ORDERS}\.(giftCards\[\]|websiteOrderLine\[\]\.giftCard)\..*", ("10.0", "14.0")),
    Unreached("providers have no methods", r"paymentProviders\[\]\.paymentMethods\[\]\..*", ("10.0", "14.0")),
    Unreached("products have no tags", r"products\.products\[\]\.tags\[\]\..*", ("10.0", "14.0")),
)


def expected(version: str) -> dict[str, set[str]]:
    """The paths that no answer of that version comes to, by operation."""
    found: dict[str, set[str]] = {}
    for one in UNREACHED:
        if not one.versions or version in one.versions:
            for name, path in one.of():
                found.setdefault(name, set()).add(path)
    return found
