"""Entries in Redis, shared by all processes, with a tier in the process in front."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final
from uuid import uuid4

from cache.broadcast import MISSED, Broadcast
from cache.encoding import check_tags, decode, encode
from cache.events import OnEvent, ignore
from cache.fetching import Fetching
from cache.known import Known, Since
from cache.leases import Leases
from cache.listening import Announcement, Listening
from cache.local import Clock, LocalTier, invalidated
from cache.names import Names
from cache.redis_link import Argument, AwayError, RedisLink
from cache.scripts import PUT
from cache.store import Entry, Ticket
from cache.telling import Telling

MIB: Final = 1024 * 1024


class RedisStore:
    """A `cache.store.Store` on one Redis, or a Redis Cluster.

    ``urls``: ``redis://``, ``rediss://`` or ``unix://``; several, or ``cluster``, stand for nodes of a cluster.
    ``namespace``: stores of the same namespace share everything. ``local_bytes``: the most the tier in the process
    may take; 0 for none. ``read_seconds``, ``write_seconds``: how long Redis may take. ``pause``: seconds for which
    a failing Redis is left alone. ``trust``: the longest time, in seconds, for which a process serves from its own
    tier without word from Redis, and for which `invalidate` waits for a process that is silent.

    Made anywhere; used in one event loop. It connects when it is first used.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        namespace: str = "shop",
        *,
        cluster: bool = False,
        local_bytes: int = 64 * MIB,
        read_seconds: float = 0.2,
        write_seconds: float = 0.5,
        pause: float = 1.0,
        trust: float = 1.0,
        connections: int = 16,
        clock: Clock = time.time,
        on_event: OnEvent = ignore,
    ) -> None:
        addresses = [urls] if isinstance(urls, str) else list(urls)
        self.local = LocalTier(local_bytes, clock=clock)
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self._clock = clock
        self._on_event = on_event
        self._process = uuid4().hex[:16]
        self._names = Names(namespace)
        self._link = RedisLink(
            addresses,
            cluster=cluster or len(addresses) > 1,
            connections=connections,
            connect_seconds=write_seconds,
            pause=pause,
            restarted=self._restart,
        )
        self._known = Known(self._link, self._names, seconds=write_seconds, lost=self._lose, on_event=on_event)
        self._leases = Leases(self._link, self._names, self._known, seconds=write_seconds, on_event=on_event)
        self._listening = Listening(
            self._link,
            self._names,
            self._process,
            trust=trust,
            seconds=write_seconds,
            begin=self._begin_listening,
            hear=self._hear,
            lost=self._lose,
        )
        self._telling = Telling(
            self._link,
            self._names,
            self._listening,
            process=self._process,
            seconds=write_seconds,
            begun=self._known.begun,
            told=self._told,
            on_event=on_event,
        )
        self._fetching = Fetching(self._fetch)
        self._broadcast = Broadcast()
        self._closed = False

    @property
    def round_trips(self) -> int:
        """How many commands were sent to Redis so far."""
        return self._link.round_trips

    @property
    def away(self) -> bool:
        """Is Redis being left alone, because it failed?"""
        return self._link.away

    @property
    def listening(self) -> bool:
        """Does this process hear of all invalidations, so that it may serve from its own tier?"""
        return self._listening.trusted

    # --- reading

    def peek(self, key: str) -> Entry | None:
        if not self._listening.trusted:
            return None
        entry = self.local.peek(key)
        if entry is not None:
            self._on_event("local_hit")
        return entry

    async def get(self, key: str) -> Entry | None:
        """As told by the protocol. What the process holds is given without asking Redis only while it is fresh."""
        entry = self._fresh_here(key)
        if entry is not None:
            return entry
        look = self._leases.look(key)
        if look is not None and self._listening.trusted:
            return await self._read(key, look.data, look.since)
        self._start()
        since = await self._known.since()
        if since is None:
            return self.peek(key)
        try:
            data = await self._fetching.get(key)
        except AwayError:
            self._on_event("redis_error")
            return self.peek(key)
        return await self._read(key, data, since)

    async def get_many(self, keys: Sequence[str]) -> list[Entry | None]:
        found = {key: self._fresh_here(key) for key in keys}
        wanted = [key for key, entry in found.items() if entry is None]
        if not wanted:
            return [found[key] for key in keys]
        self._start()
        since = await self._known.since()
        data: Sequence[bytes | None] | None = None
        if since is not None:
            try:
                data = await self._fetch(wanted)
            except AwayError:
                self._on_event("redis_error")
        for index, key in enumerate(wanted):
            if since is None or data is None:
                found[key] = self.peek(key)
            else:
                found[key] = await self._read(key, data[index], since)
        return [found[key] for key in keys]

    def _fresh_here(self, key: str) -> Entry | None:
        if not self._listening.trusted:
            return None
        entry = self.local.peek(key)
        if entry is None or not entry.is_fresh(self._clock()):
            return None
        self._on_event("local_hit")
        return entry

    async def _fetch(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        names = [self._names.entry(key) for key in keys]
        if len(names) == 1:
            return [await self._link.command(self._read_seconds, "GET", names[0])]
        answer: list[bytes | None] = await self._link.command(self._read_seconds, "MGET", *names)
        return answer

    async def _read(self, key: str, data: bytes | None, since: Since) -> Entry | None:
        """What was fetched, marked when it is known by now to be wrong; and kept in the process when it is right."""
        stored = decode(data) if data is not None else None
        if stored is None or self._clock() >= stored.entry.error_until:
            self._on_event("miss")
            return None
        self._on_event("redis_hit")
        entry = stored.entry
        if not await self._known.is_now(stored.epoch):
            return invalidated(entry)
        # it was not marked when it was read, so it was right as of everything known before
        number = max(stored.number, since.number)
        if self._known.marks.after(entry.tags, number) or not self._telling.knows(entry.tags):
            return invalidated(entry)
        if since.generation == self._known.generation and self._listening.trusted:
            self.local.put(key, entry, number)
        return entry

    # --- writing

    async def ticket(self) -> Ticket | None:
        self._start()
        if self._link.away or not (self._telling.idle or await self._telling.deliver()):
            return None
        if not await self._listening.regained():
            try:
                await self._known.begin()
            except AwayError:
                self._on_event("redis_error")
        # not the highest number known, as what this process holds may be used for computing. One that is behind does
        # no harm: more is refused than would have to be
        return None if self._known.epoch is None else Ticket(self._known.epoch, self._known.heard)

    async def put(self, key: str, entry: Entry, ticket: Ticket | None) -> bool:
        return key in await self._put({key: entry}, ticket)

    async def put_many(self, entries: Mapping[str, Entry], ticket: Ticket | None) -> None:
        await self._put(entries, ticket)

    async def _put(self, entries: Mapping[str, Entry], ticket: Ticket | None) -> frozenset[str]:
        """The keys of those that were kept."""
        for key, entry in entries.items():
            check_tags(entry.tags)
            self._leases.changed(key)
        self._start()
        since = await self._known.since() if ticket is not None and entries else None
        if ticket is None or since is None or not (self._telling.idle or await self._telling.deliver()):
            self._refused(len(entries))
            return frozenset()
        names = self._names
        arguments: list[Argument] = [names.state, names.marks, names.tags]
        arguments += [names.entry_prefix, names.tag_prefix, names.lease_prefix, ticket.epoch, ticket.number]
        for key, entry in entries.items():
            ends = int(entry.error_until * 1000)
            arguments += [key, ends, encode(entry, ticket), self._leases.token(key), len(entry.tags), *entry.tags]
        try:
            answer = await self._link.script(self._write_seconds, PUT, *arguments)
        except AwayError:
            self._on_event("redis_error")
            return frozenset()
        for key in entries if answer else ():
            self._leases.given_back(key)
        if not answer and ticket.epoch == self._known.epoch:
            self._listening.restart()
        kept = [key for key, good in zip(entries, answer, strict=bool(answer)) if good]
        for key in kept:
            self._keep(key, entries[key], ticket, since)
        self._refused(len(entries) - len(kept))
        return frozenset(kept)

    def _keep(self, key: str, entry: Entry, ticket: Ticket, since: Since) -> None:
        """Keep in the process what Redis has accepted."""
        self._on_event("put")
        number = max(ticket.number, since.number)
        if (
            since.generation == self._known.generation
            and ticket.epoch == self._known.epoch
            and self._listening.trusted
            and self._telling.knows(entry.tags)
            and not self._known.marks.after(entry.tags, number)
        ):
            self.local.put(key, entry, number)

    def _refused(self, count: int) -> None:
        for _ in range(count):
            self._on_event("refused_put")

    # --- invalidating

    async def invalidate(self, tags: Iterable[str]) -> bool:
        wanted = frozenset(tags)
        check_tags(wanted)
        if wanted:
            self._on_event("invalidation")
            self.local.invalidate(wanted, sys.maxsize)
            self._telling.add(wanted)
            self._start()
            if not await self._telling.deliver():
                return False
            await self._telling.heard_everywhere()
        return True

    def _told(self, epoch: str, number: int, tags: frozenset[str]) -> None:
        """Redis knows of an invalidation made here."""
        if epoch == self._known.epoch:
            self._note(tags, number)
        else:
            self._listening.restart()
        self._broadcast.say(tags)

    def lease(self, key: str, seconds: float, *, unless_fresh: bool = False) -> AbstractAsyncContextManager[bool]:
        self._start()
        return self._leases.lease(key, seconds, unless_fresh=unless_fresh)

    # --- listening

    async def read(self, key: str) -> bytes | None:
        self._start()
        try:
            value: bytes | None = await self._link.command(self._read_seconds, "GET", self._names.value(key))
        except AwayError:
            self._on_event("redis_error")
            return None
        return value or b""

    async def write(self, key: str, value: bytes, seconds: float) -> bool:
        milliseconds = max(1, int(seconds * 1000))
        try:
            await self._link.command(self._write_seconds, "SET", self._names.value(key), value, "PX", milliseconds)
        except AwayError:
            self._on_event("redis_error")
            return False
        return True

    def on_invalidated(self, listener: Callable[[frozenset[str]], None]) -> None:
        self._broadcast.subscribe(listener)

    def announcements(self) -> AsyncIterator[frozenset[str]]:
        self._start()
        return self._broadcast.listen()

    async def close(self) -> None:
        self._closed = True
        await self._listening.close()
        with suppress(AwayError):
            await self._link.command(self._write_seconds, "ZREM", self._names.listeners, self._process)
        self._broadcast.close()
        await self._link.close()

    def _start(self) -> None:
        if not self._closed:
            self._listening.start()

    async def _begin_listening(self) -> tuple[str, int]:
        """Subscribed: from the number told on, nothing is missed."""
        self._known.epoch = None
        await self._known.begin()
        if self._known.epoch is None:
            raise AwayError
        begun = self._known.epoch, self._known.number
        await self._telling.deliver()
        return begun

    def _hear(self, announcement: Announcement) -> None:
        self._note(announcement.tags, announcement.number)
        self._known.heard = max(self._known.heard, announcement.number)
        if announcement.process != self._process:  # what was invalidated here was said at once
            self._broadcast.say(announcement.tags)

    def _note(self, tags: frozenset[str], number: int) -> None:
        self._known.note(tags, number)
        self.local.invalidate(tags, number)

    def _lose(self) -> None:
        """Something may have been missed: nothing kept here can be trusted."""
        self._known.lose()
        self.local.clear()
        self._broadcast.say(MISSED)

    def _restart(self) -> None:
        self._listening.restart()
