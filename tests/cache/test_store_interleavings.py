"""Random interleavings of everything two stores do, checked against a model of what may be served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cache.redis_store import RedisStore
from cache.store import Entry, Ticket
from tests.support.stores import entry
from tests.support.valkey import Gate, Kind, Valkey
from tests.support.waiting import PATIENCE, until

TAGS = ("a", "b")
LIMIT = 6_000
#: Each key with the tags its answer depends on.
KEYS = {"k1": ("a",), "k2": ("b",), "k3": ("a", "b")}
stores = st.integers(0, 1)
keys = st.sampled_from(sorted(KEYS))


def answer(key: str, numbers: Mapping[str, int]) -> Entry:
    body = ",".join(f"{tag}:{numbers[tag]}" for tag in KEYS[key])
    return entry(body.encode() + b" " * 1000, *KEYS[key])


def numbers_of(found: Entry) -> dict[str, int]:
    pairs = (pair.split(":") for pair in found.body.decode().strip().split(","))
    return {tag: int(number) for tag, number in pairs}


class Interleavings(RuleBasedStateMachine):
    """The source is a number per tag; an answer is the numbers of its tags, as they were when it was computed.

    What a read begun now may give as good are answers from no older numbers than those whose invalidation is over.
    """

    valkey: Valkey
    computations = Bundle("computations")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.source = dict.fromkeys(TAGS, 0)
        self.over = [dict.fromkeys(TAGS, 0), dict.fromkeys(TAGS, 0)]  # as far as each store has to know
        self.tasks: set[asyncio.Task[None]] = set()
        self.stores: list[RedisStore] = []
        self.gate = Gate(self.valkey.port)
        self.held = False

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def do(self, work: Coroutine[Any, Any, None], store: int, at_once: bool) -> None:
        """To its end; or as far as its first wait, and it goes on while other rules run."""
        if at_once and not (self.held and store == 1):
            self.run(work)
            return
        task = self.loop.create_task(work)
        self.tasks.add(task)
        self.run(asyncio.sleep(0))

    @initialize(listening=st.sampled_from([True, True, True, False]))
    def open(self, listening: bool) -> None:
        namespace = f"model-{uuid4().hex[:8]}"
        self.run(self.gate.__aenter__())
        for url in (self.valkey.url, self.gate.url):
            # patient, so that a slow machine is not taken for a failing Redis; room for two or three answers
            patient: dict[str, Any] = {"read_seconds": 5.0, "write_seconds": 5.0, "pause": 0.01, "trust": 0.15}
            self.stores.append(RedisStore(url, namespace, local_bytes=LIMIT, **patient))
        if listening:
            for store in self.stores:
                self.run(store.ticket())
                self.run(until(lambda store=store: store.listening))  # type: ignore[misc]

    @rule(target=computations, store=stores, key=keys)
    def compute(self, store: int, key: str) -> tuple[int, str, Ticket | None, Entry]:
        """Take a ticket and read the source; it is put later, or never."""
        self.let_go()
        ticket = self.run(self.stores[store].ticket())
        return store, key, ticket, answer(key, self.source)

    @rule(target=computations, store=stores, key=keys)
    def compute_from_parts(self, store: int, key: str) -> tuple[int, str, Ticket | None, Entry]:
        """As pages are computed from records: what is not read from the source is what the store gives as good."""
        self.let_go()
        ticket = self.run(self.stores[store].ticket())
        numbers = {tag: self.source[tag] for tag in KEYS[key]}
        for part in ("k1", "k2"):
            found = self.stores[store].peek(part) or self.run(self.stores[store].get(part))
            tag = KEYS[part][0]
            if tag in numbers and found is not None and not found.invalidated:
                numbers[tag] = numbers_of(found)[tag]
        return store, key, ticket, answer(key, numbers)

    @rule(computation=consumes(computations), at_once=st.booleans())
    def put(self, computation: tuple[int, str, Ticket | None, Entry], at_once: bool) -> None:
        store, key, ticket, made = computation

        async def work() -> None:
            await self.stores[store].put(key, made, ticket)

        self.do(work(), store, at_once)

    @rule(tags=st.sets(st.sampled_from(TAGS), min_size=1), store=stores, at_once=st.booleans())
    def change(self, tags: set[str], store: int, at_once: bool) -> None:
        for tag in tags:
            self.source[tag] += 1
        numbers = {tag: self.source[tag] for tag in tags}

        async def work() -> None:
            everywhere = await self.stores[store].invalidate(tags)
            for known in self.over if everywhere else [self.over[store]]:
                for tag, number in numbers.items():
                    known[tag] = max(known[tag], number)

        self.do(work(), store, at_once)

    @rule(key=keys, store=stores, at_once=st.booleans())
    def get(self, key: str, store: int, at_once: bool) -> None:
        due = dict(self.over[store])

        async def work() -> None:
            self.check(await self.stores[store].get(key), key, due)

        self.do(work(), store, at_once)

    @rule(store=stores)
    def get_many(self, store: int) -> None:
        self.let_go()
        due = dict(self.over[store])
        for key, found in zip(KEYS, self.run(self.stores[store].get_many(list(KEYS))), strict=True):
            self.check(found, key, due)

    @rule(steps=st.integers(1, 30))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.run(asyncio.sleep(0))
        self.look()

    @rule(milliseconds=st.integers(1, 40))
    def time_passes(self, milliseconds: int) -> None:
        self.run(asyncio.sleep(milliseconds / 1000))
        self.look()

    @rule(seconds=st.sampled_from([0.01, 0.01, 0.2]))
    def everything_stands_still(self, seconds: float) -> None:
        """As when the machine is busy: messages wait unread."""
        time.sleep(seconds)

    @rule(kind=st.sampled_from(["subscription", "commands"]))
    def hold_back(self, kind: Kind) -> None:
        """From now on the second store does not get what Redis says: its announcements, or its answers."""
        self.gate.hold(kind)
        self.held = self.held or kind == "commands"

    @rule(kind=st.sampled_from(["subscription", "commands"]), steps=st.integers(0, 3))
    def let_go_of(self, kind: Kind, steps: int) -> None:
        self.gate.release(kind)
        self.held = self.held and kind != "commands"
        for _ in range(steps):
            self.run(asyncio.sleep(0))

    def let_go(self) -> None:
        """Before what has to come to its end now."""
        self.let_go_of("commands", 0)

    @rule(what=st.sampled_from(["nothing"] * 9 + ["pubsub", "normal", "emptied"]))
    def trouble(self, what: str) -> None:
        """Connections break, or Redis is emptied."""
        if what == "emptied":
            self.valkey.run("FLUSHALL")
        elif what != "nothing":
            self.valkey.run("CLIENT", "KILL", "TYPE", what, "SKIPME", "yes")

    @invariant()
    def what_they_hold(self) -> None:
        for store, due in zip(self.stores, self.over, strict=False):
            for key in KEYS:
                self.check(store.peek(key), key, due)

    def teardown(self) -> None:
        self.let_go()
        self.gate.release("subscription")
        for task in self.tasks:
            self.run(asyncio.wait_for(task, PATIENCE))
        for store in self.stores:
            self.run(store.close())
        self.run(self.gate.__aexit__())
        self.run(self.loop.shutdown_asyncgens())
        self.loop.close()

    def look(self) -> None:
        """Raise what went wrong in the background."""
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.discard(task)
            task.result()

    def check(self, found: Entry | None, key: str, due: dict[str, int]) -> None:
        for store in self.stores:
            assert store.local.bytes <= LIMIT
        if found is None or found.invalidated:
            return
        numbers = numbers_of(found)
        assert set(numbers) == set(KEYS[key])
        for tag, number in numbers.items():
            assert number >= due[tag], f"{key}: {tag} of {number}, but {due[tag]} is over"


@pytest.mark.timeout(600)
def test_interleavings(own_valkey: Valkey) -> None:
    class Here(Interleavings):
        valkey = own_valkey

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
