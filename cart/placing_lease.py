"""Holding a cart while an order is placed of it: nobody changes it, and nobody else brings it to Odoo."""

from __future__ import annotations

import asyncio
import random
import time
from types import TracebackType
from typing import Final, Self

import structlog

from adapters.records.orders import Order
from cart.known_order import encode_order
from cart.model import Cart, Synced
from cart.placement import Placement
from cart.placing_errors import StillPlacingError
from cart.store import CartNotFoundError, CartStore, CartsUnavailableError, PlacedState

log = structlog.get_logger(__name__)

#: tries to keep what came of it, when carts are away for a moment
_TRIES: Final = 3
_PAUSE: Final = 0.1


class LeaseLostError(Exception):
    """The lease ended, or carts are away: nothing may be done that cannot be taken back."""


class Lease:
    """Both leases on a cart whose placing was begun with ``token``; prolonged until the block ends.

    It does not give the cart back by itself. ``unsure``: it is not known whether Odoo confirmed the order.
    """

    def __init__(self, carts: CartStore, cart_id: str, token: str, seconds: float) -> None:
        self.cart_id = cart_id
        self.unsure = False
        self._carts = carts
        self._token = token
        self._seconds = seconds
        self._beats: asyncio.Task[None] | None = None
        self._known: Synced | None = None

    async def __aenter__(self) -> Self:
        """Raises `StillPlacingError` when a push to Odoo that is under way does not end; the cart is open again."""
        self._beats = asyncio.create_task(self._beat())
        try:
            await self._wait_for_pushes()
        except BaseException:
            await self.__aexit__(None, None, None)
            await self.give_back()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beats is not None:
            self._beats.cancel()
            await asyncio.wait([self._beats])

    async def _wait_for_pushes(self) -> None:
        ends = time.monotonic() + self._seconds
        while await self._taken() is None:
            if time.monotonic() >= ends:
                raise StillPlacingError
            await asyncio.sleep(_PAUSE * random.uniform(0.5, 1.5))  # noqa: S311  # jitter

    def pushed(self, version: int, order: Order) -> None:
        """Odoo has this version of the cart, exactly."""
        self._known = Synced(version=version, order_id=order.id, order=encode_order(order), at=time.time())

    async def hold(self) -> None:
        """Make sure of both leases. Raises `LeaseLostError`."""
        try:
            begun = await self._carts.begin_placing(self.cart_id, self._token, lease_seconds=self._seconds)
            held = begun.status == "BEGUN" and await self._taken() is not None
        except (CartsUnavailableError, CartNotFoundError) as error:
            raise LeaseLostError from error
        if not held:
            raise LeaseLostError

    async def give_back(self, *, requested: bool = False) -> Cart | None:
        """Open the cart again; ``requested``: it remains requested, if it was. Raises `CartsUnavailableError`."""
        cart = await self._carts.abandon_placing(self.cart_id, self._token, requested=requested)
        await self._release()
        return cart

    async def finish(self, placement: Placement, state: PlacedState) -> Placement:
        """Keep what came of it. The answer is what is kept: somebody else's, where the lease was lost.

        What Odoo confirmed is true even if it cannot be kept: whoever asks next finds it there again.
        """
        for last in (*[False] * (_TRIES - 1), True):
            try:
                return await self._kept(placement, state)
            except CartsUnavailableError:
                if last and placement.order is None:
                    raise
                await asyncio.sleep(_PAUSE)
        log.error("order.not_kept", cart=self.cart_id, order_id=placement.order and placement.order.id)
        return placement

    async def _kept(self, placement: Placement, state: PlacedState) -> Placement:
        cart = await self._carts.finish_placing(self.cart_id, self._token, placement.encoded(), state=state)
        if cart is None:
            others = await self._carts.find(self.cart_id)
            log.warning("order.lease_lost", cart=self.cart_id)
            return placement.kept_in(others)
        await self._release()
        return placement

    async def _release(self) -> None:
        known, self._known = self._known, None
        if known is None or not await self._carts.synced(self.cart_id, self._token, known):
            await self._carts.release(self.cart_id, self._token)

    async def _taken(self) -> Cart | None:
        return await self._carts.take(self.cart_id, self._token, self._seconds, only_due=False)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                await self.hold()
            except LeaseLostError:
                log.warning("order.lease_not_prolonged", cart=self.cart_id)
