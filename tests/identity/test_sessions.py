"""Sessions, kept in the process and in Redis: who has one, when it ends, and that it ends everywhere."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.broadcast import MISSED
from cache.names import Names
from cache.solo import SoloStore
from identity.cookies import expired_cookie, session_cookie
from identity.identity import GUEST, Actor, Identity
from identity.memory_sessions import MemorySessions
from identity.redis_sessions import RedisSessions
from identity.sessions import (
    Issued,
    Life,
    Lifetimes,
    NewSession,
    Session,
    SessionBackend,
    Sessions,
    SessionsUnavailableError,
    digest_of,
)
from tests.identity.places import redis_link, redis_sessions
from tests.support.stores import redis_store
from tests.support.valkey import Valkey

ANNA = Identity(subject="odoo:7", partner_id=40, name="Anna", email="anna@vet.example", roles=("practice",))
BERT = Identity(subject="odoo:8", partner_id=41, name="Bert", roles=("shareholder",), pricelist_id=3)


class Processes:
    """Two processes that share sessions; without Redis there is but one."""

    def __init__(self, one: Sessions, other: Sessions) -> None:
        self.one = one
        self.other = other


@pytest_asyncio.fixture(params=["memory", "redis", "cluster"])
async def processes(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Processes]:
    if request.param == "memory":
        sessions = Sessions(MemorySessions(), SoloStore())
        yield Processes(sessions, sessions)
        return
    urls: str | list[str] = valkey.url
    if request.param == "cluster":
        urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
    namespace = f"sessions-{uuid4().hex[:8]}"
    async with redis_sessions(urls, namespace) as one, redis_sessions(urls, namespace) as other:
        yield Processes(one, other)


async def who(sessions: Sessions, session_id: str | None) -> str:
    session = await sessions.find(session_id)
    return "" if session is None else session.identity.subject


class TestSessions:
    async def test_a_session_tells_who_asks_in_every_process(self, processes: Processes) -> None:
        before = time.time()
        issued = await processes.one.begin(ANNA, issuer="https://id", sid="s1", values={"cart": "c1"})
        for sessions in (processes.one, processes.other):
            found = await sessions.find(issued.session_id)
            assert found is not None
            assert found.identity.session == hashlib.sha256(issued.session_id.encode()).hexdigest() == found.digest
            assert (found.identity.subject, found.identity.roles) == ("odoo:7", ("practice",))
            assert (found.issuer, found.sid, found.values) == ("https://id", "s1", {"cart": "c1"})
            assert before - 1 < found.created <= found.seen < time.time() + 1
            assert found.lasts == pytest.approx(7 * 86_400, abs=5)

    @pytest.mark.parametrize(
        "sent",
        [None, "", "undefined", "null", "a" * 42, "a" * 44, "a" * 42 + "\n", "é" * 43, "../" * 14 + "a", "A" * 43],
    )
    async def test_what_is_no_session_is_a_guest(self, processes: Processes, sent: str | None) -> None:
        await processes.one.begin(ANNA)
        assert await processes.one.find(sent) is None
        assert await processes.one.find(sent, needed=True) is None
        assert not await processes.one.end(sent)
        fresh = await processes.one.begin(old=sent)
        assert fresh.session_id != sent
        assert await processes.one.find(sent) is None

    async def test_ids_are_long_and_no_two_are_the_same(self, processes: Processes) -> None:
        ids = {(await processes.one.begin()).session_id for _ in range(50)}
        assert len(ids) == 50
        assert all(len(one) == 43 and digest_of(one) for one in ids)

    async def test_the_id_changes_at_login_and_the_old_one_is_dead_at_once(self, processes: Processes) -> None:
        guest = await processes.one.begin(values={"cart": "c1", "wishes": "1,2"})
        assert await processes.other.find(guest.session_id) is not None
        login = await processes.one.begin(ANNA, old=guest.session_id, values={"wishes": "3"})
        assert login.session_id != guest.session_id
        assert await processes.one.find(guest.session_id) is None
        assert await processes.other.find(guest.session_id) is None
        found = await processes.other.find(login.session_id)
        assert found is not None
        assert found.values == {"cart": "c1", "wishes": "3"}

    async def test_a_login_does_not_bring_a_dead_session_back(self, processes: Processes) -> None:
        guest = await processes.one.begin(values={"cart": "c1"})
        assert await processes.one.end(guest.session_id)
        login = await processes.one.begin(ANNA, old=guest.session_id)
        assert login.session.values == {}
        assert await processes.one.find(guest.session_id) is None

    async def test_an_end_is_known_to_all_when_it_is_told(self, processes: Processes) -> None:
        for ending in (processes.other, processes.one):
            issued = await processes.one.begin(ANNA)
            assert await who(processes.one, issued.session_id) == "odoo:7"
            assert await who(processes.other, issued.session_id) == "odoo:7"
            assert await ending.end(issued.session_id)
            assert await who(processes.one, issued.session_id) == ""
            assert await who(processes.other, issued.session_id) == ""
            assert not await processes.one.end(issued.session_id)

    async def test_all_of_a_customer_end_but_the_one_kept(self, processes: Processes) -> None:
        annas = [await processes.one.begin(ANNA) for _ in range(3)]
        bert = await processes.one.begin(BERT)
        acting = await processes.one.begin(
            Identity(subject="odoo:7", partner_id=40, acted_by=Actor("odoo:2", "Otto", 3))
        )
        for one in (*annas, bert, acting):
            assert await processes.other.find(one.session_id) is not None
        assert await processes.one.end_all_of(40, keep=annas[1].session_id) == 3
        alive = [await who(processes.other, one.session_id) for one in (*annas, acting, bert)]
        assert alive == ["", "odoo:7", "", "", "odoo:8"]
        assert await processes.one.end_all_of(40) == 1
        assert await processes.one.end_all_of(40) == 0
        assert await who(processes.one, annas[1].session_id) == ""

    async def test_sessions_of_staff_who_act_end_with_those_of_the_staff(self, processes: Processes) -> None:
        acting = await processes.one.begin(
            Identity(subject="odoo:7", partner_id=40, acted_by=Actor("odoo:2", "Otto", 3))
        )
        assert acting.session.lasts == pytest.approx(1800, abs=5)
        assert await processes.one.end_all_of(3) == 1
        assert await processes.one.find(acting.session_id) is None

    async def test_the_issuer_ends_those_of_its_session(self, processes: Processes) -> None:
        one = await processes.one.begin(ANNA, issuer="https://id", sid="s1")
        same_name = await processes.one.begin(ANNA, issuer="https://other", sid="s1")
        without = await processes.one.begin(ANNA)
        assert await processes.other.end_all_of_sid("https://id", "s1") == 1
        assert [await who(processes.one, each.session_id) for each in (one, same_name, without)] == [
            "",
            "odoo:7",
            "odoo:7",
        ]

    async def test_what_is_known_of_somebody_changes_in_all_processes(self, processes: Processes) -> None:
        issued = await processes.one.begin(ANNA)
        found = await processes.other.find(issued.session_id)
        assert found is not None
        changed = Identity(subject="odoo:7", partner_id=40, roles=("shareholder",))
        assert await processes.one.set_identity(found, changed)
        again = await processes.other.find(issued.session_id)
        assert again is not None
        assert again.identity.roles == ("shareholder",)
        assert not await processes.one.set_identity(found, BERT)
        assert not await processes.one.set_identity(found, Identity(subject="odoo:7", partner_id=99))
        assert await who(processes.one, issued.session_id) == "odoo:7"
        await processes.one.end(issued.session_id)
        assert not await processes.one.set_identity(found, changed)
        assert await processes.one.find(issued.session_id) is None

    async def test_news_of_a_customer_do_not_end_the_acting_for_them(self, processes: Processes) -> None:
        otto = Actor("odoo:2", "Otto", 3)
        acting = await processes.one.begin(Identity(subject="odoo:7", partner_id=40, acted_by=otto))
        assert await processes.one.set_identity(acting.session, Identity(subject="odoo:7", partner_id=40, staff=True))
        found = await processes.other.find(acting.session_id)
        assert found is not None
        assert (found.identity.acted_by, found.identity.staff) == (otto, False)

    async def test_facts_grow_old_and_can_be_made_old(self, processes: Processes) -> None:
        issued = await processes.one.begin(ANNA, age=10.0)
        found = await processes.other.find(issued.session_id)
        assert found is not None
        assert found.facts_are_old(time.time(), 5.0)
        assert not found.facts_are_old(time.time(), 60.0)
        await asyncio.sleep(0.005)
        await processes.one.renew_facts()
        found = await processes.other.find(issued.session_id)
        assert found is not None
        assert found.facts_are_old(time.time(), 60.0)
        # what was asked for before they were renewed does not count
        assert await processes.one.set_identity(found, ANNA, age=5.0)
        found = await processes.other.find(issued.session_id)
        assert found is not None
        assert found.facts_are_old(time.time(), 60.0)
        await asyncio.sleep(0.005)
        assert await processes.one.set_identity(found, ANNA)
        found = await processes.other.find(issued.session_id)
        assert found is not None
        assert not found.facts_are_old(time.time(), 60.0)

    async def test_values_are_set_and_dropped(self, processes: Processes) -> None:
        issued = await processes.one.begin(values={"a": "1", "b": ""})
        await processes.other.find(issued.session_id)
        assert await processes.one.set_values(issued.session, {"a": None, "c": "ü", "none": None})
        found = await processes.other.find(issued.session_id)
        assert found is not None
        assert found.values == {"b": "", "c": "ü"}
        await processes.one.end(issued.session_id)
        assert not await processes.one.set_values(issued.session, {"a": "2"})
        assert await processes.other.find(issued.session_id) is None

    async def test_the_text_of_a_new_session_does_not_tell_its_id(self, processes: Processes) -> None:
        issued = await processes.one.begin(ANNA)
        assert issued.session_id not in repr(issued)


def brief(idle: float, most: float) -> Lifetimes:
    return Lifetimes(Life(idle, most), Life(idle, most), Life(idle, most))


class TestLife:
    async def test_a_session_lives_while_it_is_used_but_not_for_ever(self) -> None:
        now = 1_000.0
        sessions = Sessions(
            MemorySessions(clock=lambda: now), SoloStore(), lifetimes=brief(100, 250), memo_seconds=0, clock=lambda: now
        )
        issued = await sessions.begin(ANNA)
        for _ in range(3):
            now += 80
            found = await sessions.find(issued.session_id)
            assert found is not None
        assert found is not None
        assert found.lasts == 10
        now += 10
        assert await sessions.find(issued.session_id) is None
        unused = await sessions.begin(ANNA)
        now += 100
        assert await sessions.find(unused.session_id) is None
        assert await sessions.end_all_of(40) == 0

    async def test_in_redis_as_well(self, valkey: Valkey) -> None:
        async with redis_sessions(valkey.url, lifetimes=brief(1.0, 2.0), memo_seconds=0) as sessions:
            issued = await sessions.begin(ANNA)
            unused = await sessions.begin(ANNA)
            started = time.monotonic()
            lived = 0.0
            while await sessions.find(issued.session_id) is not None:
                lived = time.monotonic() - started
                await asyncio.sleep(0.05)
            assert 1.1 < lived < 5
            assert await sessions.find(unused.session_id) is None

    async def test_an_end_leaves_nothing_in_redis(self, own_valkey: Valkey) -> None:
        async with redis_sessions(own_valkey.url, "left") as sessions:
            one = await sessions.begin(ANNA, issuer="https://id", sid="s1")
            other = await sessions.begin(BERT, issuer="https://id", sid="s2", old=one.session_id)
            keys = own_valkey.run("KEYS", "*session*")
            assert len(keys) == 3
            assert not any(each.session_id.encode() in key for key in keys for each in (one, other))
            assert all(key.startswith(b"{left}:") and own_valkey.run("PTTL", key) > 0 for key in keys)
            await sessions.end(other.session_id)
            assert own_valkey.run("KEYS", "*session*") == []

    async def test_nor_does_one_that_nobody_uses(self, own_valkey: Valkey) -> None:
        async with redis_sessions(own_valkey.url, "left", lifetimes=brief(0.2, 0.3)) as sessions:
            await sessions.begin(ANNA, issuer="https://id", sid="s1")
            await asyncio.sleep(0.4)
            assert own_valkey.run("KEYS", "*session*") == []

    async def test_the_process_keeps_a_bounded_number(self) -> None:
        now = 0.0
        backend = MemorySessions(most=3, clock=lambda: now)
        sessions = Sessions(backend, SoloStore(), memo_seconds=0)
        issued: list[Issued] = []
        for _ in range(3):
            now += 1
            issued.append(await sessions.begin())
        await sessions.find(issued[0].session_id)
        await sessions.begin()
        assert await sessions.find(issued[1].session_id) is None
        assert await sessions.find(issued[0].session_id) is not None


class Counting:
    """A backend that counts how often it is asked, and can be held up."""

    def __init__(self, backend: SessionBackend) -> None:
        self._backend = backend
        self.finds = 0
        self.read = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def find(self, digest: str, *, patient: bool = False) -> Session | None:
        self.finds += 1
        found = await self._backend.find(digest, patient=patient)
        self.read.set()
        await self.go_on.wait()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


class TestMemo:
    async def test_what_was_found_a_moment_ago_needs_no_round_trip(self) -> None:
        now = 0.0
        counting = Counting(MemorySessions())
        sessions = Sessions(counting, SoloStore(), memo_seconds=3, clock=lambda: now)
        issued = await sessions.begin(ANNA)
        for _ in range(100):
            await sessions.find(issued.session_id)
        assert counting.finds == 1
        now = 3.0
        await sessions.find(issued.session_id)
        assert counting.finds == 2
        for _ in range(10):
            await sessions.find("undefined")
        assert counting.finds == 2

    async def test_one_round_trip_and_then_none_in_redis(self, valkey: Valkey) -> None:
        namespace = f"sessions-{uuid4().hex[:8]}"
        async with redis_store(valkey.url, namespace) as store, redis_link(valkey.url) as link:
            sessions = Sessions(RedisSessions(link, Names(namespace), seconds=30.0), store)
            issued = await sessions.begin(ANNA)
            await sessions.find(issued.session_id)
            other = await sessions.begin(BERT)
            before = link.round_trips
            await sessions.find(other.session_id)
            assert link.round_trips == before + 1
            for _ in range(20):
                await sessions.find(other.session_id)
            assert link.round_trips == before + 1

    async def test_what_was_read_before_an_end_is_not_remembered_after_it(self) -> None:
        counting = Counting(MemorySessions())
        sessions = Sessions(counting, SoloStore())
        issued = await sessions.begin(ANNA)
        counting.go_on.clear()
        finding = asyncio.create_task(sessions.find(issued.session_id))
        await counting.read.wait()
        await sessions.end(issued.session_id)
        counting.go_on.set()
        await finding  # it began before the end: either answer is right
        assert await sessions.find(issued.session_id) is None

    async def test_without_word_of_ends_elsewhere_nothing_is_remembered(self) -> None:
        class Deaf(SoloStore):
            listening = False

        counting = Counting(MemorySessions())
        sessions = Sessions(counting, Deaf())
        issued = await sessions.begin(ANNA)
        for _ in range(3):
            await sessions.find(issued.session_id)
        assert counting.finds == 3

    async def test_what_may_have_been_missed_is_asked_for_again(self) -> None:
        class Store(SoloStore):
            def lose(self) -> None:
                """Say what a store says that lost its connection for a moment."""
                self._broadcast.say(MISSED)

        counting, store = Counting(MemorySessions()), Store()
        sessions = Sessions(counting, store)
        issued = await sessions.begin(ANNA)
        await sessions.find(issued.session_id)
        store.lose()
        await sessions.find(issued.session_id)
        assert counting.finds == 2
        await store.invalidate({"product:1"})
        await sessions.find(issued.session_id)
        assert counting.finds == 2

    async def test_the_memo_is_bounded(self) -> None:
        counting = Counting(MemorySessions())
        sessions = Sessions(counting, SoloStore(), memo_size=2)
        ids = [(await sessions.begin()).session_id for _ in range(3)]
        for one in (*ids, ids[0]):
            await sessions.find(one)
        assert counting.finds == 4


class TestRedisAway:
    async def test_everybody_is_a_guest_and_nobody_can_log_in(self, own_valkey: Valkey) -> None:
        async with redis_sessions(own_valkey.url) as sessions:
            issued = await sessions.begin(ANNA)
            own_valkey.kill()
            await asyncio.sleep(0.6)
            assert await sessions.find(issued.session_id) is None
            with pytest.raises(SessionsUnavailableError):
                await sessions.find(issued.session_id, needed=True)
            for change in (
                sessions.begin(ANNA, old=issued.session_id),
                sessions.end(issued.session_id),
                sessions.end_all_of(40),
                sessions.set_values(issued.session, {"a": "1"}),
                sessions.set_identity(issued.session, ANNA),
                sessions.renew_facts(),
            ):
                with pytest.raises(SessionsUnavailableError):
                    await change
            own_valkey.start()
            await asyncio.sleep(0.3)
            assert await who(sessions, (await sessions.begin(BERT)).session_id) == "odoo:8"

    async def test_what_another_version_wrote_is_a_guest(self, valkey: Valkey) -> None:
        async with redis_sessions(valkey.url, "older") as sessions:
            issued = await sessions.begin(ANNA)
            valkey.run("HSET", f"{{older}}:v:session:{issued.session.digest}", "data", "\x00rubbish")
            assert await sessions.find(issued.session_id) is None


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "login", "end", "end all", "end sid", "find", "values", "identity"]),
        st.integers(0, 4),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=25,
)


class Model:
    """What sessions are to do, in a few lines: ids in order of their beginning, and who each is."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.alive: dict[str, tuple[Identity, str, dict[str, str]]] = {}

    def drop(self, condition: Any) -> int:
        gone = [one for one, (identity, sid, _) in self.alive.items() if condition(identity, sid)]
        for one in gone:
            del self.alive[one]
        return len(gone)


