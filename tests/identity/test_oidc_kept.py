"""Logins by browser with the shop's own sessions: in the process, and in a real Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import pytest

from cache.names import Names
from cache.solo import SoloStore
from identity.bearer_errors import InvalidTokenError
from identity.identity import Identity
from identity.issuers import ClaimPaths
from identity.memory_sessions import MemorySessions
from identity.oidc_kept import VALUE, KeptSessions
from identity.oidc_sessions import SignedIn
from identity.redis_sessions import RedisSessions
from identity.sessions import Sessions
from server.signing_in_browser import BrowserSessions
from tests.identity.test_oidc import Shop
from tests.identity.test_oidc_values import link
from tests.support.issuer import provider
from tests.support.login_shop import query_of, served
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey


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
    yield Sessions(RedisSessions(found, Names(fresh_namespace())), SoloStore(), memo_seconds=0)
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
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None, sub=None)))[0] == 400
    with pytest.raises(InvalidTokenError, match="not valid"):
        await shop.logout.by_issuer(shop.issuer.logout_token(sid=None, sub=None))
    assert await sessions.find(session_id)


async def test_an_issuer_may_name_the_person_alone(shop: Shop, sessions: Sessions) -> None:
    """Back-Channel Logout 1.0, 2.4: then all their sessions end, whichever the issuer's was, and nobody else's."""
    mine = []
    for session in ("issuer-session-1", "issuer-session-2", None):
        shop.issuer.person["sid"] = session
        mine.append(await shop.log_in())
        shop.client.cookie_jar.clear()
    shop.issuer.person["sub"] = "bert"
    another = await shop.log_in()
    elsewhere = (await sessions.begin(issuer="https://other.example", sub="anna")).session_id
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None, sub="nobody")))[0] == 200
    for session_id in mine:
        assert await sessions.find(session_id)
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None, sub="anna")))[0] == 200
    for session_id in mine:
        assert await sessions.find(session_id) is None
    assert await sessions.find(another)
    assert await sessions.find(elsewhere)


async def test_with_both_names_its_session_is_meant(shop: Shop, sessions: Sessions) -> None:
    first = await shop.log_in()
    shop.client.cookie_jar.clear()
    shop.issuer.person["sid"] = "issuer-session-2"
    second = await shop.log_in()
    assert (await shop.post_logout(shop.issuer.logout_token(sid="issuer-session-2", sub="anna")))[0] == 200
    assert await sessions.find(first)
    assert await sessions.find(second) is None


async def test_the_person_is_named_by_sub_whatever_the_shop_reads(shop: Shop, sessions: Sessions) -> None:
    """The claim that names a subject here is a setting; logout tokens know of no such thing."""
    shop.issuer.person["sub"], shop.issuer.person["login"] = "f:81:anna", "anna"
    shop._described = lambda: shop.issuer.issuer(required={"typ": "Bearer"}, claims=ClaimPaths(subject=("login",)))
    shop.redirect(shop.wire(shop.url))
    session_id = await shop.log_in()
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None, sub="anna")))[0] == 200
    assert await sessions.find(session_id)
    assert (await shop.post_logout(shop.issuer.logout_token(sid=None, sub="f:81:anna")))[0] == 200
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


async def test_who_logs_in_again_keeps_what_is_theirs(shop: Shop, sessions: Sessions) -> None:
    shop.uses = BrowserSessions(sessions, who)
    shop.redirect(shop.wire(shop.url))
    first = await sessions.find(await shop.log_in())
    assert first is not None
    await sessions.set_values(first, {"cart": "c1"})
    again = await sessions.find(await shop.log_in())
    assert again is not None
    assert again.digest != first.digest
    assert again.values["cart"] == "c1"
    shop.issuer.person["sub"] = "bert"
    another = await sessions.find(await shop.log_in())
    assert another is not None
    assert "cart" not in another.values
    assert not await sessions.lives(again.digest)
