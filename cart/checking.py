"""What has changed between what a customer saw of a cart and what an order of it would be now. No calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.records.orders import Order
from cart.model import Cart
from cart.placement import Change, Leftover
from cart.pushing import PricedCart, known_order

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the customer was shown: lines with tax by number; ``total`` None where it was not known."""

    lines: Mapping[int, Decimal]
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What is pushed when changes are accepted: other quantities, and lines and codes left out."""

    quantities: Mapping[int, Decimal]
    without: frozenset[int]
    without_codes: frozenset[str]


def seen_of(cart: Cart, shown: PricedCart, expected_total: Decimal | None) -> Seen:
    """``shown``: as the shop prices it without Odoo. What Odoo answered for this very cart is shown instead."""
    order = known_order(cart) if cart.is_synced else None
    if order is not None:
        lines = {line.number: line.price_total for line in order.lines if line.number is not None}
        return Seen(lines, expected_total if expected_total is not None else order.amount_total)
    unknown = bool(cart.details.codes) or (cart.details.carrier_id is not None and shown.delivery is None)
    unknown = unknown or any(line.problem == "UNKNOWN" for line in shown.lines.values())
    total = None if unknown else shown.amount_total
    return Seen(
        {number: line.price_total for number, line in shown.lines.items() if line.problem is None},
        expected_total if expected_total is not None else total,
    )


def shortages(cart: Cart, live: PricedCart) -> list[Change]:
    """Lines that cannot be had, or not as many. Lines of one product share what is there, the first takes first."""
    left: dict[int, Decimal] = {}
    found = []
    for line in cart.lines:
        price = live.lines.get(line.number)
        if price is None or price.problem is not None:
            found.append(Change(kind="GONE", number=line.number, variant_id=line.variant_id, wanted=line.quantity))
            continue
        if price.available is None:
            continue
        there = left.get(line.variant_id, max(price.available, _ZERO))
        given = min(there, line.quantity)
        left[line.variant_id] = there - given
        if given < line.quantity:
            found.append(
                Change(
                    kind="SHORT",
                    number=line.number,
                    variant_id=line.variant_id,
                    wanted=line.quantity,
                    available=given,
                )
            )
    return found


def live_prices(cart: Cart, seen: Seen, live: PricedCart) -> list[Change]:
    """Lines that cost something else now, as the shop prices them by what Odoo says now."""
    return _prices(cart, seen, {number: one.price_total for number, one in live.lines.items() if one.problem is None})


def order_prices(cart: Cart, seen: Seen, order: Order, known: Sequence[Change]) -> list[Change]:
    """What the draft in Odoo costs otherwise. ``known``: found before; their lines are not told again."""
    told = {change.number for change in known if change.number is not None}
    own = {line.number: line.price_total for line in order.lines if line.number is not None}
    found = _prices(cart, seen, {number: total for number, total in own.items() if number not in told})
    if not found and not known and seen.total is not None and seen.total != order.amount_total:
        found.append(Change(kind="TOTAL", before=seen.total, now=order.amount_total))
    return found


def refused_lines(cart: Cart, numbers: Iterable[int], message: str) -> list[Change]:
    """Lines that Odoo does not take."""
    refused = set(numbers)
    return [
        Change(kind="REFUSED", number=line.number, variant_id=line.variant_id, wanted=line.quantity, message=message)
        for line in cart.lines
        if line.number in refused
    ]


def adjusted(changes: Iterable[Change]) -> Adjusted:
    """What accepting the changes comes to."""
    listed = list(changes)
    short = {one.number: one.available or _ZERO for one in listed if one.kind == "SHORT" and one.number is not None}
    without = {one.number for one in listed if one.kind in {"GONE", "REFUSED"} and one.number is not None}
    codes = {one.code for one in listed if one.kind == "CODE" and one.code is not None}
    return Adjusted(short, frozenset(without), frozenset(codes))


def left_over(cart: Cart, order: Order) -> tuple[Leftover, ...]:
    """What is in the cart and not in an order that was made of an older state of it."""
    ordered = {line.number: line.quantity for line in order.lines if line.number is not None}
    return tuple(
        Leftover(
            number=line.number,
            variant_id=line.variant_id,
            quantity=line.quantity - ordered.get(line.number, _ZERO),
            options=dict(line.options),
            note=line.note,
        )
        for line in cart.lines
        if line.quantity > ordered.get(line.number, _ZERO)
    )


def _prices(cart: Cart, seen: Seen, now: Mapping[int, Decimal]) -> list[Change]:
    return [
        Change(
            kind="PRICE",
            number=line.number,
            variant_id=line.variant_id,
            before=seen.lines[line.number],
            now=now[line.number],
        )
        for line in cart.lines
        if line.number in seen.lines and line.number in now and seen.lines[line.number] != now[line.number]
    ]
