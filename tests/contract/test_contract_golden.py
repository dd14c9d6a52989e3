"""The golden suite: the same request is answered byte for byte alike by every version over every transport."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contract.cases import CASES, Case
from contract.doubles import TRANSPORTS, VERSIONS, Running, clock
from contract.golden import EXPECTED, ask, difference, path_of, read
from contract.shop import Shop, open_shop

_ALL_WAYS = [(version, transport) for version in VERSIONS for transport in TRANSPORTS[version]]
_USUAL = {(version, TRANSPORTS[version][0]) for version in VERSIONS}
#: of the other transports every so many cases: they carry the same values, which a few cases show
_EVERY = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def way(request: pytest.FixtureRequest, doubles: dict[str, Running]) -> AsyncIterator[Shop]:
    """The shop by one version and transport."""
    version, transport = request.param
    target = doubles[version].target
    chosen = type(target)(target.url, target.database, target.user, target.secret, transport)
    async with open_shop(chosen, clock=clock) as shop:
        yield shop


@pytest.mark.parametrize(
    ("way", "case"),
    [
        pytest.param(way, case, id=f"{':'.join(way)}-{case.name}")
        for way in _ALL_WAYS
        for case in (CASES if way in _USUAL else CASES[::_EVERY])
    ],
    indirect=["way"],
    scope="module",
)
async def test_answer_is_the_golden_one(way: Shop, case: Case) -> None:
    golden = read(case)
    answer = await ask(way, case)
    assert answer.status == golden.status
    assert answer.body == golden.body, difference(golden.body, answer.body)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_recorded_is_what_is_asked(case: Case) -> None:
    assert read(case).request == case.request


def test_nothing_else_is_recorded() -> None:
    assert {path_of(case) for case in CASES} == set(EXPECTED.glob("*.json"))


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
