"""The worker that brings carts to Odoo. There may be any number of them: each cart is one's at a time."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from cart.store import CartStore, CartsUnavailableError
from cart.sync_cart import CartSyncing, Held, Outcome
from cart.sync_ended import EndedDrafts
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules

log = structlog.get_logger(__name__)

#: seconds after which carts that are away are asked for again, growing to the second
_CARTS_FIRST: Final = 0.2
_CARTS_LONGEST: Final = 3.0

OnOutcome = Callable[[Outcome, float], None]


def _nothing(_: Outcome, __: float) -> None:
    """Nobody wants to know."""


class CartWorker:
    """Looks for carts that are due, and brings some of them to Odoo at once. ``on_outcome``: what became, seconds."""

    def __init__(self, carts: CartStore, syncing: CartSyncing, *, on_outcome: OnOutcome = _nothing) -> None:
        self._carts = carts
        self._syncing = syncing
        self._gate: OdooGate = syncing.gate
        self._rules: SyncRules = syncing.rules
        self._on_outcome = on_outcome
        self._running: dict[str, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: deque[str] = deque()
        self._ended = asyncio.Event()
        self._stopping = asyncio.Event()
        self._carts_away = 0
        self._loop: asyncio.Task[None] | None = None
        self._ended_drafts = EndedDrafts(carts, syncing.adapter, syncing.gate, syncing.rules)

    @property
    def running(self) -> int:
        """How many carts are on their way right now."""
        return len(self._running)

    def start(self) -> None:
        self._loop = asyncio.create_task(self.run(), name="bring carts to Odoo")

    async def close(self) -> None:
        """End: what is on its way arrives, or is given back after `SyncRules.grace`."""
        self._stopping.set()
        if self._loop is not None:
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None

    async def run(self) -> None:
        """Until `close`. Nothing that goes wrong ends it."""
        beats, sweeps = asyncio.create_task(self._beat()), asyncio.create_task(self._sweep())
        try:
            while not self._stopping.is_set():
                try:
                    await self._step()
                except CartsUnavailableError as error:
                    await self._without_carts(error)
                except Exception:
                    log.exception("carts.worker_failed")
                    await self._pause(self._rules.idle)
            await self._finish()
        finally:
            for task in self._tasks:
                task.cancel()
            beats.cancel()
            sweeps.cancel()
            await asyncio.gather(beats, sweeps, *self._tasks, return_exceptions=True)

    async def _step(self) -> None:
        if not self._gate.is_open:
            await self._pause(self._gate.pause)
            if not self._stopping.is_set():
                await self._gate.look()
            return
        if len(self._running) >= self._rules.pushes:
            self._ended.clear()
            await self._either(self._ended)
            return
        if not self._queue and not await self._fill():
            await self._pause(self._rules.idle * random.uniform(0.75, 1.25))  # noqa: S311  # jitter
            return
        self._begin(self._queue.popleft())

    async def _fill(self) -> bool:
        """Ask for what is due. In any order: workers that ask at the same time do not want the very same."""
        due = [one for one in await self._carts.due(self._rules.batch) if one not in self._running]
        if self._carts_away:
            log.info("carts.back")
        self._carts_away = 0
        random.shuffle(due)
        self._queue.extend(due)
        return bool(due)

    def _begin(self, cart_id: str) -> None:
        if cart_id in self._running:
            return
        held = self._running[cart_id] = Held(cart_id)
        task = asyncio.create_task(self._bring(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring(self, held: Held) -> None:
        began = time.perf_counter()
        outcome: Outcome = "lost"
        try:
            outcome = await self._syncing.bring(held)
        except Exception:
            log.exception("carts.worker_failed", cart=held.cart_id)
        finally:
            del self._running[held.cart_id]
            self._ended.set()
            self._on_outcome(outcome, time.perf_counter() - began)
        if outcome in ("away", "carts_away"):
            self._queue.clear()  # first it is looked whether they are back

    async def _beat(self) -> None:
        """Prolong the leases of what is on its way. One that was lost is found out when the cart is given back."""
        while True:
            await asyncio.sleep(self._rules.lease / 3)
            for held in list(self._running.values()):
                with suppress(CartsUnavailableError):
                    await held.prolong(self._carts, self._rules.lease)

    async def _sweep(self) -> None:
        """Take drafts of carts that have ended away, now and then. Nothing that goes wrong ends it."""
        while self._rules.drafts:
            await asyncio.sleep(self._rules.sweep * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
            try:
                await self._ended_drafts.sweep()
            except CartsUnavailableError:
                pass  # whoever looks at what is due says so
            except Exception:
                log.exception("carts.sweep_failed")

    async def _without_carts(self, error: CartsUnavailableError) -> None:
        if not self._carts_away:
            log.warning("carts.unavailable", reason=str(error))
        self._queue.clear()
        pause = min(_CARTS_LONGEST, _CARTS_FIRST * 2.0 ** min(self._carts_away, 10))
        self._carts_away += 1
        await self._pause(pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter

    async def _finish(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._rules.grace)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _either(self, event: asyncio.Event) -> None:
        """Until the event, or the end."""
        waiting = [asyncio.create_task(event.wait()), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
