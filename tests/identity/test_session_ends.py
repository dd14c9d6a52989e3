"""Sessions of a late Redis; and of a person at an issuer, which end together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import msgspec
import pytest
from msgspec import structs

from cache.names import Names
from cache.solo import SoloStore
from identity.identity import Identity
from identity.memory_sessions import MemorySessions
from identity.redis_sessions import CHANGE_SECONDS, READ_SECONDS, RedisSessions
from identity.sessions import Sessions
from tests.identity.places import redis_link, redis_sessions
from tests.support.valkey import Gate, Valkey

ANNA = Identity(subject="odoo:7", partner_id=40, name="Anna", email="anna@vet.example", roles=("practice",))


@pytest.fixture(params=["memory", "redis", "cluster"])
async def sessions(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Sessions]:
    if request.param == "memory":
        yield Sessions(MemorySessions(), SoloStore())
        return
    urls: str | list[str] = valkey.url
    if request.param == "cluster":
        urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
    async with redis_sessions(urls) as found:
        yield found


class TestPatience:
    """A Redis that is late: who may be a guest as well waits less than who may not."""

    @staticmethod
    @asynccontextmanager
    async def late(valkey: Valkey) -> AsyncIterator[tuple[Sessions, RedisSessions, str, Gate]]:
        """Sessions, where they are kept, the id of one, and what holds Redis back from now on."""
        namespace = f"sessions-{uuid4().hex[:8]}"
        async with Gate(valkey.port) as gate, redis_link(gate.url) as link:
            backend = RedisSessions(link, Names(namespace), seconds=0.05, patience=20.0)
            sessions = Sessions(backend, SoloStore(), memo_seconds=0)
            session_id = (await sessions.begin(ANNA)).session_id
            gate.hold("commands")
            yield sessions, backend, session_id, gate
            gate.release("commands")

    async def test_who_reads_is_a_guest(self, valkey: Valkey) -> None:
        async with self.late(valkey) as (sessions, _, session_id, _):
            assert await sessions.find(session_id) is None

    async def test_who_changes_something_waits(self, valkey: Valkey) -> None:
        async with self.late(valkey) as (sessions, _, session_id, gate):
            finding = asyncio.create_task(sessions.find(session_id, needed=True))
            await asyncio.sleep(0.2)
            assert not finding.done()
            gate.release("commands")
            found = await finding
            assert found is not None
            assert found.identity.subject == ANNA.subject

    async def test_the_session_is_changed_when_it_can_be(self, valkey: Valkey) -> None:
        async with self.late(valkey) as (sessions, _, session_id, gate):
            ending = asyncio.create_task(sessions.end(session_id))
            await asyncio.sleep(0.2)
            gate.release("commands")
            assert await ending

    def test_as_it_is_set_up(self) -> None:
        """A loop that renders pages, on a busy machine, hears Redis 0.3 s late: measured."""
        assert CHANGE_SECONDS > READ_SECONDS > 0.5


class TestLives:
    async def test_it_is_there_until_it_ends(self, sessions: Sessions) -> None:
        issued = await sessions.begin(ANNA)
        digest = issued.session.digest
        assert await sessions.lives(digest)
        assert not await sessions.lives("0" * 64)
        await sessions.end(issued.session_id)
        assert not await sessions.lives(digest)


class TestSubjects:
    async def test_all_of_a_person_at_an_issuer_end_together(self, sessions: Sessions) -> None:
        mine = [await sessions.begin(ANNA, issuer="https://id", sid=sid, sub="anna") for sid in ("1", "2", "")]
        others = [
            await sessions.begin(ANNA, issuer="https://id", sid="3", sub="bert"),
            await sessions.begin(ANNA, issuer="https://other", sid="1", sub="anna"),
            await sessions.begin(ANNA),
        ]
        # what is known of somebody changes: they are still found by the issuer's name for them
        assert await sessions.set_identity(mine[0].session, structs.replace(ANNA, name="Anna B."))
        assert await sessions.end_all_of_subject("https://id", "nobody") == 0
        assert await sessions.end_all_of_subject("https://id", "anna") == 3
        for issued in mine:
            assert await sessions.find(issued.session_id) is None
        for issued in others:
            assert await sessions.find(issued.session_id) is not None

    async def test_by_one_name_or_the_other(self, sessions: Sessions) -> None:
        one, two = [await sessions.begin(ANNA, issuer="https://id", sid=sid, sub="anna") for sid in ("1", "2")]
        assert await sessions.end_all_of_sid("https://id", "1") == 1
        assert await sessions.end_all_of_subject("https://id", "anna") == 1
        for issued in (one, two):
            assert await sessions.find(issued.session_id) is None

    async def test_what_an_older_release_kept_is_still_found(self, valkey: Valkey) -> None:
        namespace = Names(f"sessions-{uuid4().hex[:8]}")
        async with redis_link(valkey.url) as link:
            backend = RedisSessions(link, namespace, seconds=30.0)
            sessions = Sessions(backend, SoloStore(), memo_seconds=0)
            issued = await sessions.begin(ANNA, issuer="https://id", sid="1")
            key = namespace.value("session:") + issued.session.digest
            whole = msgspec.msgpack.decode(valkey.run("HGET", key, "data"))
            await link.command(5.0, "HSET", key, "data", msgspec.msgpack.encode(whole[:3]))
            found = await sessions.find(issued.session_id)
            assert found is not None
            assert (found.issuer, found.sid, found.sub) == ("https://id", "1", "")
            assert await sessions.set_identity(found, ANNA)
