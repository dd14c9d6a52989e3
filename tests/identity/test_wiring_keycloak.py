"""The whole application and a real Keycloak: in by the browser, seen, refreshed, and out again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest
from structlog.testing import capture_logs
from yarl import URL

from identity.bearer_parsing import parse
from tests.identity.test_wiring_tokens import bearer
from tests.identity.wired import MUTATION, Shop, session_cookie, shop
from tests.support.keycloak import Realm
from tests.support.login_shop import query_of
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(900)  # the first time it is fetched and configures itself


@pytest.fixture
async def wired(realm: Realm) -> AsyncIterator[Shop]:
    """Anna is the customer of the second profile."""
    async with shop(issuers=[realm.issuer()], local_cache_bytes=1 << 24) as found:
        await realm.serve_shop(found.url)
        user = await realm.at_realm("GET", f"/users/{await realm.user_id('anna')}")
        user["attributes"]["partner_id"] = [str(found.customer(2)[1])]
        await realm.at_realm("PUT", f"/users/{user['id']}", user)
        yield found


class Browser:
    """Anna's: it keeps cookies, and follows redirects one by one."""

    def __init__(self, client: aiohttp.ClientSession, wired: Shop) -> None:
        self._client = client
        self._wired = wired

    async def get(self, address: str) -> aiohttp.ClientResponse:
        url = address if address.startswith("http") else self._wired.url + address
        async with self._client.get(URL(url, encoded=True), allow_redirects=False) as response:
            await response.read()
            return response

    async def log_in(self, return_to: str = "/my-account") -> aiohttp.ClientResponse:
        begun = await self.get(f"/auth/login?return={return_to}")
        assert begun.status == 303
        page = await self.get(begun.headers["location"])
        if page.status == 200:
            action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', await page.text())
            assert action is not None
            form = {"username": "anna", "password": "anna-password", "credentialId": ""}
            async with self._client.post(unescape(action[1]), data=form, allow_redirects=False) as page:
                await page.read()
        assert page.status == 302, "neither asked for a password nor sent back"
        done = await self.get(page.headers["location"])
        assert done.headers["location"] == return_to, done.headers
        self._wired.cookie = done.cookies["session_id"].value
        return done


@pytest.fixture
async def browser(wired: Shop, realm: Realm) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False, treat_as_secure_origin=[realm.origin])
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        yield Browser(client, wired)


