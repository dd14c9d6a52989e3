"""Logins by browser, with a provider that can be made to misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from starlette.applications import Starlette

from identity.oidc_errors import AwayLoginError, UnknownLoginError
from identity.oidc_values import MemoryValues, ValuesAwayError
from tests.support.bff import serving
from tests.support.issuer import CLIENT, OpenIdProvider, key_of, provider
from tests.support.login_shop import ELSEWHERE, LoginShop, query_of, served


class Shop(LoginShop):
    """Whoever logs in, logs in at ``issuer``, which asks for no password."""

    def __init__(self, issuer: OpenIdProvider) -> None:
        super().__init__(lambda: issuer.issuer(required={"typ": "Bearer"}))
        self.issuer = issuer

    async def follow(self, path: str) -> aiohttp.ClientResponse:
        """Log in: there, through the issuer, and back."""
        begun = await self.get(path)
        assert begun.status == 303, await begun.text()
        there = await self.get(begun.headers["location"])
        return await self.get(there.headers["location"])

    async def log_in(self) -> str:
        """The id of the new session."""
        done = await self.follow("/auth/login")
        assert done.headers["location"] == "/"
        return done.cookies["session_id"].value


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with provider() as issuer:
        found = Shop(issuer)
        async with served(found):
            yield found


async def test_login_ends_in_a_session(shop: Shop) -> None:
    done = await shop.follow("/auth/login?return=/my-account%3Ftab=orders&lang=nl_BE")
    assert (done.status, done.headers["location"]) == (303, "/my-account?tab=orders")
    assert done.headers["cache-control"] == "no-store"
    assert done.headers["referrer-policy"] == "no-referrer"
    (signed_in,) = shop.sessions.open_now.values()
    assert signed_in.subject == "anna"
    assert signed_in.session == "issuer-session-1"
    assert signed_in.claims.principal.roles == ("guest",)
    assert signed_in.claims.principal.partner_id == 41
    assert signed_in.refresh_at == pytest.approx(time.time() + 290, abs=10)
    assert signed_in.id_token not in repr(signed_in)
    assert not any(name.startswith("login-") for name in (cookie.key for cookie in shop.client.cookie_jar))


async def test_what_the_issuer_is_asked(shop: Shop) -> None:
    begun = await shop.get("/auth/login?lang=nl_BE")
    asked = query_of(begun.headers["location"])
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"{shop.url}/auth/callback"
    assert asked["scope"].split()[0] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert asked["ui_locales"] == "nl-BE"
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    again = query_of((await shop.get("/auth/login")).headers["location"])
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & set(again.values())


async def test_the_cookie_of_a_login(shop: Shop) -> None:
    header = (await shop.get("/auth/login")).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(header.split("; "))
    assert "Secure" not in header
    ((name, morsel),) = SimpleCookie(header).items()
    assert name.startswith("login-")
    assert len(morsel.value) == 43


async def test_behind_tls_the_cookie_is_of_this_host_alone(shop: Shop) -> None:
    routes = shop.wire("https://shop.example")
    async with serving(Starlette(routes=routes.routes())) as port:
        response = await shop.get(f"http://127.0.0.1:{port}/auth/login")
    header = response.headers["set-cookie"]
    assert header.startswith("__Host-login-")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(header.split("; "))
    assert "Domain" not in header
    assert query_of(response.headers["location"])["redirect_uri"] == "https://shop.example/auth/callback"


async def test_a_session_is_never_kept_through_a_login(shop: Shop) -> None:
    """Fixation: an id that somebody planted in the browser is worth nothing afterwards."""
    shop.client.cookie_jar.update_cookies({"session_id": "planted"})
    new = await shop.log_in()
    assert new != "planted"
    assert shop.sessions.ended == ["planted"]
    newer = await shop.log_in()
    assert newer != new
    assert list(shop.sessions.open_now) == [newer]


async def test_another_browser_cannot_finish_a_login(shop: Shop) -> None:
    """Login CSRF: an attacker's answer, opened in the victim's browser, logs nobody in."""
    begun = await shop.get("/auth/login")
    there = await shop.get(begun.headers["location"])
    shop.client.cookie_jar.clear()
    done = await shop.get(there.headers["location"])
    assert query_of(done.headers["location"])["error"] == "LOGIN_UNKNOWN"
    assert not shop.sessions.open_now
    assert "set-cookie" not in done.headers


async def test_a_cookie_of_the_right_name_is_not_enough(shop: Shop) -> None:
    begun = await shop.get("/auth/login")
    there = await shop.get(begun.headers["location"])
    (name,) = SimpleCookie(begun.headers["set-cookie"])
    shop.client.cookie_jar.clear()
    shop.client.cookie_jar.update_cookies({name: "x" * 43})
    done = await shop.get(there.headers["location"])
    assert query_of(done.headers["location"])["error"] == "LOGIN_UNKNOWN"
    assert not shop.issuer.forms, "the code was not even shown to the issuer"


async def test_a_login_is_finished_once(shop: Shop) -> None:
    begun = await shop.get("/auth/login")
    cookies = {cookie.key: cookie.value for cookie in shop.client.cookie_jar}
    there = await shop.get(begun.headers["location"])
    back = there.headers["location"]
    await shop.get(back)
    shop.client.cookie_jar.update_cookies(cookies)
    again = await shop.get(back)
    assert query_of(again.headers["location"])["error"] == "LOGIN_UNKNOWN"
    assert len(shop.sessions.open_now) == 1
    assert len(shop.issuer.forms) == 1


async def test_several_logins_in_one_browser(shop: Shop) -> None:
    """Two tabs, finished the other way round."""
    first, second = await shop.get("/auth/login?return=/a"), await shop.get("/auth/login?return=/b")
    for begun, path in ((second, "/b"), (first, "/a")):
        there = await shop.get(begun.headers["location"])
        assert (await shop.get(there.headers["location"])).headers["location"] == path


async def test_a_login_ends_by_itself(shop: Shop) -> None:
    now = 0.0
    shop.values = MemoryValues(clock=lambda: now)
    shop.wire(shop.url)
    begun = await shop.login.begin(return_to="/")
    now = 601.0
    with pytest.raises(UnknownLoginError):
        await shop.login.finish({"state": query_of(begun.url)["state"], "code": "c"}, {begun.cookie: begun.secret})


WRONG: dict[str, Any] = {
    "another nonce": lambda claims: claims.update(nonce="x" * 43),
    "no nonce": lambda claims: claims.pop("nonce"),
    "a nonce of an odd kind": lambda claims: claims.update(nonce=["x"]),
    "another audience": lambda claims: claims.update(aud="other-client"),
    "several audiences, no azp": lambda claims: (claims.update(aud=[CLIENT, "other"]), claims.pop("azp")),
    "another azp": lambda claims: claims.update(azp="other-client"),
    "another issuer": lambda claims: claims.update(iss="https://other.example"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 100),
    "another at_hash": lambda claims: claims.update(at_hash="x" * 22),
    "another subject": lambda claims: claims.update(sub="bert"),
    "no subject": lambda claims: claims.pop("sub"),
    "a logout token": lambda claims: claims.update(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_id_token_that_is_refused(wrong: str, shop: Shop) -> None:
    shop.issuer.spoil = WRONG[wrong]
    done = await shop.follow("/auth/login?return=/account")
    assert query_of(done.headers["location"]) == {"error": "LOGIN_FAILED", "return": "/account"}
    assert urlsplit(done.headers["location"]).path == "/login"
    assert not shop.sessions.open_now


async def test_an_id_token_signed_by_a_stranger(shop: Shop) -> None:
    published = {"keys": [dict(key_of("RS256", "first").as_dict(private=False))]}
    shop.issuer.key_set = published
    assert query_of((await shop.follow("/auth/login")).headers["location"])["error"] == "LOGIN_FAILED"


async def test_the_issuer_says_no(shop: Shop) -> None:
    shop.issuer.denies = "access_denied"
    done = await shop.follow("/auth/login?return=/account")
    assert query_of(done.headers["location"]) == {"error": "LOGIN_DENIED", "return": "/account"}


async def test_the_issuer_is_away(shop: Shop) -> None:
    shop.issuer.away = True
    begun = await shop.get("/auth/login")
    assert query_of(begun.headers["location"])["error"] == "LOGIN_UNAVAILABLE"


async def test_an_answer_of_another_issuer(shop: Shop) -> None:
    """RFC 9207: two issuers cannot be mixed up."""
    begun = await shop.get("/auth/login")
    there = await shop.get(begun.headers["location"])
    mixed = there.headers["location"].replace("iss=http", "iss=https%3A%2F%2Fother.example%2F&x=http")
    assert query_of((await shop.get(mixed)).headers["location"])["error"] == "LOGIN_FAILED"
    assert not shop.issuer.forms


async def test_a_made_up_code(shop: Shop) -> None:
    begun = await shop.get("/auth/login")
    state = query_of(begun.headers["location"])["state"]
    done = await shop.get(f"/auth/callback?state={state}&code=made-up")
    assert query_of(done.headers["location"])["error"] == "LOGIN_FAILED"


async def test_nothing_can_be_kept(shop: Shop) -> None:
    """When logins underway fill the memory, no more are begun; nobody's is lost."""
    shop.values = MemoryValues(most=2)
    shop.wire(shop.url)
    for _ in range(2):
        await shop.login.begin(return_to="/")
    with pytest.raises(AwayLoginError):
        await shop.login.begin(return_to="/")


