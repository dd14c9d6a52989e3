"""One cart that is due, from being taken to being given back."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import structlog

from adapters.base import OdooAdapter
from adapters.errors import (
    OdooAccessError,
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooOrderClosedError,
    OdooRejectedError,
    OdooTimeoutError,
    OdooUnavailableError,
)
from adapters.records.orders import Order
from adapters.rpc.breaker import CircuitOpenError
from cart.known_order import encode_order
from cart.leftover import next_cart_id
from cart.model import Cart, Failure, Synced
from cart.placement import Placement, decoded
from cart.pushing import LinePrices
from cart.store import CartClosedError, CartNotFoundError, CartStore, CartsUnavailableError
from cart.sync_gate import AdapterProvider, OdooGate
from cart.sync_push import Pushed, push
from cart.sync_rules import SyncRules

log = structlog.get_logger(__name__)

#: What became of a cart. ``synced``, ``partial``: it is in Odoo, whole or not. ``dropped``: its draft has gone.
#: ``placed``: is an order. ``redrafted``: goes on as another cart. ``retry``: will be tried again. ``away``: likewise,
#: as Odoo does not answer. ``dead``: will not. ``gone``: nothing to do, or somebody else does it. ``lost``: it was not
#: this worker's any more, nor could it be put right. ``carts_away``: nobody knows; it becomes due by itself.
Outcome = Literal[
    "synced", "partial", "dropped", "placed", "redrafted", "retry", "away", "dead", "gone", "lost", "carts_away"
]

#: so many times as many tries as for a refusal has a cart that only ever gets no answer
_SILENT: Final = 3
#: tries to put right what was pushed after the lease had ended, a second apart
_REPAIRS: Final = 30
_AGAIN: Final = 1.0
_CODES: Final[tuple[tuple[type[OdooError], str], ...]] = (
    (OdooTimeoutError, "ERP_TIMEOUT"),
    (OdooUnavailableError, "ERP_UNAVAILABLE"),
    (OdooConflictError, "ERP_CONFLICT"),
    (OdooRejectedError, "ERP_REJECTED"),
    (OdooAccessError, "ERP_ACCESS_DENIED"),
    (OdooNotFoundError, "ERP_NOT_FOUND"),
)


class Requests(Protocol):
    """Orders that do not wait for the customer: `cart.placing.Placer`."""

    async def complete_requested(self, cart: Cart, prices: LinePrices) -> Placement | None: ...

    async def adopt(self, cart: Cart, order: Order) -> Placement | None: ...


class _PutOffError(Exception):
    """It cannot be done now; ``code`` tells why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Held:
    """A cart that this worker has by a lease, until it is given back."""

    cart_id: str
    token: str = ""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, carts: CartStore, seconds: float, *, only_due: bool) -> Cart | None:
        """Take it (again), by a token of its own."""
        async with self._lock:
            self.token = uuid.uuid4().hex
            return await carts.take(self.cart_id, self.token, seconds, only_due=only_due)

    async def prolong(self, carts: CartStore, seconds: float) -> None:
        """Not while it is being given back: it would be taken again. A lease that ended shows itself then."""
        async with self._lock:
            if self.token:
                await carts.take(self.cart_id, self.token, seconds, only_due=False)

    async def give_back(self, giving: Callable[[str, str], Awaitable[bool]]) -> bool:
        """``giving``: gives the cart of an id back by a token. False: it was not this worker's any more."""
        async with self._lock:
            token, self.token = self.token, ""
            return bool(token) and await giving(self.cart_id, token)


