"""Logins by browser with the shop's own sessions: in the process, and in a real Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from http.cookies import SimpleCookie

import pytest

from cache.names import Names
from cache.solo import SoloStore
from identity.bearer_errors import InvalidTokenError
from identity.identity import Identity
from identity.memory_sessions import MemorySessions
from identity.oidc_kept import VALUE, KeptSessions
from identity.oidc_sessions import SignedIn
from identity.redis_sessions import RedisSessions
from identity.sessions import Sessions
from tests.identity.test_oidc import Shop
from tests.identity.test_oidc_values import link
from tests.support.issuer import provider
from tests.support.login_shop import query_of, served
from tests.support.valkey import Valkey, running_valkey


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with running_valkey() as found:
        yield found


async def who(signed_in: SignedIn) -> Identity:
    principal = signed_in.claims.principal
    return Identity(
        subject=f"{signed_in.issuer} {signed_in.subject}", partner_id=principal.partner_id, roles=principal.roles
    )


@pytest.fixture(params=["memory", "valkey"])
async def sessions(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Sessions]:
    if request.param == "memory":
        yield Sessions(MemorySessions(), SoloStore(), memo_seconds=0)
        return
    found = link(valkey.url)
    yield Sessions(RedisSessions(found, Names("kept")), SoloStore(), memo_seconds=0)
    await found.close()


@pytest.fixture
async def shop(sessions: Sessions) -> AsyncIterator[Shop]:
    async with provider() as issuer:
        found = Shop(issuer)
        found.uses = KeptSessions(sessions, who)
        async with served(found):
            yield found


async def test_a_guest_s_session_becomes_theirs(shop: Shop, sessions: Sessions) -> None:
    guest = await sessions.begin(values={"cart": "c1"})
    shop.client.cookie_jar.update_cookies({"session_id": guest.session_id})
    done = await shop.follow("/auth/login")
    cookie = SimpleCookie(next(one for one in done.headers.getall("set-cookie") if one.startswith("session_id")))
    new = cookie["session_id"]
    assert (new["httponly"], new["samesite"], new["path"], new["domain"]) == (True, "Lax", "/", "")
    assert new.value != guest.session_id
    assert await sessions.find(guest.session_id) is None
    session = await sessions.find(new.value)
    assert session is not None
    assert session.identity.partner_id == 41
    assert session.values["cart"] == "c1"
    assert session.values[VALUE]


async def test_out_by_the_browser(shop: Shop, sessions: Sessions) -> None:
    session_id = await shop.log_in()
    there = await shop.get("/auth/logout")
    assert query_of(there.headers["location"])["id_token_hint"]
    assert await sessions.find(session_id) is None
    assert (await shop.get("/auth/logout")).headers["location"] == f"{shop.url}/"


async def test_out_by_the_issuer(shop: Shop, sessions: Sessions) -> None:
    session_id = await shop.log_in()
    assert (await shop.post_logout(shop.issuer.logout_token(sid="another")))[0] == 200
    assert await sessions.find(session_id)
    assert (await shop.post_logout(shop.issuer.logout_token()))[0] == 200
    assert await sessions.find(session_id) is None


async def test_an_issuer_has_to_name_its_session(shop: Shop, sessions: Sessions) -> None:
    session_id = await shop.log_in()
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None)))[0] == 400
    with pytest.raises(InvalidTokenError, match="not valid"):
        await shop.logout.by_issuer(shop.issuer.logout_token(sid=None))
    assert await sessions.find(session_id)


async def test_an_issuer_may_name_the_subject_where_sessions_are_found_by_it(shop: Shop, sessions: Sessions) -> None:
    session_id = await shop.log_in()
    asked: list[tuple[str, str]] = []

    async def end_of_subject(issuer: str, subject: str) -> int:
        asked.append((issuer, subject))
        return await sessions.end_all_of(41)

    shop.uses = KeptSessions(sessions, who, end_of_subject)
    shop.redirect(shop.wire(shop.url))
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None)))[0] == 200
    assert asked == [(shop.issuer.url, "anna")]
    assert await sessions.find(session_id) is None


async def test_without_redis(shop: Shop, valkey: Valkey) -> None:
    found = link(valkey.url.replace(str(valkey.port), "9"))
    shop.uses = KeptSessions(Sessions(RedisSessions(found, Names("away")), SoloStore()), who)
    routes = shop.wire(shop.url)
    shop.redirect(routes)
    done = await shop.follow("/auth/login")
    assert query_of(done.headers["location"])["error"] == "LOGIN_UNAVAILABLE"
    shop.client.cookie_jar.update_cookies({"session_id": "s" * 43})
    assert (await shop.get("/auth/logout")).status == 503
    assert (await shop.post_logout(shop.issuer.logout_token()))[0] == 503
    await found.close()