async def test_an_unknown_provider(shop: Shop) -> None:
    begun = await shop.get("/auth/login?provider=other")
    assert query_of(begun.headers["location"])["error"] == "LOGIN_UNKNOWN"


async def test_roles_change_with_a_refresh(shop: Shop) -> None:
    signed_in = shop.sessions.open_now[await shop.log_in()]
    shop.issuer.person["roles"] = ["guest", "shareholder"]
    now = await shop.login.refreshed(signed_in)
    assert now is not None
    assert now.claims.principal.roles == ("guest", "shareholder")
    assert (now.session, now.subject) == (signed_in.session, signed_in.subject)
    assert now.refresh_token != signed_in.refresh_token
    assert await shop.login.refreshed(signed_in) is None, "the old refresh token is used up"
    assert await shop.login.refreshed(now)


async def test_a_refresh_never_becomes_somebody_else(shop: Shop) -> None:
    signed_in = shop.sessions.open_now[await shop.log_in()]
    shop.issuer.person["sub"] = "bert"
    assert await shop.login.refreshed(signed_in) is None


async def test_a_refresh_while_the_issuer_is_away(shop: Shop) -> None:
    signed_in = shop.sessions.open_now[await shop.log_in()]
    shop.issuer.url, shop.issuer.lie = "http://127.0.0.1:9", {}
    shop.wire(shop.url)
    with pytest.raises(AwayLoginError):
        await shop.login.refreshed(signed_in)


