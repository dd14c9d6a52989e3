"""Keeps the product index fresh: one process at a time, at once when something is announced, else now and then."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Literal, TypeAlias

import structlog

from adapters.errors import OdooError
from cache.store import Store
from cache.tags import EVERYTHING
from cache.turns import Turns
from search.changes import Plan, plan_of_tags
from search.engine import EngineError
from search.sync import NoIndexError, Sync, Synced

log = structlog.get_logger(__name__)

#: what became of a sync that was due: done; another process has done it, or does it; Odoo or the engine is away; there
#: is no index
Outcome: TypeAlias = Literal["done", "spared", "others", "odoo_away", "engine_away", "no_index", "failed"]
_WRITTEN: Final = frozenset({"done", "spared"})
_FAILED: Final = frozenset({"odoo_away", "engine_away", "no_index", "failed"})
#: told of each, with its seconds, and what it wrote
OnSync: TypeAlias = Callable[[Outcome, float, Synced | None], None]

#: Seconds for which more announcements are waited for: what changes together is written together.
DEBOUNCE: Final = 0.2
#: Seconds between two tries: after one that failed, growing to the second; while another process syncs.
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_OTHERS_PAUSE: Final = 0.5
#: Seconds after which another process takes over from one that died.
_LEASE: Final = 15.0
_NAME: Final = "index"


def nobody(_: Outcome, __: float, ___: Synced | None) -> None:
    """Nobody wants to know."""


class IndexWorker:
    """Syncs by what ``sync`` gives (or raises OdooError). ``seconds``: between two syncs when nothing is announced.

    Nothing that is announced is lost while Odoo or the engine is away, or another process syncs: it is written when
    they are back, or when that one is done, unless it has begun after the announcement and so has written it.
    """

    def __init__(
        self,
        store: Store,
        sync: Callable[[], Awaitable[Sync]],
        *,
        seconds: float,
        debounce: float = DEBOUNCE,
        lease: float = _LEASE,
        pause: float = _FIRST_PAUSE,
        on_sync: OnSync = nobody,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._turns = Turns(store, _NAME, lease=lease, clock=clock)
        self._sync = sync
        self._seconds = seconds
        self._debounce = debounce
        self._pause = pause
        self._on_sync = on_sync
        self._clock = clock
        self._told = Plan()
        self._told_at = 0.0
        self._woken = asyncio.Event()
        self._failures = 0
        self._said: Outcome | None = None
        self._task: asyncio.Task[None] | None = None
        store.on_invalidated(self._heard)

    def start(self) -> None:
        """Sync in the background from now on."""
        self._task = asyncio.create_task(self._run(), name="sync the index")

    async def close(self) -> None:
        """End at once: what is half done is done again by the next sync."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def turn(self) -> Outcome:
        """One sync, if it is for this process to do."""
        began = time.perf_counter()
        told, told_at, self._told = self._told, self._told_at, Plan()
        outcome: Outcome = "failed"
        synced: Synced | None = None
        try:
            outcome, synced = await self._once(told, told_at)
        except NoIndexError as error:
            outcome = "no_index"
            self._tell(outcome, reason=str(error), hint="serving without; `headless-odoo index build` makes one")
        except OdooError as error:
            outcome = "odoo_away"
            self._tell(outcome, reason=type(error).__name__)
        except EngineError as error:
            outcome = "engine_away"
            self._tell(outcome, reason=str(error))
        except Exception:
            log.exception("index.sync_failed")
        finally:
            if outcome not in _WRITTEN:
                self._told.join(told)
        if outcome == "done":
            self._works_again()
        self._on_sync(outcome, time.perf_counter() - began, synced)
        return outcome

    # -- one sync ---------------------------------------------------------------------------------------------

    async def _once(self, told: Plan, told_at: float) -> tuple[Outcome, Synced | None]:
        async with self._turns.take() as turn:
            if turn is None:
                return "others", None
            last = turn.last or 0.0
            if told_at < last and turn.began < last + self._seconds / 2:
                return "spared", None
            async with turn.working():
                sync = await self._sync()
                synced = await sync.run(told or None)
            if synced.repeated:
                self._woken.set()
            return "done", synced

    # -- when -------------------------------------------------------------------------------------------------

    def _heard(self, tags: frozenset[str]) -> None:
        """Something changed; without any tag: something may have been missed.

        What is said of everything only wakes: the sync knows by itself from where on to ask Odoo.
        """
        alike = not tags or tags >= EVERYTHING
        plan = Plan() if alike else plan_of_tags(tags)
        if plan or alike:
            self._told.join(plan)
            self._told_at = self._clock()
            self._woken.set()

    async def _run(self) -> None:
        while True:
            outcome = await self.turn()
            await self._wait(outcome)

    async def _wait(self, outcome: Outcome) -> None:
        """Until it is time for another sync."""
        if outcome in _FAILED:
            self._failures += 1
            longest = _LONGEST_PAUSE if outcome != "failed" else self._seconds
            pause = min(self._pause * 2.0 ** min(self._failures - 1, 10), longest)
            await asyncio.sleep(pause * random.uniform(0.75, 1.0))  # noqa: S311  # jitter, no secret
            return
        self._failures = 0
        if outcome == "others" and self._told:
            await asyncio.sleep(_OTHERS_PAUSE)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds * random.uniform(0.9, 1.1)):  # noqa: S311  # not all at once
                await self._woken.wait()
            await asyncio.sleep(self._debounce)
        self._woken.clear()

    # -- telling ----------------------------------------------------------------------------------------------

    def _tell(self, outcome: Outcome, **why: str) -> None:
        """Say aloud why nothing is written: once, and not at every try."""
        if outcome != self._said:
            log.warning("index.not_followed", why=outcome, **why)
        self._said = outcome

    def _works_again(self) -> None:
        if self._said is not None:
            log.info("index.followed_again")
        self._said = None
