"""Odoo away: at start, at run time, in every way it can be away. The process lives, says so, and comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from demo.double import DoubleServer
from tests.support.bff import Bff, running, settings_for
from tests.support.doubles import DoubleOf, generated
from tests.support.waiting import PATIENCE, until

PRODUCTS = "{products(pageSize: 3){totalCount products{name combinationInfo}}}"
#: what small tables answer
TABLES = '{categories{totalCount} countries{totalCount} country(code: "BE"){name} attribute(id: 1){name} website{name}}'
CONNECT, TIMEOUT, REQUEST = 0.5, 1.0, 2.0
QUICK: dict[str, Any] = {
    "odoo_connect_timeout": CONNECT,
    "odoo_timeout": TIMEOUT,
    "request_timeout": REQUEST,
    "reference_seconds": 0.2,
}


@pytest_asyncio.fixture(loop_scope="session")
async def shop(own_double: DoubleOf) -> AsyncIterator[Bff]:
    odoo = own_double("14.0")
    async with running(settings_for(odoo.url, **QUICK), odoo) as bff:
        await bff.ready()
        for text in (TABLES, PRODUCTS):
            await bff.query(text)
        yield bff


async def test_it_starts_without_odoo_and_connects_when_there_is_one() -> None:
    odoo = generated("14.0")
    odoo.start()
    odoo.stop()  # its address is known, and nobody listens there
    async with running(settings_for(odoo.url, **QUICK), odoo) as bff:
        assert (await bff.get("/healthz")).status == 200
        ready = await bff.get("/readyz")
        assert ready.status == 503
        assert ready.body["status"] == "not ready"
        assert "not connected" in ready.body["missing"]["odoo"]
        assert "shop" in ready.body["missing"]
        for text in (PRODUCTS, TABLES):
            answer = await bff.query(text)
            assert (answer.status, answer.codes) == (503, {"ERP_UNAVAILABLE"})
        picture = await bff.get("/web/image/product/1")
        assert picture.status == 503
        with odoo:
            await bff.ready()
            assert (await bff.query(PRODUCTS)).data["products"]["totalCount"] > 0
            assert (await bff.get("/readyz")).body["odoo"]["version"] == "14.0"


async def test_it_starts_while_odoo_hangs() -> None:
    with generated("14.0") as odoo:
        odoo.double.faults.hang = True
        async with running(settings_for(odoo.url, **QUICK), odoo) as bff:
            assert (await bff.get("/healthz")).status == 200
            async with asyncio.timeout(PATIENCE):
                answer = await bff.query(PRODUCTS)
            assert (answer.status, answer.codes) == (503, {"ERP_UNAVAILABLE"})
            assert (await bff.get("/readyz")).status == 503
            odoo.double.faults.clear()
            await bff.ready()
            assert (await bff.query(PRODUCTS)).data


@pytest.mark.parametrize("kind", ["http_502", "garbage", "internal", "drop"])
async def test_it_starts_while_odoo_talks_nonsense(kind: Any) -> None:
    with generated("19.0") as odoo:
        faults = odoo.double.faults
        if kind == "drop":
            faults.drop_next(100_000)
        else:
            faults.fail_next(100_000, kind)
        async with running(settings_for(odoo.url, **QUICK), odoo) as bff:
            assert (await bff.get("/readyz")).status == 503
            faults.clear()
            await bff.ready()
            assert (await bff.query(PRODUCTS)).data["products"]["totalCount"] > 0


@pytest.mark.parametrize("change", [{"odoo_password": "wrong"}, {"odoo_user": "nobody"}, {"odoo_db": "other"}])
@pytest.mark.parametrize("transport", ["jsonrpc", "xmlrpc"])
async def test_wrong_credentials_are_no_empty_shop(double: DoubleOf, change: dict[str, str], transport: str) -> None:
    settings = settings_for(double("14.0").url, **QUICK, odoo_transport=transport, **change)
    async with running(settings) as bff:
        answer = await bff.query(TABLES)
        assert (answer.status, answer.codes) == (503, {"ERP_UNAVAILABLE"})
        ready = await bff.get("/readyz")
        assert ready.status == 503
        assert "not connected (" in ready.body["missing"]["odoo"]


def _down(odoo: DoubleServer) -> None:
    odoo.double.faults.down = True


def _hang(odoo: DoubleServer) -> None:
    odoo.double.faults.hang = True


def _drop(odoo: DoubleServer) -> None:
    odoo.double.faults.drop_next(100_000)


def _garbage(odoo: DoubleServer) -> None:
    odoo.double.faults.fail_next(100_000, "garbage")


def _bad_gateway(odoo: DoubleServer) -> None:
    odoo.double.faults.fail_next(100_000, "http_502")


def _broken(odoo: DoubleServer) -> None:
    odoo.double.faults.fail_next(100_000, "internal")


WAYS = [
    (_down, 503, "ERP_UNAVAILABLE"),
    (_hang, 503, "ERP_UNAVAILABLE"),
    (_drop, 503, "ERP_UNAVAILABLE"),
    (_bad_gateway, 503, "ERP_UNAVAILABLE"),
    (_garbage, 502, "ERP_ERROR"),
    (_broken, 502, "ERP_ERROR"),
]


@pytest.mark.parametrize(("break_it", "status", "code"), WAYS, ids=lambda value: getattr(value, "__name__", None))
async def test_away_and_back(
    shop: Bff, break_it: Callable[[DoubleServer], None], status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.odoo is not None
    before = (await shop.query(TABLES)).data
    break_it(shop.odoo)
    await asyncio.sleep(QUICK["reference_seconds"] * 1.5)  # the tables are not fresh any more
    for _ in range(3):
        assert (await shop.query(TABLES)).data == before
        answer = await shop.query(PRODUCTS)
        assert (answer.status, answer.codes) == (status, {code})
    assert (await shop.get("/healthz")).status == 200

    async def says_so() -> bool:
        """A shop that can sell is not to be drained."""
        ready = await shop.get("/readyz")
        assert ready.status == 200
        return ready.body["status"] == "degraded" and list(ready.body["missing"]) == ["odoo"]

    await until(says_so)
    shop.odoo.double.faults.clear()

    async def works() -> bool:
        return (await shop.query(PRODUCTS)).status == 200

    await until(works)

    async def all_is_well() -> bool:
        return bool((await shop.get("/readyz")).body["status"] == "ready")

    await until(all_is_well)
    shop.odoo.double.write("product.public.category", [1], {"name": "Renamed meanwhile"})

    async def is_fresh() -> bool:
        return "Renamed meanwhile" in str((await shop.query("{category(id: 1){name}}")).data)

    await until(is_fresh)
    assert not [record for record in caplog.records if "never retrieved" in record.getMessage()]


async def test_a_hanging_odoo_does_not_hang_the_process(shop: Bff) -> None:
    """Many customers while Odoo takes calls and never answers: each is told in time, and the process stays quick."""
    assert shop.odoo is not None
    shop.odoo.double.faults.hang = True
    started = time.monotonic()
    customers = [asyncio.create_task(shop.query(PRODUCTS)) for _ in range(700)]
    slowest = 0.0
    while not all(task.done() for task in customers):
        asked = time.monotonic()
        assert (await shop.get("/healthz")).status == 200
        slowest = max(slowest, time.monotonic() - asked)
        assert (await shop.query(TABLES)).status == 200
        await asyncio.sleep(0.05)
    took = time.monotonic() - started
    answers = [task.result() for task in customers]
    print(f"700 requests ended after {took:.1f} s; /healthz took at most {slowest:.2f} s")  # noqa: T201
    assert {answer.status for answer in answers} <= {503, 504}
    assert took < PATIENCE
    assert slowest < PATIENCE
    shop.odoo.double.faults.clear()

    async def works() -> bool:
        return (await shop.query(PRODUCTS)).status == 200

    await until(works)


async def test_a_request_takes_no_longer_than_its_time(own_double: DoubleOf) -> None:
    """Each call to Odoo is within its limit, all of them together are not."""
    odoo = own_double("14.0")
    settings = settings_for(odoo.url, **{**QUICK, "odoo_timeout": 5.0, "request_timeout": 0.5, "reference_seconds": 60})
    async with running(settings, odoo) as bff:
        await bff.ready()
        await bff.query(TABLES)
        odoo.double.faults.latency = 0.4
        answer = await bff.query(PRODUCTS)
        assert (answer.status, answer.codes) == (504, {"REQUEST_TIMEOUT"})
        assert (await bff.get("/web/image/product/1")).status == 503
        odoo.double.faults.clear()
        assert (await bff.query(PRODUCTS)).status == 200


async def test_it_stops_while_odoo_hangs() -> None:
    """Stopping does not wait for an Odoo that never answers, and leaves nothing open."""
    settings = {**QUICK, "odoo_timeout": 10 * PATIENCE}
    with generated("14.0") as odoo:
        odoo.double.faults.hang = True
        async with asyncio.timeout(PATIENCE), running(settings_for(odoo.url, **settings), odoo) as bff:
            assert (await bff.get("/healthz")).status == 200
