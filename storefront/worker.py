"""Runs behind the requests: one process at a time follows the shop, and one calls the storefront."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from adapters.errors import OdooError
from cache.redis_link import AwayError
from cache.store import Store
from cache.turns import Turns
from storefront.calling import NotToldError, StorefrontCalls
from storefront.following import Follower
from storefront.memory import Memory, Pending
from storefront.plan import Plan

log = structlog.get_logger(__name__)

_FOLLOW: Final = "storefront"
_CALL: Final = "storefront-calls"
#: Seconds after which another process takes over from one that died.
_LEASE: Final = 60.0
#: Seconds for which more changes are waited for: what changes together is told together.
DEBOUNCE: Final = 0.3
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
#: Pages that the storefront is asked to forget in one go, and at the same time; seconds between two looks for more.
_AT_ONCE: Final = 64
_CALLS: Final = 4
_LOOK: Final = 1.0


class StorefrontWorker:
    """``every``: seconds after which everything is looked at again, in case something was missed."""

    def __init__(
        self,
        store: Store,
        follower: Follower,
        calls: StorefrontCalls | None,
        *,
        every: float = 3600.0,
        debounce: float = DEBOUNCE,
        pause: float = _FIRST_PAUSE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._turns = Turns(store, _FOLLOW, lease=_LEASE, clock=clock)
        self._follower = follower
        self._memory: Memory = follower.memory
        self._calls = calls
        self._every = every
        self._debounce = debounce
        self._pause = pause
        self._clock = clock
        self._told = Plan()
        self._told_at = 0.0
        self._woken = asyncio.Event()
        self._pending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._said: dict[str, str] = {}
        store.on_invalidated(self._heard)

    def start(self) -> None:
        """Work in the background from now on."""
        self._tasks.append(asyncio.create_task(self._repeated("follow", self.follow, self._woken), name="storefront"))
        if self._calls is not None:
            calling = self._repeated("call", self.call, self._pending)
            self._tasks.append(asyncio.create_task(calling, name="call the storefront"))

    async def close(self) -> None:
        """What is not done is done by whoever works next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._calls is not None:
            await self._calls.close()

    async def follow(self) -> bool:
        """Tell what changed, if it is for this process to do. Is there anything left? Raises OdooError, AwayError.

        Every process hears of everything, and one tells. The others keep what they heard until somebody has told who
        began later.
        """
        told, told_at, self._told = self._told, self._told_at, Plan()
        try:
            async with self._turns.take() as turn:
                if turn is None:
                    self._told.join(told)
                    return False
                last, whole = turn.known()
                if told_at < (whole if told.everything else last):
                    told = Plan()
                told.everything |= turn.began - whole >= self._every
                if not told:
                    return False
                async with turn.working(whole=told.everything):
                    await self._follower.follow(told)
        except BaseException:
            self._told.join(told)
            raise
        self._pending.set()
        return bool(self._told)

    async def call(self) -> bool:
        """Have some pages forgotten. Are there more? Raises AwayError; NotToldError when none could be told."""
        assert self._calls is not None  # noqa: S101  # else nobody calls
        async with self._store.lease(_CALL, _LEASE) as mine:
            waiting = await self._memory.to_forget(_AT_ONCE) if mine else []
            gate = asyncio.Semaphore(_CALLS)
            outcomes = await asyncio.gather(*(self._one(gate, page) for page in waiting), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(waiting) == _AT_ONCE

    async def _one(self, gate: asyncio.Semaphore, page: Pending) -> None:
        assert self._calls is not None  # noqa: S101  # else nobody calls
        async with gate:
            await self._calls.forget(page.path, page.kind)
            await self._memory.forgotten(page)

    async def _repeated(self, what: str, work: Callable[[], Awaitable[bool]], woken: asyncio.Event) -> None:
        pause = self._pause
        while True:
            more = False
            try:
                more = await work()
            except (OdooError, AwayError, NotToldError) as error:
                self._tell(what, str(error) or type(error).__name__)
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  # jitter
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            except Exception:
                log.exception("storefront.failed", what=what)
                await asyncio.sleep(_LONGEST_PAUSE)
                continue
            if self._said.pop(what, None) is not None:
                log.info("storefront.works_again", what=what)
            pause = self._pause
            if not more:
                await self._wait(woken)

    async def _wait(self, woken: asyncio.Event) -> None:
        """Until there is something to do, or may be: other processes queue pages too."""
        try:
            async with asyncio.timeout(_LOOK):
                await woken.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._debounce)
        woken.clear()

    def _tell(self, what: str, reason: str) -> None:
        """Once, as long as it fails in the same way."""
        if self._said.get(what) != reason:
            self._said[what] = reason
            log.warning("storefront.not_told", what=what, reason=reason)

    def _heard(self, tags: frozenset[str]) -> None:
        self._told.tell(tags)
        if self._told:
            self._told_at = self._clock()
            self._woken.set()
