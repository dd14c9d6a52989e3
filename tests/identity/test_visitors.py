"""New sessions for guests: so many from an address, so that nobody fills Redis with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from cache.names import Names
from identity.memory_sessions import MemorySessions
from identity.rates import _SWEPT_FROM, MemoryRate, Rate, RedisRate
from identity.throttle import Window
from resolvers.context import RequestContext
from resolvers.errors import ForbiddenError, TooManySessionsError
from server.answers import told_all
from tests.identity.places import redis_link
from tests.identity.wired import LOGIN, MUTATION, Shop, session_cookie, shop
from tests.support.valkey import Valkey

WINDOW = Window(3, 900.0)
BOT, OTHER = "203.0.113.7", "198.51.100.4"


@pytest.fixture(params=["memory", "redis", "cluster"])
async def rate(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Rate]:
    if request.param == "memory":
        yield MemoryRate(WINDOW)
        return
    urls: str | list[str] = valkey.url
    if request.param == "cluster":
        urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
    async with redis_link(urls) as link:
        yield RedisRate(link, Names(f"rate-{uuid4().hex[:8]}"), WINDOW, kind="visitors", seconds=30.0)


class TestRate:
    async def test_so_many_and_no_more(self, rate: Rate) -> None:
        assert [await rate.taken(BOT) for _ in range(3)] == [None] * 3
        for _ in range(3):
            wait = await rate.taken(BOT)
            assert wait is not None
            assert 800 < wait <= 900
        assert await rate.taken(OTHER) is None

    async def test_the_window_begins_anew(self) -> None:
        now = 0.0
        rate = MemoryRate(WINDOW, clock=lambda: now)
        for _ in range(4):
            await rate.taken(BOT)
        now = 899.0
        assert await rate.taken(BOT) == 1.0
        now = 900.0
        assert [await rate.taken(BOT) for _ in range(4)] == [None, None, None, 900.0]

    async def test_the_window_begins_anew_in_redis(self, valkey: Valkey) -> None:
        async with redis_link(valkey.url) as link:
            names = Names(f"rate-{uuid4().hex[:8]}")
            rate = RedisRate(link, names, Window(1, 900.0), kind="visitors", seconds=30.0)
            assert await rate.taken(BOT) is None
            assert await rate.taken(BOT)
            valkey.run("PEXPIRE", names.value(f"visitors:{BOT}"), 1)
            assert valkey.run("PTTL", names.value(f"visitors:{OTHER}")) == -2
            while valkey.run("EXISTS", names.value(f"visitors:{BOT}")):
                pass
            assert await rate.taken(BOT) is None

    async def test_no_limit(self, valkey: Valkey) -> None:
        async with redis_link(valkey.url) as link:
            for rate in (MemoryRate(Window(0, 1.0)), RedisRate(link, Names("none"), Window(0, 1.0), kind="v")):
                assert [await rate.taken(BOT) for _ in range(9)] == [None] * 9
            assert link.round_trips == 0

    async def test_processes_count_together(self, valkey: Valkey) -> None:
        names = Names(f"rate-{uuid4().hex[:8]}")
        async with redis_link(valkey.url) as one, redis_link(valkey.url) as two:
            rates = [RedisRate(link, names, WINDOW, kind="visitors", seconds=30.0) for link in (one, two)]
            assert [await rates[at % 2].taken(BOT) for at in range(3)] == [None] * 3
            assert all([await rate.taken(BOT) for rate in rates])
            other = RedisRate(one, names, WINDOW, kind="others", seconds=30.0)
            assert await other.taken(BOT) is None

    async def test_while_redis_is_away_each_process_counts_for_itself(self, own_valkey: Valkey) -> None:
        async with redis_link(own_valkey.url, pause=60) as link:
            rate = RedisRate(link, Names("shop"), WINDOW, kind="visitors", seconds=30.0)
            own_valkey.kill()
            assert [await rate.taken(BOT) for _ in range(3)] == [None] * 3
            assert await rate.taken(BOT)

    async def test_the_process_forgets_old_ones(self) -> None:
        now = 0.0
        rate = MemoryRate(WINDOW, clock=lambda: now)
        for number in range(3 * _SWEPT_FROM):
            now += 1
            await rate.taken(str(number))
        assert len(rate._counts) <= _SWEPT_FROM


def _kept(wired: Shop) -> int:
    """How many sessions there are."""
    backend = wired.identification.sessions._backend
    assert isinstance(backend, MemorySessions)
    return len(backend._kept)


class TestGuests:
    @pytest.fixture
    async def wired(self) -> AsyncIterator[Shop]:
        async with shop(guest_sessions_address=2) as found:
            yield found

    async def _new(self, wired: Shop, text: str = MUTATION, address: str = BOT, **variables: Any) -> Any:
        """The answer to whoever comes without a cookie."""
        wired.cookie = None
        return await wired.query(text, variables, **{"x-forwarded-for": address})

    async def test_who_comes_too_often_is_answered_without_one(self, wired: Shop) -> None:
        for _ in range(2):
            assert session_cookie(await self._new(wired)) is not None
        for text in (MUTATION, "mutation { logout }", MUTATION):
            answer = await self._new(wired, text)
            assert answer.status == 200
            assert answer.body["data"] is not None or answer.codes == {"FORBIDDEN"}
            assert session_cookie(answer) is None
        assert _kept(wired) == 2
        assert session_cookie(await self._new(wired, address=OTHER)) is not None

    async def test_who_has_one_goes_on(self, wired: Shop) -> None:
        assert session_cookie(await self._new(wired)) is not None
        mine = wired.cookie
        for _ in range(4):
            await self._new(wired)
        wired.cookie = mine
        for _ in range(3):
            answer = await wired.query(MUTATION, **{"x-forwarded-for": BOT})
            cookie = session_cookie(answer)
            assert cookie is not None
            assert cookie.value == mine

    async def test_who_signs_in_is_let_in(self, wired: Shop) -> None:
        for _ in range(4):
            await self._new(wired)
        answer = await self._new(wired, LOGIN, email="vet1@customer.example", password="Secret-1")
        assert answer.data["login"]["user"]["id"]
        assert not (await wired.viewer())["isGuest"]
        await wired.query("mutation { logout }", **{"x-forwarded-for": BOT})
        assert wired.cookie, "one session for another: there are no more than before"
        assert (await wired.viewer())["isGuest"]
        assert _kept(wired) == 3

    async def test_an_address_of_ipv6_is_its_network(self, wired: Shop) -> None:
        cookies = [session_cookie(await self._new(wired, address=f"2001:db8::{at}")) for at in range(1, 5)]
        assert [one is not None for one in cookies] == [True, True, False, False]

    async def test_who_is_not_told_apart_is_not_limited(self, wired: Shop) -> None:
        """Of a storefront that does not tell for whom it asks, nobody would get in any more."""
        for _ in range(5):
            wired.cookie = None
            assert session_cookie(await wired.query(MUTATION)) is not None

    async def test_what_needs_one_is_refused(self, wired: Shop) -> None:
        def visit(address: str = BOT) -> RequestContext:
            return RequestContext(wired.app.state.services, client_address=address)

        signs = wired.identification.sign_ins
        begun = visit()
        session = await signs.session(begun)
        assert session.identity.is_guest
        assert begun.session is session
        assert len(begun.cookies) == 1
        assert await signs.session(begun) is session
        await signs.session(visit())
        refused = visit()
        with pytest.raises(TooManySessionsError) as caught:
            await signs.session(refused)
        (told,) = told_all([caught.value], "request")
        assert told["extensions"]["code"] == "TOO_MANY_SESSIONS"
        assert 3500 < told["extensions"]["retryAfter"] <= 3600
        assert refused.cookies == []
        assert (await signs.session(visit(OTHER))).identity.is_guest

    async def test_a_customer_with_a_token_has_none(self, wired: Shop) -> None:
        identity = await wired.identification.people.now(partner_id=wired.customer(1)[1])
        assert identity is not None
        context = RequestContext(wired.app.state.services, identity=identity)
        with pytest.raises(ForbiddenError):
            await wired.identification.sign_ins.session(context)
        assert _kept(wired) == 0