async def test_in_by_the_browser_and_seen(wired: Shop, browser: Browser) -> None:
    await wired.query(MUTATION)
    guest = wired.cookie
    done = await browser.log_in()
    cookie = done.cookies["session_id"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    viewer = await wired.viewer()
    assert (viewer["email"], viewer["isGuest"]) == ("vet2@customer.example", False)
    assert {"practice", "shareholder"} <= set(await wired.roles()), "by Odoo's word, and by Keycloak's"
    assert wired.cookie != guest
    assert (await wired.viewer(cookie=f"session_id={guest}"))["isGuest"]
    assert session_cookie(await wired.query(MUTATION)) is not None


async def test_a_token_asks(wired: Shop, realm: Realm) -> None:
    token = (await realm.tokens("anna"))["access_token"]
    viewer = await wired.viewer(**bearer(token))
    assert viewer["email"] == "vet2@customer.example"
    assert "shareholder" in {role["name"] for role in viewer["roles"]}
    id_token = (await realm.tokens("anna"))["id_token"]
    assert (await wired.query(MUTATION, **bearer(id_token))).codes == {"INVALID_TOKEN"}


async def test_a_role_changed_there_is_seen_after_a_refresh(wired: Shop, realm: Realm, browser: Browser) -> None:
    await browser.log_in()
    assert "shareholder" in await wired.roles()
    await realm.set_roles("anna", take=("shareholder",))
    try:
        assert "shareholder" in await wired.roles()
        await wired.identification.sessions.renew_facts()
        assert "shareholder" not in await wired.roles()
    finally:
        await realm.set_roles("anna", add=("shareholder",))
    # the refresh token that came with it is good too
    await wired.identification.sessions.renew_facts()
    assert "shareholder" in await wired.roles()


async def test_a_burst_of_requests_refreshes_once(wired: Shop, browser: Browser) -> None:
    """Keycloak takes each refresh token but once, and ends the session of whoever sends one twice."""
    await browser.log_in()
    for _ in range(3):
        await wired.identification.sessions.renew_facts()
        viewers = await asyncio.gather(*(wired.viewer() for _ in range(20)))
        assert not any(viewer["isGuest"] for viewer in viewers)


async def test_after_a_rotation_of_keys(wired: Shop, realm: Realm) -> None:
    before = (await realm.tokens("anna"))["access_token"]
    assert not (await wired.viewer(**bearer(before)))["isGuest"]
    await realm.add_keys("rsa-generated", 500)
    after = (await realm.tokens("anna"))["access_token"]
    assert parse(before, 8192).kid != parse(after, 8192).kid
    for token in (after, before):
        assert not (await wired.viewer(**bearer(token)))["isGuest"]


async def test_out_by_the_browser(wired: Shop, realm: Realm, browser: Browser) -> None:
    await browser.log_in()
    mine = wired.cookie
    there = await browser.get("/auth/logout?return=/bye")
    assert there.headers["location"].startswith(f"{realm.url}/protocol/openid-connect/logout?")
    assert query_of(there.headers["location"])["post_logout_redirect_uri"] == f"{wired.url}/bye"
    back = await browser.get(there.headers["location"])
    assert (back.status, back.headers["location"]) == (302, f"{wired.url}/bye")
    assert (await wired.viewer(cookie=f"session_id={mine}"))["isGuest"]
    page = await browser.get((await browser.get("/auth/login")).headers["location"])
    assert page.status == 200, "Keycloak asks for the password again"


async def is_guest(wired: Shop) -> bool:
    guest: bool = (await wired.viewer())["isGuest"]
    return guest


async def test_out_by_keycloak(wired: Shop, realm: Realm, browser: Browser) -> None:
    """Its back channel: whoever is logged out there is logged out here."""
    everywhere = f"/users/{await realm.user_id('anna')}/logout"
    await realm.at_realm("POST", everywhere)  # what other tests left
    await browser.log_in()
    assert not (await wired.viewer())["isGuest"]
    await realm.at_realm("POST", everywhere)
    await until(lambda: is_guest(wired), seconds=10)


async def test_out_by_keycloak_that_names_the_person_alone(wired: Shop, realm: Realm, browser: Browser) -> None:
    """Where the session is not required of it, its logout tokens have no ``sid``."""
    everywhere = f"/users/{await realm.user_id('anna')}/logout"
    await realm.at_realm("POST", everywhere)
    await realm.change_client("shop", attributes={"backchannel.logout.session.required": "false"})
    try:
        await browser.log_in()
        with capture_logs() as logs:
            await realm.at_realm("POST", everywhere)
            await until(lambda: is_guest(wired), seconds=10)
        assert [(one["by"], one["sessions"]) for one in logs if one["event"] == "logout.by_issuer"] == [("sub", 1)]
    finally:
        await realm.change_client("shop", attributes={"backchannel.logout.session.required": "true"})


async def test_who_was_removed_there_is_out_after_a_refresh(wired: Shop, realm: Realm, browser: Browser) -> None:
    await browser.log_in()
    await realm.change_client("shop", attributes={"backchannel.logout.url": "http://127.0.0.1:9/"})
    user = await realm.at_realm("GET", f"/users/{await realm.user_id('anna')}")
    await realm.at_realm("PUT", f"/users/{user['id']}", {**user, "enabled": False})
    try:
        assert not (await wired.viewer())["isGuest"]
        await wired.identification.sessions.renew_facts()
        assert (await wired.viewer())["isGuest"]
    finally:
        await realm.at_realm("PUT", f"/users/{user['id']}", {**user, "enabled": True})
