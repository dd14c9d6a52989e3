"""Bringing one cart to Odoo: its draft order is made equal to it, as far as Odoo takes it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple, ParamSpec, TypeVar

import structlog
from msgspec import structs

from adapters.base import OdooAdapter
from adapters.errors import (
    OdooConflictError,
    OdooLinesRejectedError,
    OdooNotSupportedError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.records.orders import Order, PushedCart
from cart.model import Cart, Refused
from cart.pushing import PricedCart, pushed

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

#: tries of what somebody else is writing at the same moment
_TRIES: Final = 5
_PAUSE: Final = 0.05
#: for so long after a push people are not expected to have gone on with its order: it is written without a look
TRUSTED_SECONDS: Final = 30.0
NO_CODES: Final = "This shop has no such codes."


class Difference(NamedTuple):
    """A line that costs something else in Odoo than the shop says, with tax."""

    number: int
    ours: Decimal
    odoos: Decimal


@dataclass(frozen=True, slots=True)
class Pushed:
    """``order``: as Odoo has it now. ``refused``: what of the cart is not in it. ``gone``: lines not for sale."""

    order: Order
    refused: tuple[Refused, ...] = ()
    gone: tuple[int, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass
class _Wish:
    """What of the cart is asked of Odoo, less with every refusal."""

    without: set[int]
    with_delivery: bool = True
    refused: list[Refused] = field(default_factory=list)


async def push(adapter: OdooAdapter, cart: Cart, priced: PricedCart, *, anew: bool = False) -> Pushed:
    """Make the draft order of a cart equal to it. ``anew``: look at the order first, whatever is remembered of it.

    Lines, codes and a delivery that Odoo refuses are left out and told. Raises OdooOrderClosedError, OdooRejectedError
    when it refuses the cart as a whole, OdooConflictError, OdooUnavailableError and what else an adapter raises.
    """
    unknown = [number for number, line in priced.lines.items() if line.problem == "UNKNOWN"]
    if unknown:
        raise OdooUnavailableError("not all of the cart is known")
    gone = tuple(sorted(number for number, line in priced.lines.items() if line.problem is not None))
    wish = _Wish(set(gone))
    order = await _drafted(adapter, cart, priced, wish, anew=anew)
    order = await _with_codes(adapter, cart, order, wish)
    if gone or wish.refused:
        log.warning(
            "cart.pushed_in_part",
            cart=cart.id,
            order_id=order.id,
            gone=gone,
            refused=[(one.kind, one.what) for one in wish.refused],
        )
    return Pushed(order, tuple(wish.refused), gone, differences(order, priced))


def differences(order: Order, priced: PricedCart) -> tuple[Difference, ...]:
    """Lines that Odoo computed otherwise than the shop did."""
    found = []
    for line in order.lines:
        ours = priced.lines.get(line.number) if line.number is not None else None
        if ours is not None and ours.problem is None and ours.price_total != line.price_total:
            found.append(Difference(ours.number, ours.price_total, line.price_total))
    return tuple(found)


async def _drafted(adapter: OdooAdapter, cart: Cart, priced: PricedCart, wish: _Wish, *, anew: bool) -> Order:
    """The order with the cart's lines and its delivery; less of it each time that Odoo refuses a part."""
    while True:
        state = _state(cart, priced, wish, anew=anew)
        try:
            return await patiently(adapter.push_cart, state)
        except OdooLinesRejectedError as error:
            more = set(error.numbers) - wish.without
            if not more:
                raise
            wish.without |= more
            wish.refused += [Refused(kind="line", what=str(one), message=error.message) for one in sorted(more)]
        except OdooRejectedError as error:
            # the last step of a push is the delivery: is it that? Else Odoo says the same again.
            if state.carrier_id is None:
                raise
            wish.with_delivery = False
            wish.refused.append(Refused(kind="delivery", what=str(state.carrier_id), message=error.message))


def _state(cart: Cart, priced: PricedCart, wish: _Wish, *, anew: bool) -> PushedCart:
    state = pushed(cart, priced, without=wish.without)
    if not wish.with_delivery:
        state = structs.replace(state, carrier_id=None)
    if anew:
        return structs.replace(state, last=None)
    is_fresh = cart.synced is not None and time.time() - cart.synced.at < TRUSTED_SECONDS
    return state if is_fresh else structs.replace(state, look_first=True)


async def _with_codes(adapter: OdooAdapter, cart: Cart, order: Order, wish: _Wish) -> Order:
    """The order with the cart's codes, and no others."""
    wished = {code.strip(): None for code in cart.details.codes}
    for code in sorted(_codes(order) - wished.keys()):
        order = await patiently(adapter.remove_code, order.id, code)
    for code in wished:
        if code in _codes(order):
            continue
        try:
            order = await patiently(adapter.apply_code, order.id, code)
        except OdooRejectedError as error:
            wish.refused.append(Refused(kind="code", what=code, message=error.message))
        except OdooNotSupportedError:
            wish.refused.append(Refused(kind="code", what=code, message=NO_CODES))
    return order


def _codes(order: Order) -> set[str]:
    return {line.applied.code.strip() for line in order.lines if line.applied is not None}


async def patiently(call: Callable[P, Awaitable[T]], *args: P.args, **named: P.kwargs) -> T:
    """What somebody else was quicker with is tried again at once, a few times. Raises what it raises at last."""
    for tries in range(1, _TRIES):
        try:
            return await call(*args, **named)
        except OdooConflictError:
            await asyncio.sleep(_PAUSE * 2**tries * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
    return await call(*args, **named)