@dataclass(frozen=True)
class CartSyncing:
    """Brings single carts to Odoo. ``on_difference`` is told how many lines of a cart Odoo computed otherwise."""

    carts: CartStore
    adapter: AdapterProvider
    prices: LinePrices
    requests: Requests
    gate: OdooGate
    rules: SyncRules
    on_difference: Callable[[int], None] = lambda _: None

    async def bring(self, held: Held, *, only_due: bool = True) -> Outcome:
        """Take a cart, do what is due for it, and give it back. Whatever is wrong with it hurts no other cart."""
        try:
            cart = await held.take(self.carts, self.rules.lease, only_due=only_due)
            return "gone" if cart is None else await self._guarded(cart, held)
        except CartsUnavailableError:
            return "carts_away"
        except asyncio.CancelledError:
            with suppress(CartsUnavailableError):
                await asyncio.shield(held.give_back(self.carts.release))
            raise

    async def _guarded(self, cart: Cart, held: Held) -> Outcome:
        try:
            return await self._by_state(cart, held)
        except CartsUnavailableError:
            raise
        except CartNotFoundError:
            return "gone"
        except OdooUnavailableError as error:
            return await self._without_answer(cart, held, error)
        except OdooError as error:
            if not isinstance(error, OdooConflictError | OdooRejectedError):
                log.warning("cart.push_failed", cart=cart.id, error=repr(error))
            return await self._failed(cart, held, _code(error), _words(error))
        except _PutOffError as error:
            return await self._failed(cart, held, error.code, "", counts=False)
        except Exception:
            log.exception("cart.push_failed", cart=cart.id)
            return await self._failed(cart, held, "INTERNAL_SERVER_ERROR", "")

    async def _by_state(self, cart: Cart, held: Held) -> Outcome:
        match cart.state:
            case "open" | "placing":
                return await self._pushed(cart, held)
            case "requested":
                return await self._requested(cart, held)
            case "merged" | "deleted":
                return await self._removed(cart, held)
            case _:
                await held.give_back(self.carts.release)
                return "gone"

    # -- carts being filled ---------------------------------------------------------------------------------------

    async def _pushed(self, cart: Cart, held: Held, *, anew: bool = False) -> Outcome:
        adapter = await self.adapter()
        priced = await self.prices.priced(cart)
        try:
            done = await push(adapter, cart, priced, anew=anew)
        except OdooOrderClosedError as error:
            return await self._closed(cart, held, error, adapter)
        known = _synced(cart, done)
        if await held.give_back(lambda cart_id, token: self.carts.synced(cart_id, token, known)):
            self._told(cart, done)
            return "partial" if done.refused or done.gone else "synced"
        return "lost" if anew else await self._put_right(held)

    async def _put_right(self, held: Held) -> Outcome:
        """The lease ended while the cart was pushed: somebody may have pushed a newer state before this one arrived.

        Whatever stands in Odoo now, the state of now is pushed over it.
        """
        log.warning("cart.lease_lost", cart=held.cart_id)
        for _ in range(_REPAIRS):
            cart = await held.take(self.carts, self.rules.lease, only_due=False)
            if cart is not None:
                if cart.state in ("open", "placing"):
                    return await self._pushed(cart, held, anew=True)
                return await self._guarded(cart, held)
            if await self.carts.find(held.cart_id) is None:
                return "gone"
            await asyncio.sleep(_AGAIN)
        return "lost"

    def _told(self, cart: Cart, done: Pushed) -> None:
        if done.differences:
            self.on_difference(len(done.differences))
            log.warning(
                "cart.differs",
                cart=cart.id,
                order_id=done.order.id,
                lines=[(one.number, str(one.ours), str(one.odoos)) for one in done.differences[:5]],
            )

    async def _closed(self, cart: Cart, held: Held, error: OdooOrderClosedError, adapter: OdooAdapter) -> Outcome:
        """People of the shop have confirmed the order, sent it as a quotation, or cancelled it."""
        if error.state != "cancel":
            orders = await adapter.orders([error.order_id])
            await held.give_back(self.carts.release)  # who places it takes it
            if orders and await self.requests.adopt(cart, orders[0]) is not None:
                return "placed"
            return await self._put_off(held, "ORDER_CLOSED")
        return await self._redrafted(cart, held, error)

    async def _redrafted(self, cart: Cart, held: Held, error: OdooOrderClosedError) -> Outcome:
        """They cancelled it, and so it stays. What is in the cart goes into a new one, with a draft of its own."""
        if cart.state != "open":
            raise _PutOffError("ORDER_CLOSED")
        following = await self.carts.create(cart.owner, name=cart.name, cart_id=next_cart_id(cart.id))
        try:
            await self.carts.merge(cart.id, following.id)
        except CartClosedError as closed:
            raise _PutOffError("CART_CLOSED") from closed
        await held.give_back(self.carts.dropped)
        log.info("cart.redrafted", cart=cart.id, into=following.id, order_id=error.order_id, order_state=error.state)
        return "redrafted"

    # -- carts that customers are done with -----------------------------------------------------------------------

    async def _requested(self, cart: Cart, held: Held) -> Outcome:
        """Accepted while Odoo was away. Who makes an order of it takes the cart."""
        known = decoded(cart.placement)
        if known is not None and known.status == "NEEDS_ATTENTION":
            return await self._attention(held, known)
        await self.adapter()  # is there one?
        await held.give_back(self.carts.release)
        try:
            placement = await self.requests.complete_requested(cart, self.prices)
        except OdooError:
            await held.take(self.carts, self.rules.lease, only_due=False)
            raise
        if placement is not None and placement.status == "PLACED":
            return "placed"
        if placement is None or placement.status == "REQUESTED":  # somebody else is at it
            return await self._put_off(held, "CART_CLOSED")
        again = await held.take(self.carts, self.rules.lease, only_due=False)
        return "gone" if again is None else await self._attention(held, placement)

    async def _attention(self, held: Held, placement: Placement) -> Outcome:
        """Only people can go on with it."""
        reason = placement.reason
        code, message = ("NEEDS_ATTENTION", "") if reason is None else (reason.code, reason.message)
        failure = Failure(code=code, message=message, tries=1, at=time.time(), dead=True)
        return "dead" if await self._fail(held, failure, failure.at) else "gone"

    async def _removed(self, cart: Cart, held: Held) -> Outcome:
        """Merged or deleted: it must not leave a draft behind."""
        if cart.merging and cart.into is not None:
            try:
                await self.carts.merge(cart.id, cart.into)
            except CartClosedError as error:
                raise _PutOffError("CART_CLOSED") from error
        adapter = await self.adapter()
        try:
            await adapter.drop_cart(cart.id, None if cart.synced is None else cart.synced.order_id)
        except OdooOrderClosedError as error:  # people of the shop have confirmed it
            log.warning("cart.draft_stays", cart=cart.id, order_id=error.order_id, order_state=error.state)
        return "dropped" if await held.give_back(self.carts.dropped) else "lost"

    # -- what goes wrong ------------------------------------------------------------------------------------------

    async def _without_answer(self, cart: Cart, held: Held, error: OdooUnavailableError) -> Outcome:
        """Is Odoo away, or is it this cart that it cannot answer?"""
        if not isinstance(error, CircuitOpenError) and await self.gate.look():
            log.warning("cart.push_unanswered", cart=cart.id, error=repr(error))
            return await self._failed(cart, held, _code(error), "", most=self.rules.tries * _SILENT)
        if self.gate.is_open:
            await self.gate.look()
        await held.give_back(self.carts.release)
        return "away"

    async def _failed(
        self, cart: Cart, held: Held, code: str, message: str, *, most: int | None = None, counts: bool = True
    ) -> Outcome:
        before = cart.failure.tries if cart.failure is not None else 0
        tries = before + 1 if counts else before
        dead = counts and tries >= (self.rules.tries if most is None else most)
        now = time.time()
        failure = Failure(code=code, message=message, tries=tries, at=now, dead=dead)
        kept = await self._fail(held, failure, now + self.rules.retry_in(tries))
        if dead:
            log.error("cart.dead", cart=cart.id, code=code, tries=tries)
        return "lost" if not kept else "dead" if dead else "retry"

    async def _fail(self, held: Held, failure: Failure, retry_at: float) -> bool:
        return await held.give_back(lambda cart_id, token: self.carts.failed(cart_id, token, failure, retry_at))

    async def _put_off(self, held: Held, code: str) -> Outcome:
        """Somebody else is at a cart that had been given back: it is not looked at again at once."""
        cart = await held.take(self.carts, self.rules.lease, only_due=True)
        return "gone" if cart is None else await self._failed(cart, held, code, "", counts=False)


def _synced(cart: Cart, done: Pushed) -> Synced:
    return Synced(
        version=cart.version,
        order_id=done.order.id,
        order=encode_order(done.order),
        at=time.time(),
        refused=done.refused,
    )


def _code(error: OdooError) -> str:
    return next((code for kind, code in _CODES if isinstance(error, kind)), "ERP_ERROR")


def _words(error: OdooError) -> str:
    """Odoo's own words, where they are meant for people."""
    return error.message if isinstance(error, OdooRejectedError) else ""