async def play(processes: tuple[Sessions, ...], actions: list[tuple[str, int, int]]) -> None:
    """Each action in one of the processes; after each all processes agree with the model."""
    model = Model()
    for step, (action, number, process) in enumerate(actions):
        sessions = processes[process % len(processes)]
        chosen = model.ids[number % len(model.ids)] if model.ids else "undefined"
        person = (GUEST, ANNA, BERT)[number % 3]
        sid = f"s{number % 2}" if number % 3 else ""
        before = model.alive.get(chosen)
        match action:
            case "begin" | "login":
                old = chosen if action == "login" else None
                carried = before[2] if before is not None and old is not None else {}
                issued = await sessions.begin(person, issuer="i", sid=sid, values={"n": str(step)}, old=old)
                if old is not None:
                    model.alive.pop(old, None)
                model.ids.append(issued.session_id)
                model.alive[issued.session_id] = (person, sid, {**carried, "n": str(step)})
            case "end":
                assert await sessions.end(chosen) is (model.alive.pop(chosen, None) is not None)
            case "end all":
                ended = model.drop(lambda who, _, partner=40 + number % 2: who.partner_id == partner)
                assert await sessions.end_all_of(40 + number % 2) == ended
            case "end sid":
                assert await sessions.end_all_of_sid("i", "s1") == model.drop(lambda _, own: own == "s1")
            case "values" | "identity" if before is not None:
                found = await sessions.find(chosen)
                assert found is not None
                if action == "values":
                    assert await sessions.set_values(found, {"v": str(step)})
                    model.alive[chosen] = (before[0], before[1], {**before[2], "v": str(step)})
                else:
                    assert await sessions.set_identity(found, before[0])
        for sessions in processes:
            for one in model.ids:
                found = await sessions.find(one)
                expected = model.alive.get(one)
                assert (found is None) is (expected is None)
                if found is not None and expected is not None:
                    assert found.identity.subject == expected[0].subject
                    assert found.values == expected[2]


