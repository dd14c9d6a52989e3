"""Placing an order: once, whoever presses however often, whatever breaks in between.

An order is placed in steps, each of which may be done again: the cart is closed for changes (a lease, which the one who
holds it prolongs), Odoo is asked what is there and what it costs, the draft order is made equal to the cart, confirmed,
and what came of it is kept with the cart and under the client's key. Whoever comes while that goes on waits for it, and
is answered the same. Who comes after a crash finds what Odoo has: one cart has one order in Odoo, and when that is
confirmed, it is the answer.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from msgspec import structs

from adapters.base import OdooAdapter
from adapters.errors import OdooError, OdooRejectedError, OdooUnavailableError
from adapters.records.orders import Order
from cart.checking import Seen, left_over, seen_of
from cart.drafting import Drafted, Drafting
from cart.leftover import bring_over
from cart.model import Cart
from cart.placement import Change, Placement, Reason, Wish, changes_id, decoded, placed_order
from cart.placing_errors import ChangedSinceError, PlacingRefusedError, StillPlacingError
from cart.placing_lease import Lease, LeaseLostError
from cart.pushing import LinePrices
from cart.store import CartStore, CartsUnavailableError, Placing

log = structlog.get_logger(__name__)

AdapterProvider = Callable[[], Awaitable[OdooAdapter]]

#: what is wanted: the same of the same cart under the same key is done once
_Same = tuple[str, str | None, int | None, Wish]
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5
_ANYTHING: Final = Wish()


@dataclass(frozen=True, slots=True)
class PlacingRules:
    """``when_down``: what becomes of an order while Odoo is away: ``refuse`` it, or keep it as a ``request``.

    ``credit``: refuse orders beyond the buyer's limit of credit, as far as Odoo tells it. Seconds: ``lease`` for which
    a cart stays closed when whoever places its order is gone, ``patience`` to wait for somebody else who places it.
    """

    when_down: Literal["refuse", "request"] = "refuse"
    credit: bool = False
    lease: float = 30.0
    patience: float = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """``placement``: there is an order, or a request; else ``changes`` to accept, and the cart is open again."""

    placement: Placement | None
    changes: tuple[Change, ...] = ()

    @property
    def changes_id(self) -> str | None:
        """What accepts the changes."""
        return changes_id(self.changes) if self.changes else None


class Placer:
    """Places orders of the carts of a store. Of several in one process that want the very same, one does it."""

    def __init__(
        self,
        carts: CartStore,
        adapter: AdapterProvider,
        rules: PlacingRules | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rules = rules or PlacingRules()
        self._carts = carts
        self._adapter = adapter
        self._clock = clock
        self._under_way: dict[_Same, asyncio.Task[Outcome]] = {}

    async def place(
        self, cart_id: str, wish: Wish, prices: LinePrices, *, key: str | None = None, version: int | None = None
    ) -> Outcome:
        """Place an order of an open cart. ``key``: the client's; ``version``: the one that the customer saw.

        It goes on when whoever waits for it goes away. Raises `ChangedSinceError`, `PlacingRefusedError`,
        `StillPlacingError` (send it again), `CartNotFoundError`, `CartsUnavailableError`; OdooRejectedError with Odoo's
        reason; OdooUnavailableError, OdooConflictError: the cart is open again, or soon will be.
        """
        same = (cart_id, key, version, wish)
        task = self._under_way.get(same)
        if task is None:
            task = self._under_way[same] = asyncio.create_task(self._place(cart_id, wish, prices, key, version))
            task.add_done_callback(lambda done: self._done(same, done))
        return await asyncio.shield(task)

    async def complete_requested(self, cart: Cart, prices: LinePrices) -> Placement | None:
        """Make an order of a cart that was accepted while Odoo was away. For the worker that brings carts to Odoo.

        What cannot become one as it was accepted needs attention, and is left so. None: it is no request any more, or
        somebody else is at it. Raises OdooUnavailableError: Odoo is still away; CartsUnavailableError.
        """
        known = decoded(cart.placement)
        if cart.state != "requested" or known is None or known.status != "REQUESTED":
            return known
        token = uuid.uuid4().hex
        begun = await self._carts.begin_placing(cart.id, token, lease_seconds=self.rules.lease, again=True)
        held = begun.cart
        if begun.status != "BEGUN" or held is None:
            return decoded(begun.placement)
        try:
            async with Lease(self._carts, cart.id, token, self.rules.lease) as lease:
                return await self._completed(held, prices, lease)
        except (StillPlacingError, LeaseLostError):
            return None

    async def reopen(self, cart_id: str) -> Cart | None:
        """Take a request back: the cart is open again. None: there is none, or Odoo has confirmed its order by now.

        Raises as `place`: a request is taken back only where Odoo tells that it is not confirmed.
        """
        cart = await self._carts.find(cart_id)
        if cart is None or cart.state not in {"requested", "placing"}:
            return None
        token = uuid.uuid4().hex
        begun = await self.begun(cart_id, token, again=True)
        held = begun.cart
        if begun.status != "BEGUN" or held is None:
            return None
        async with Lease(self._carts, cart_id, token, self.rules.lease) as lease:
            try:
                order = await Drafting(held, await self._adapter(), lease).reached("order")
            except PlacingRefusedError:
                order = None
            except BaseException:
                await lease.give_back(requested=True)
                raise
            if order is not None:
                await self._finished(held, order, _wish_of(held), lease)
                return None
            return await lease.give_back()

    async def adopt(self, cart: Cart, order: Order) -> Placement | None:
        """The cart's order was confirmed, or sent as a quotation, by somebody in Odoo: then the cart is placed.

        For whoever is told by a push that the order is closed. What is in the cart and not in the order goes into
        the next one. None: it cannot be done now. Raises CartNotFoundError, CartsUnavailableError.
        """
        token = uuid.uuid4().hex
        begun = await self._carts.begin_placing(cart.id, token, lease_seconds=self.rules.lease, again=True)
        if begun.status != "BEGUN" or begun.cart is None:
            return decoded(begun.placement)
        try:
            async with Lease(self._carts, cart.id, token, self.rules.lease) as lease:
                return await self._finished(begun.cart, order, _wish_for(begun.cart, order), lease)
        except StillPlacingError:
            return None

    # -- placing ------------------------------------------------------------------------------------------------

    def _done(self, same: _Same, task: asyncio.Task[Outcome]) -> None:
        del self._under_way[same]
        if not task.cancelled():
            task.exception()  # whoever waited for it is told; nobody may be left

    async def _place(
        self, cart_id: str, wish: Wish, prices: LinePrices, key: str | None, version: int | None
    ) -> Outcome:
        token = uuid.uuid4().hex
        begun = await self.begun(cart_id, token, key, version)
        cart = begun.cart
        if begun.status == "PLACED":
            placement = decoded(begun.placement)
            if placement is None:
                raise PlacingRefusedError("CART_CLOSED", "An order was placed of this cart already.")
            await bring_over(self._carts, cart, placement)
            return Outcome(placement)
        if begun.status == "CHANGED" or cart is None:
            raise ChangedSinceError(cart)
        if begun.status == "CLOSED":
            raise PlacingRefusedError("CART_CLOSED", "There is no such cart any more.")
        try:
            async with Lease(self._carts, cart_id, token, self.rules.lease) as lease:
                return await self._held(cart, wish, prices, lease)
        except LeaseLostError as error:
            raise StillPlacingError from error

    async def begun(
        self, cart_id: str, token: str, key: str | None = None, version: int | None = None, *, again: bool = False
    ) -> Placing:
        """Begin; wait for somebody else who is at it. Raises `StillPlacingError`."""
        ends = time.monotonic() + self.rules.patience
        pause = _FIRST_PAUSE
        while True:
            begun = await self._carts.begin_placing(
                cart_id, token, lease_seconds=self.rules.lease, key=key, version=version, again=again
            )
            if begun.status != "BUSY":
                return begun
            if time.monotonic() >= ends:
                raise StillPlacingError
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _held(self, cart: Cart, wish: Wish, prices: LinePrices, lease: Lease) -> Outcome:
        """The cart is ours. Whatever goes wrong, it is not left closed, unless nobody knows what became of it."""
        try:
            _not_empty(cart)
            drafted = await self._drafted(cart, wish, prices, lease, None)
            if drafted.order is None:
                await lease.give_back()
                return Outcome(None, drafted.changes)
            return Outcome(await self._confirmed(cart, drafted.order, wish, lease))
        except OdooUnavailableError:
            if self.rules.when_down == "request":
                return Outcome(await self._requested(cart, wish, prices, lease))
            await self._open(lease)
            raise
        except PlacingRefusedError as error:
            if error.code != "ORDER_CLOSED" or not await self._is_quotation(cart, lease):
                await self._open(lease)
            raise
        except BaseException:
            await self._open(lease)
            raise

    async def _is_quotation(self, cart: Cart, lease: Lease) -> bool:
        """Have people of the shop sent the order as a quotation? Then that is what the cart has become."""
        try:
            order = await Drafting(cart, await self._adapter(), lease).reached("quotation")
            if order is None:
                return False
            await self._finished(cart, order, _wish_for(cart, order), lease)
        except (OdooError, PlacingRefusedError):  # a cancelled one
            return False
        return True

    async def _open(self, lease: Lease) -> None:
        """Open the cart, unless it is not known whether Odoo confirmed its order: then it opens by itself."""
        if lease.unsure:
            log.warning("order.unsure", cart=lease.cart_id)
            return
        try:
            await lease.give_back()
        except CartsUnavailableError:
            log.warning("order.cart_stays_closed", cart=lease.cart_id)

    async def _drafted(self, cart: Cart, wish: Wish, prices: LinePrices, lease: Lease, seen: Seen | None) -> Drafted:
        """The order, confirmed by now or as it is to be confirmed; or what is to be accepted first."""
        drafting = Drafting(cart, await self._adapter(), lease)
        there = await drafting.reached(wish.goal)
        if there is not None:
            return Drafted(there)
        return await drafting.drafted(wish, prices, seen=seen, credit=self.rules.credit and wish.goal == "order")

    async def _confirmed(self, cart: Cart, draft: Order, wish: Wish, lease: Lease) -> Placement:
        if draft.state == "draft":
            await lease.hold()
            draft = await Drafting(cart, await self._adapter(), lease).confirmed(draft, wish.goal)
        return await self._finished(cart, draft, wish, lease)

    async def _finished(self, cart: Cart, order: Order, wish: Wish, lease: Lease) -> Placement:
        """Keep what came of it. What was accepted to be left out is not left over."""
        placement = Placement(
            status="PLACED",
            cart=cart.id,
            version=cart.version,
            at=self._clock(),
            wish=wish,
            order=placed_order(order),
            leftover=() if wish.accepted is not None else left_over(cart, order),
            requested=cart.placement is not None,
        )
        lease.pushed(cart.version, order)
        kept = await lease.finish(placement, "placed")
        await bring_over(self._carts, cart, kept)
        log.info("order.placed", cart=cart.id, order_id=order.id, state=order.state)
        return kept

    # -- while Odoo is away -------------------------------------------------------------------------------------

    async def _requested(self, cart: Cart, wish: Wish, prices: LinePrices, lease: Lease) -> Placement:
        """Accept it as a request, as it is shown to the customer."""
        try:
            shown = await prices.priced(cart)
        except OdooError:  # not even that is known
            await self._open(lease)
            raise
        if shown.buyer.partner_id is None:
            await self._open(lease)
            raise PlacingRefusedError("CONTACT_MISSING", "Nobody has said who buys.")
        seen = seen_of(cart, shown, wish.expected_total)
        placement = Placement(
            status="REQUESTED",
            cart=cart.id,
            version=cart.version,
            at=self._clock(),
            wish=structs.replace(wish, accepted=None),
            seen=dict(seen.lines),
            seen_total=seen.total,
            currency=shown.currency,
            requested=True,
        )
        kept = await lease.finish(placement, "requested")
        log.info("order.requested", cart=cart.id)
        return kept

    async def _completed(self, cart: Cart, prices: LinePrices, lease: Lease) -> Placement | None:
        request = decoded(cart.placement)
        if request is None or request.status != "REQUESTED":  # opened, or judged, by somebody quicker
            await lease.give_back(requested=request is not None)
            return request
        wish, seen = request.wish, Seen(request.seen, request.seen_total)
        try:
            drafted = await self._drafted(cart, wish, prices, lease, seen)
            if drafted.changes and _all_cheaper(drafted.changes):
                wish = structs.replace(wish, accepted=changes_id(drafted.changes))
                drafted = await self._drafted(cart, wish, prices, lease, seen)
            if drafted.order is None:
                return await self._judged(request, lease, _CHANGED, drafted.changes)
            return await self._confirmed(cart, drafted.order, wish, lease)
        except PlacingRefusedError as error:
            return await self._judged(request, lease, Reason(code=error.code, message=error.message))
        except OdooRejectedError as error:
            return await self._judged(request, lease, Reason(code="ERP_REJECTED", message=error.message))
        except BaseException:
            await lease.give_back(requested=True)
            raise

    async def _judged(
        self, request: Placement, lease: Lease, reason: Reason, changes: tuple[Change, ...] = ()
    ) -> Placement:
        """It cannot be confirmed as it was accepted."""
        log.warning("order.needs_attention", cart=request.cart, code=reason.code)
        judged = structs.replace(request, status="NEEDS_ATTENTION", reason=reason, changes=changes, at=self._clock())
        return await lease.finish(judged, "requested")


_CHANGED: Final = Reason(code="CART_CHANGED", message="Since you ordered, something has changed.")


def _all_cheaper(changes: tuple[Change, ...]) -> bool:
    """Nobody minds paying less than they saw."""
    return all(
        change.kind in {"PRICE", "TOTAL"}
        and change.now is not None
        and change.before is not None
        and change.now <= change.before
        for change in changes
    )


def _not_empty(cart: Cart) -> None:
    if not cart.lines:
        raise PlacingRefusedError("CART_EMPTY", "There is nothing in the cart.")


def _wish_for(cart: Cart, order: Order) -> Wish:
    """What was wished, where people of the shop have gone on with the order."""
    wish = _wish_of(cart)
    return structs.replace(wish, goal="quotation") if order.state == "sent" else wish


def _wish_of(cart: Cart) -> Wish:
    placement = decoded(cart.placement)
    return _ANYTHING if placement is None else placement.wish
