"""Each kind of change in Odoo reaches what a warm shop answers: by the next poll, and by a webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from cache.record_cache import RecordCache
from demo.double import Double
from demo.wholesale import generate
from resolvers.context import Services
from tests.records.kinds import KINDS, Made, probes
from tests.support.doubles import VERSIONS
from tests.support.processes import Process, fresh_namespace, process
from tests.support.valkey import Valkey

SECRET = "a secret of the webhook"
Trio = tuple[Process, Process, Process]
Tell = Callable[[Process, Made], Awaitable[None]]


@pytest_asyncio.fixture(params=VERSIONS, loop_scope="session")
async def shops(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Trio]:
    """Two processes that share a Valkey, and one that keeps nothing: what it answers is the truth."""
    double = Double(generate(request.param, products=40, pricelists=4))
    namespace = fresh_namespace()
    async with (
        process(double, valkey.url, namespace, webhook_secret=SECRET) as one,
        process(double, valkey.url, namespace, webhook_secret=SECRET) as other,
        process(double, None, reference_seconds=1e-6) as truth,
    ):
        await one.feed.poll()
        moment = time.time()
        for shop in (one, other):
            # stock counts as fresh for half a minute, which a slow machine may take: only what is told is to count
            records: RecordCache = shop.app.state.services.records
            records.clock = lambda: moment
        yield one, other, truth


async def by_poll(told: Process, _: Made) -> None:
    assert await told.feed.poll()


async def by_webhook(told: Process, made: Made) -> None:
    body = json.dumps({"model": made.model, "ids": made.ids}).encode()
    moment = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x_timestamp": moment, "x_signature": f"sha256={signature}"}
    answer = await told.send("/webhooks/odoo", body, **headers)
    assert answer.status == 202, answer.body
    await told.inbox.settled()


@pytest.mark.parametrize("tell", [by_poll, by_webhook])
async def test_each_kind_of_change_reaches_every_process(shops: Trio, tell: Tell) -> None:
    one, other, truth = shops
    texts = probes()
    for kind in KINDS:
        before = await true_answers(truth, texts)
        assert await one.ask_all(texts) == before, kind.__name__
        assert await other.ask_all(texts) == before, kind.__name__
        made = kind(one.double)
        after = await true_answers(truth, texts)
        assert after != before, f"{kind.__name__} changes none of the answers"
        with other.counted() as counted:
            assert await other.ask_all(texts) == before, f"{kind.__name__} was seen before it was told"
        assert counted.calls == []
        await tell(one, made)
        for shop in (other, one):
            found = await shop.ask_all(texts)
            assert found == after, (
                f"{kind.__name__} did not reach {'the other' if shop is other else 'its own'} process"
            )


async def true_answers(truth: Process, texts: list[str]) -> list[object]:
    """What a process answers that reads every table anew."""
    services: Services = truth.app.state.services
    services.reference.invalidate()
    (await services.adapter()).forget()
    return await truth.ask_all(texts)
