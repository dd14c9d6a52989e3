"""Runs behind the requests: one process at a time notices what is news, and any number tell it."""

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
from storefront.plan import Plan
from subscriptions.model import SubscriptionsUnavailableError
from subscriptions.noticing import Noticer
from subscriptions.store import Subscriptions
from subscriptions.telling import AwayForNowError, Teller

log = structlog.get_logger(__name__)

_NOTICE: Final = "subscriptions"
#: when a promotion changes
_CHANGES: Final = "subscriptions-changes"
_KEPT: Final = 30 * 86_400.0
#: Seconds after which another process takes over from one that died.
_LEASE: Final = 120.0
#: Seconds for which more changes are waited for; between two looks for something to do; between two tries.
_DEBOUNCE: Final = 0.3
_LOOK: Final = 2.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


class SubscriptionWorker:
    """``every``: seconds after which all that is followed is looked at again, in case something was missed.

    ``look``: seconds between two looks for something to do. ``clock``: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        noticer: Noticer,
        teller: Teller,
        *,
        every: float = 3_600.0,
        look: float = _LOOK,
        pause: float = _FIRST_PAUSE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._noticer = noticer
        self._teller = teller
        self._every = every
        self._look = look
        self._pause = pause
        self._clock = clock
        self._turns = Turns(store, _NOTICE, lease=_LEASE, clock=clock)
        # what was announced before may have been heard by nobody who lived to look at it
        self._heard_of = Plan(everything=True)
        self._heard_at = clock()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._said: dict[str, str] = {}
        store.on_invalidated(self._heard)

    def start(self) -> None:
        """Work in the background from now on."""
        for name, work in (("notice", self.notice), ("tell", self._teller.tell)):
            self._tasks.append(asyncio.create_task(self._repeated(name, work), name=f"{name} news of subscriptions"))

    async def close(self) -> None:
        """What is not done is done by whoever works next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._teller.close()

    async def notice(self) -> bool:
        """Notice what is news, if it is for this process to do. Was there anything to look at?

        Every process hears of every change, and one looks; the others keep what they heard until somebody has looked
        who began later. Raises OdooError, AwayError, SubscriptionsUnavailableError.
        """
        heard, heard_at, self._heard_of = self._heard_of, self._heard_at, Plan()
        try:
            async with self._turns.take() as turn:
                if turn is None:
                    self._heard_of.join(heard)
                    return False
                last, whole = turn.known()
                if heard_at < (whole if heard.everything else last):
                    heard = Plan()
                heard.everything |= turn.began - whole >= self._every
                if not heard and not await self._is_due(turn.began):
                    return False
                async with turn.working(whole=heard.everything):
                    changes_at = await self._noticer.notice(heard)
                    moment = changes_at.timestamp() if changes_at is not None else 0.0
                    await self._store.write(_CHANGES, str(moment).encode(), _KEPT)
        except BaseException:
            self._heard_of.join(heard)
            raise
        return True

    async def _is_due(self, now: float) -> bool:
        """Follows somebody what nobody has looked at, or has a promotion begun or ended?"""
        kept = await self._store.read(_CHANGES)
        if kept is None:
            raise AwayError("our own Redis")
        if 0 < float(kept or 0) <= now:
            return True
        return await self._subscriptions.has_fresh()

    async def _repeated(self, what: str, work: Callable[[], Awaitable[bool]]) -> None:
        pause = self._pause
        while True:
            more = False
            try:
                more = await work()
            except (OdooError, AwayError, SubscriptionsUnavailableError, AwayForNowError) as error:
                self._tell(what, str(error) or type(error).__name__)
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  # jitter
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            except Exception:
                log.exception("subscriptions.failed", what=what)
                await asyncio.sleep(_LONGEST_PAUSE)
                continue
            if self._said.pop(what, None) is not None:
                log.info("subscriptions.works_again", what=what)
            pause = self._pause
            if not more:
                await self._wait()

    async def _wait(self) -> None:
        """Until there is something to do, or may be: other processes have customers too."""
        try:
            async with asyncio.timeout(self._look * random.uniform(0.8, 1.2)):  # noqa: S311  # not all at once
                await self._woken.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_DEBOUNCE)
        self._woken.clear()

    def _tell(self, what: str, reason: str) -> None:
        """Once, as long as it fails in the same way."""
        if self._said.get(what) != reason:
            self._said[what] = reason
            log.warning("subscriptions.not_done", what=what, reason=reason)

    def _heard(self, tags: frozenset[str]) -> None:
        self._heard_of.tell(tags)
        if self._heard_of:
            self._heard_at = self._clock()
            self._woken.set()
