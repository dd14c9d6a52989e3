"""The draft order of a cart, as it is to be confirmed: what Odoo says now, compared with what the customer saw."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

import structlog
from msgspec import structs

from adapters.base import OdooAdapter
from adapters.errors import (
    OdooConflictError,
    OdooError,
    OdooLinesRejectedError,
    OdooNotSupportedError,
    OdooOrderClosedError,
    OdooRejectedError,
    OdooTimeoutError,
    OdooUnavailableError,
)
from adapters.records.orders import Order, OrderState
from cart.checking import (
    Adjusted,
    Seen,
    adjusted,
    live_prices,
    order_prices,
    refused_lines,
    seen_of,
    shortages,
)
from cart.model import Cart
from cart.placement import Change, Goal, Wish, changes_id
from cart.placing_errors import PlacingRefusedError
from cart.placing_lease import Lease
from cart.pushing import LinePrices, PricedCart, pushed

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

_CONFIRMED: Final[frozenset[OrderState]] = frozenset({"sale", "done"})
#: in what states there is what was wished
_REACHED: Final[dict[Goal, frozenset[OrderState]]] = {
    "order": _CONFIRMED,
    "quotation": _CONFIRMED | {"sent"},
    "transfer": _CONFIRMED | {"sent"},
}
_TRIES: Final = 4
_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Drafted:
    """``order``: the draft, or None when there are ``changes`` to accept first."""

    order: Order | None
    changes: tuple[Change, ...] = ()


class Drafting:
    """The order of one cart that is being placed. All methods raise OdooError."""

    def __init__(self, cart: Cart, adapter: OdooAdapter, lease: Lease) -> None:
        self._cart = cart
        self._adapter = adapter
        self._lease = lease

    async def reached(self, goal: Goal) -> Order | None:
        """The order, if Odoo has it as it was wished: confirmed before a crash, or by people of the shop.

        Raises `PlacingRefusedError` when it is closed otherwise.
        """
        order = (await self._adapter.cart_orders([self._cart.id])).get(self._cart.id)
        if order is None or order.state == "draft":
            return None
        if order.state in _REACHED[goal]:
            return order
        raise _closed(order.state)

    async def drafted(self, wish: Wish, prices: LinePrices, *, seen: Seen | None, credit: bool) -> Drafted:
        """Make the draft equal to the cart. ``seen``: what the customer saw; None: what is shown to them now.

        ``credit``: look at what they owe. Raises `PlacingRefusedError`.
        """
        cart = self._cart
        if seen is None:
            seen = seen_of(cart, await prices.priced(cart), wish.expected_total)
        live = await prices.priced(cart, live=True)
        if live.buyer.partner_id is None:
            raise PlacingRefusedError("CONTACT_MISSING", "Nobody has said who buys.")
        changes = self._changes(wish, seen, live)
        if changes and wish.accepted is None:
            return Drafted(None, tuple(changes))
        less = adjusted(changes)
        if less.quantities:
            live = await prices.priced(_reduced(cart, less), live=True)
        order, refused = await self._pushed(wish, live, less)
        changes += refused
        order, codes = await self._with_codes(order)
        changes += codes
        if wish.goal != "quotation":
            changes += order_prices(cart, seen, order, changes)
        if changes and changes_id(changes) != wish.accepted:
            return Drafted(None, tuple(changes))
        if not any(line.kind == "product" for line in order.lines):
            raise PlacingRefusedError("CART_EMPTY", "Nothing of what is in the cart can be ordered.")
        if credit:
            await self._check_credit(order, live)
        return Drafted(order)

    def _changes(self, wish: Wish, seen: Seen, live: PricedCart) -> list[Change]:
        """For a quotation, people of the shop see to stock and prices."""
        missing = shortages(self._cart, live)
        if wish.goal == "quotation":
            return [change for change in missing if change.kind == "GONE"]
        told = {change.number for change in missing}
        return missing + [change for change in live_prices(self._cart, seen, live) if change.number not in told]

    # -- pushing ------------------------------------------------------------------------------------------------

    async def _pushed(self, wish: Wish, live: PricedCart, less: Adjusted) -> tuple[Order, list[Change]]:
        refused: list[Change] = []
        without = set(less.without)
        while True:
            state = pushed(
                self._cart,
                live,
                quantities=less.quantities,
                without=without,
                payment_term_id=wish.payment_term_id,
                reference=wish.reference,
                note=wish.note,
            )
            try:
                order = await _again(self._adapter.push_cart, state)
            except OdooLinesRejectedError as error:
                more = set(error.numbers) - without
                if not more:
                    raise
                refused += refused_lines(self._cart, more, error.message)
                without |= more
            except OdooOrderClosedError as error:
                raise _closed(error.state) from error
            else:
                own = (wish.payment_term_id, wish.reference, wish.note)
                if not without and not less.quantities and own == (None, None, None):
                    self._lease.pushed(self._cart.version, order)
                return order, refused

    async def _with_codes(self, order: Order) -> tuple[Order, list[Change]]:
        """The codes of the cart, and no others."""
        wished = {code.strip() for code in self._cart.details.codes}
        refused = []
        for code in sorted(_codes(order) - wished):
            order = await _again(self._adapter.remove_code, order.id, code)
        for code in sorted(wished - _codes(order)):
            try:
                order = await _again(self._adapter.apply_code, order.id, code)
            except OdooRejectedError as error:
                refused.append(Change(kind="CODE", code=code, message=error.message))
            except OdooNotSupportedError:
                refused.append(Change(kind="CODE", code=code, message="This shop has no such codes any more."))
        return order, refused

    async def _check_credit(self, order: Order, live: PricedCart) -> None:
        """As far as Odoo tells of limits."""
        for one in await self._adapter.credit([order.commercial_partner_id]):
            total = order.amount_total * live.buyer.to_company
            if one.limit is not None and one.owed + total > one.limit:
                raise PlacingRefusedError("CREDIT_EXCEEDED", "This order exceeds your limit of credit.")

    # -- confirming ---------------------------------------------------------------------------------------------

    async def confirmed(self, order: Order, goal: Goal) -> Order:
        """The order, confirmed, or marked as one that people of the shop go on with.

        Until it is known that it was, or was refused, the lease is ``unsure``.
        """
        self._lease.unsure = True
        try:
            return await _again(self._confirm, order, goal)
        except OdooUnavailableError:
            raise
        except OdooError:  # it said no
            self._lease.unsure = False
            raise

    async def _confirm(self, order: Order, goal: Goal) -> Order:
        try:
            if goal == "order":
                return await self._adapter.confirm_order(order.id)
            return await self._adapter.request_quotation(order.id)
        except OdooUnavailableError:
            # it may have been committed all the same; if Odoo is away altogether, this says so again
            now = next(iter(await self._adapter.orders([order.id])), None)
            if now is None or now.state not in _REACHED[goal]:
                raise
            return now
        except OdooOrderClosedError as error:
            now = await self.reached(goal)
            if now is None:
                raise _closed(error.state) from error
            return now


async def _again(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """What may be done again, is: after conflicts, and once after a time-out."""
    timed_out = False
    for tries in range(1, _TRIES + 1):
        try:
            return await call(*args, **kwargs)
        except OdooConflictError:
            if tries == _TRIES:
                raise
        except OdooTimeoutError:
            if timed_out:
                raise
            timed_out = True
        await asyncio.sleep(_PAUSE * 2**tries * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
    raise AssertionError("unreachable")


def _closed(state: str) -> PlacingRefusedError:
    if state == "cancel":
        return PlacingRefusedError("ORDER_CLOSED", "The shop has cancelled this order.")
    return PlacingRefusedError("ORDER_CLOSED", "People of the shop are working on this order already.")


def _codes(order: Order) -> set[str]:
    return {line.applied.code.strip() for line in order.lines if line.applied is not None}


def _reduced(cart: Cart, less: Adjusted) -> Cart:
    """The cart with the quantities that are ordered of it: fewer may cost more each."""
    lines = [
        structs.replace(line, quantity=less.quantities.get(line.number, line.quantity))
        for line in cart.lines
        if line.number not in less.without
    ]
    return structs.replace(cart, lines=tuple(line for line in lines if line.quantity > 0))