class TestInterleavings:
    @given(ACTIONS)
    @settings(max_examples=60, deadline=None)
    def test_in_the_process(self, actions: list[tuple[str, int, int]]) -> None:
        async def run() -> None:
            await play((Sessions(MemorySessions(), SoloStore()),), actions)

        asyncio.run(run())

    @given(actions=ACTIONS)
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_in_two_processes_on_redis(self, valkey: Valkey, actions: list[tuple[str, int, int]]) -> None:
        async def run() -> None:
            namespace = f"sessions-{uuid4().hex[:8]}"
            async with AsyncExitStack() as stack:
                one = await stack.enter_async_context(redis_sessions(valkey.url, namespace))
                other = await stack.enter_async_context(redis_sessions(valkey.url, namespace))
                await play((one, other), actions)

        asyncio.run(run())

    async def test_concurrent_ends_and_finds_never_bring_one_back(self, valkey: Valkey) -> None:
        """Many readers in two processes while a third party ends the session: once told, nobody sees it."""
        namespace = f"sessions-{uuid4().hex[:8]}"
        async with redis_sessions(valkey.url, namespace) as one, redis_sessions(valkey.url, namespace) as other:
            for _ in range(20):
                issued = await one.begin(ANNA)
                stop = asyncio.Event()

                async def read(sessions: Sessions, session_id: str = issued.session_id, stop: Any = stop) -> None:
                    while not stop.is_set():
                        await sessions.find(session_id)
                        await asyncio.sleep(0)

                readers = [asyncio.create_task(read(sessions)) for sessions in (one, other) for _ in range(3)]
                await asyncio.sleep(0.002)
                assert await one.end(issued.session_id)
                assert await other.find(issued.session_id) is None
                assert await one.find(issued.session_id) is None
                stop.set()
                await asyncio.gather(*readers)

    async def test_of_two_logins_at_once_one_takes_the_values(self, processes: Processes) -> None:
        guest = await processes.one.begin(values={"cart": "c1"})
        issued = await asyncio.gather(
            *(sessions.begin(ANNA, old=guest.session_id) for sessions in (processes.one, processes.other))
        )
        assert sorted(len(one.session.values) for one in issued) == [0, 1]
        assert await processes.one.find(guest.session_id) is None


