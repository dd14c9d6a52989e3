"""Hearing of invalidations in other processes, and knowing whether all were heard.

What a process keeps may only be served while it is certain to hear of every invalidation. So it sends itself a beat
through Redis again and again, on a channel of its own over the same subscription: when a beat comes back, everything
announced before it was sent has been heard. From its sending on, the process trusts what it keeps for ``trust``
seconds, and not longer; and is registered as a listener for at least that time. Whoever invalidates waits for the
word of every listener, or until a silent one can no longer trust what it keeps.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from adapters.patience import Patience
from cache.names import Names
from cache.redis_link import AwayError, RedisLink
from cache.scripts import BEAT

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 1.0
#: Of so many processes the last word is remembered.
_PROCESSES = 1000


class Announcement(NamedTuple):
    """Tags invalidated under a number, and by which process."""

    epoch: str
    number: int
    process: str
    tags: frozenset[str]


class MissedError(Exception):
    """Something announced was not heard, or the numbers began anew."""


class Listening:
    """The subscription of one process, kept up until `close`.

    ``begin`` is awaited once subscribed, and gives the number from which on all is heard; ``hear`` is called for every
    announcement; ``lost`` when some may be missed from now on.
    """

    def __init__(
        self,
        link: RedisLink,
        names: Names,
        process: str,
        *,
        trust: float,
        seconds: float,
        begin: Callable[[], Awaitable[tuple[str, int]]],
        hear: Callable[[Announcement], None],
        lost: Callable[[], None],
    ) -> None:
        self.trust = trust
        self.trusted_until = float("-inf")
        self._link = link
        self._names = names
        self._process = process
        self._seconds = seconds
        self._begin = begin
        self._hear = hear
        self._lost = lost
        self._epoch = ""
        self._number = 0
        self._beats: dict[int, float] = {}
        self._beat = 0
        self._acknowledgements = Acknowledgements()
        self._owed: dict[str, tuple[str, int]] = {}
        self._paying: asyncio.Task[None] | None = None
        self._again = asyncio.Event()
        self._word = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def trusted(self) -> bool:
        """Was everything heard that was announced up to now, or so shortly ago that it is not yet in force?"""
        return time.monotonic() < self.trusted_until

    async def regained(self) -> bool:
        """Is everything heard? Waits for the next beat where it is only late, as after a moment that the loop was busy.

        Not at all while there is no subscription, and half of ``trust`` at most.
        """
        if not self.trusted and self.trusted_until > 0:
            self._word.clear()
            with suppress(TimeoutError):
                async with Patience(self.trust / 2):
                    await self._word.wait()
        return self.trusted

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="listen to invalidations")

    def restart(self) -> None:
        """Trust nothing any more, and subscribe anew."""
        self._distrust()
        self._again.set()

    async def acknowledged(self, epoch: str, number: int, processes: Iterable[str], seconds: float) -> None:
        """Until the processes have heard of the invalidation, or the time is over."""
        # itself it has to hear as well, so that its next ticket counts; unless it does not hear at all
        wanted = {process for process in processes if process != self._process or self.trusted}
        await self._acknowledgements.all_of(wanted, epoch, number, seconds)

    async def close(self) -> None:
        for task in (self._task, self._paying):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._distrust()

    def _distrust(self) -> None:
        self.trusted_until = float("-inf")
        self._beats.clear()
        self._lost()

    async def _run(self) -> None:
        pause = 0.0
        while True:
            started = time.monotonic()
            self._again.clear()
            try:
                await self._session()
            except (RedisError, OSError, AwayError, MissedError, ValueError, IndexError) as error:
                log.info("subscription.lost", error=str(error) or type(error).__name__)
            finally:
                self._distrust()
            # at once when it had worked for a while, then with growing pauses
            pause = 0.0 if time.monotonic() - started > _LONGEST_PAUSE else min(pause * 2 + 0.02, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _session(self) -> None:
        """Subscribe, and listen until that ends by itself or is asked to begin anew."""
        if self._link.away:
            raise AwayError("left alone")
        async with Patience(self._seconds):
            connection = await self._link.own_connection(self._names.state)
        try:
            async with Patience(self._seconds):
                await self._subscribe(connection)
            self._epoch, self._number = await self._begin()
            await self._until_one_ends(self._read(connection), self._keep_beating(), self._again.wait())
        finally:
            await connection.disconnect(nowait=True)

    async def _until_one_ends(self, *parts: Any) -> None:
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _subscribe(self, connection: AbstractConnection) -> None:
        channels = (self._names.channel, self._names.own_channel(self._process))
        for channel in channels:
            await connection.send_command(self._link.subscribe, channel)
        for _ in channels:
            await connection.read_response(timeout=math.inf, push_request=True)

    async def _read(self, connection: AbstractConnection) -> None:
        own = self._names.own_channel(self._process).encode()
        while True:
            message = await connection.read_response(timeout=math.inf, push_request=True)
            if not isinstance(message, list) or message[0] not in {b"message", b"smessage"}:
                raise MissedError(f"not a message: {message!r}")
            if message[1] == own:
                self._take_own(message[2].decode().split("\n"))
            else:
                self._take(message[2].decode().split("\n"))

    def _take(self, words: list[str]) -> None:
        epoch, number, process = words[0], int(words[1]), words[2]
        if epoch != self._epoch:
            raise MissedError("another epoch")
        if number > self._number + 1:
            raise MissedError("a number is missing")
        self._number = max(self._number, number)
        self._hear(Announcement(epoch, number, process, frozenset(words[3:])))
        if process == self._process:
            self._acknowledgements.take(process, epoch, number)
        else:
            self._owed[process] = (epoch, number)
            if self._paying is None or self._paying.done():
                self._paying = asyncio.create_task(self._acknowledge(), name="acknowledge invalidations")

    def _take_own(self, words: list[str]) -> None:
        match words:
            case ["beat", beat] if (sent := self._beats.pop(int(beat), None)) is not None:
                self.trusted_until = max(self.trusted_until, sent + self.trust)
                if self.trusted:
                    self._word.set()
            case ["heard", process, epoch, number]:
                self._acknowledgements.take(process, epoch, int(number))

    async def _acknowledge(self) -> None:
        while self._owed:
            process, (epoch, number) = self._owed.popitem()
            with suppress(AwayError):
                await self._link.command(
                    self._seconds,
                    self._link.publish,
                    self._names.own_channel(process),
                    f"heard\n{self._process}\n{epoch}\n{number}",
                )

    async def _keep_beating(self) -> None:
        """Raises MissedError when no beat comes back any more."""
        began = time.monotonic()
        while True:
            now = time.monotonic()
            if now > max(self.trusted_until, began) + 2 * self.trust:
                raise MissedError("no beat comes back")
            await self._send_beat(now)
            await asyncio.sleep(self.trust / 4)

    async def _send_beat(self, now: float) -> None:
        self._beat += 1
        self._beats = {beat: sent for beat, sent in self._beats.items() if sent > now - self.trust}
        self._beats[self._beat] = now
        try:
            epoch = await self._link.script(
                self._seconds,
                BEAT,
                self._names.state,
                self._names.marks,
                self._names.listeners,
                self._names.own_channel(self._process),
                self._process,
                math.ceil(self.trust * 1000),
                self._link.publish,
                f"beat\n{self._beat}",
            )
        except AwayError:
            return
        if epoch is None or epoch.decode() != self._epoch:
            raise MissedError("another epoch")


class Acknowledgements:
    """Which process has heard up to which number, for those who wait for that."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[str, int]] = {}  # the longest silent first
        self._waiting: list[tuple[str, int, set[str], asyncio.Event]] = []

    def take(self, process: str, epoch: str, number: int) -> None:
        """The process has heard of everything up to the number."""
        self._heard.pop(process, None)
        self._heard[process] = (epoch, number)
        if len(self._heard) > _PROCESSES:
            del self._heard[next(iter(self._heard))]
        for wanted_epoch, wanted, processes, done in self._waiting:
            if epoch == wanted_epoch and number >= wanted:
                processes.discard(process)
                if not processes:
                    done.set()

    async def all_of(self, processes: set[str], epoch: str, number: int, seconds: float) -> None:
        """Until all of them have, or ``seconds`` have passed."""
        silent = {process for process in processes if not self._has_heard(process, epoch, number)}
        if not silent or seconds <= 0:
            return
        waiting = (epoch, number, silent, asyncio.Event())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting[3].wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.remove(waiting)

    def _has_heard(self, process: str, epoch: str, number: int) -> bool:
        heard_epoch, heard = self._heard.get(process, ("", 0))
        return heard_epoch == epoch and heard >= number