async def test_logout_ends_both_sessions(shop: Shop) -> None:
    session_id = await shop.log_in()
    id_token = shop.sessions.open_now[session_id].id_token
    done = await shop.get("/auth/logout?return=/bye", **{"Sec-Fetch-Site": "same-origin"})
    assert done.status == 303
    assert done.headers["location"].startswith(f"{shop.issuer.url}/logout?")
    assert query_of(done.headers["location"]) == {
        "id_token_hint": id_token,
        "post_logout_redirect_uri": f"{shop.url}/bye",
        "client_id": CLIENT,
    }
    assert not shop.sessions.open_now
    assert "session_id" not in {cookie.key for cookie in shop.client.cookie_jar}


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        (ELSEWHERE, ELSEWHERE),
        (ELSEWHERE + "/more", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/thanks", "/thanks"),
    ],
)
async def test_where_a_logout_leads(asked: str, there: str, shop: Shop) -> None:
    done = await shop.logout.by_browser(None, asked)
    assert done == (there if there.startswith("https") else shop.url + there)


async def test_a_guest_logs_out(shop: Shop) -> None:
    shop.client.cookie_jar.update_cookies({"session_id": "undefined"})
    done = await shop.get("/auth/logout")
    assert done.headers["location"] == f"{shop.url}/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_another_site_logs_nobody_out(headers: dict[str, str], shop: Shop) -> None:
    await shop.log_in()
    done = await shop.get("/auth/logout", **headers)
    assert done.status == 403
    assert len(shop.sessions.open_now) == 1


async def test_the_issuer_ends_a_session(shop: Shop) -> None:
    first = await shop.log_in()
    shop.issuer.person["sid"] = "issuer-session-2"
    shop.client.cookie_jar.clear()
    second = await shop.log_in()
    assert await shop.post_logout(shop.issuer.logout_token(sid="issuer-session-1")) == (200, None)
    assert shop.sessions.ended == [first]
    assert await shop.post_logout(shop.issuer.logout_token(sid=None)) == (200, None)
    assert shop.sessions.ended == [first, second]


LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
BAD_LOGOUTS: dict[str, dict[str, Any]] = {
    "a nonce": {"nonce": "x"},
    "no event": {"events": None},
    "another event": {"events": {"http://example/other": {}}},
    "an event as a list": {"events": [LOGOUT_EVENT]},
    "nobody": {"sid": None, "sub": None},
    "no jti": {"jti": None},
    "an odd sid": {"sid": ["issuer-session-1"]},
    "another audience": {"aud": "other-client"},
    "the API's audience": {"aud": "shop-api"},
    "another issuer": {"iss": "https://other.example"},
    "old": {"iat": int(time.time()) - 400},
    "without a time": {"iat": None},
    "expired": {"exp": int(time.time()) - 100},
    "without an end": {"exp": None},
    "another kind": {"header": {"typ": "at+jwt"}},
    "unknown key": {"header": {"kid": "other"}},
}


@pytest.mark.parametrize("bad", BAD_LOGOUTS)
async def test_a_logout_token_that_is_refused(bad: str, shop: Shop) -> None:
    await shop.log_in()
    status, told = await shop.post_logout(shop.issuer.logout_token(**BAD_LOGOUTS[bad]))
    assert status == 400
    assert told["error"] == "invalid_request"
    assert told["error_description"] in {"The token is not valid.", "The token has expired."}
    assert len(shop.sessions.open_now) == 1


async def test_an_id_token_is_no_logout_token(shop: Shop) -> None:
    signed_in = shop.sessions.open_now[await shop.log_in()]
    assert (await shop.post_logout(signed_in.id_token))[0] == 400
    assert len(shop.sessions.open_now) == 1


async def test_a_logout_token_counts_once(shop: Shop) -> None:
    await shop.log_in()
    token = shop.issuer.logout_token(sid=None)
    assert (await shop.post_logout(token))[0] == 200
    await shop.log_in()
    assert (await shop.post_logout(token))[0] == 400
    assert len(shop.sessions.open_now) == 1
    many = shop.issuer.logout_token(sid=None)
    answers = await asyncio.gather(*(shop.post_logout(many) for _ in range(10)))
    assert sorted(status for status, _ in answers) == [200] + [400] * 9


async def test_a_logout_that_failed_may_be_sent_again(shop: Shop) -> None:
    await shop.log_in()
    token = shop.issuer.logout_token()
    shop.sessions.broken = True
    with pytest.raises(ConnectionError):
        await shop.logout.by_issuer(token)
    shop.sessions.broken = False
    assert await shop.logout.by_issuer(token) == 1


async def test_a_logout_that_cannot_be_remembered_is_not_believed(shop: Shop) -> None:
    class Away(MemoryValues):
        async def add(self, *_: Any) -> bool:
            raise ValuesAwayError

    await shop.log_in()
    shop.values = Away()
    shop.wire(shop.url)
    with pytest.raises(AwayLoginError):
        await shop.logout.by_issuer(shop.issuer.logout_token())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"logout_token=a&logout_token=b", "application/x-www-form-urlencoded"),
        (b"x" * 20_000, "application/x-www-form-urlencoded"),
        (b"logout_token=\xff", "application/x-www-form-urlencoded"),
        (b"&a=" * 50, "application/x-www-form-urlencoded"),
        (b'{"logout_token": "a"}', "application/json"),
    ],
    ids=str,
)
async def test_a_logout_that_is_no_form(body: bytes, kind: str, shop: Shop) -> None:
    url = f"{shop.url}/auth/backchannel-logout"
    async with shop.client.post(url, data=body, headers={"Content-Type": kind}) as response:
        assert response.status == 400
        assert response.headers["cache-control"] == "no-store"


async def test_two_logout_tokens_are_none(shop: Shop) -> None:
    await shop.log_in()
    tokens = [("logout_token", shop.issuer.logout_token()) for _ in range(2)]
    async with shop.client.post(f"{shop.url}/auth/backchannel-logout", data=tokens) as response:
        assert response.status == 400
    assert len(shop.sessions.open_now) == 1