class TestCookies:
    def test_for_this_host_alone_and_not_for_scripts(self) -> None:
        assert session_cookie("abc-_9", 60.9, secure=False) == (
            "session_id=abc-_9; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
        )
        assert session_cookie("a", 0.2, secure=True) == (
            "session_id=a; Path=/; Max-Age=1; HttpOnly; SameSite=Lax; Secure"
        )
        assert expired_cookie(secure=True) == "session_id=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"

    @pytest.mark.parametrize("value", ["", "a b", "a;b", "a\r\nSet-Cookie: x=y", "ä", "a" * 129])
    def test_nothing_else_is_sent(self, value: str) -> None:
        with pytest.raises(ValueError, match="not the id"):
            session_cookie(value, 60, secure=True)


def test_indexes_of_a_session() -> None:
    life = Life(1, 1)
    assert NewSession(GUEST, "", "", life, {}).indexes == ()
    acting = Identity(subject="x", partner_id=5, acted_by=Actor("y", "Y", 3))
    assert NewSession(acting, "", "", life, {}).indexes == ("partner:3", "partner:5")
    # no other pair of texts makes the same index
    assert len({NewSession(GUEST, issuer, sid, life, {}).indexes for issuer, sid in (("a", "bc"), ("ab", "c"))}) == 2
