"""A guest's cart and a login by browser, over HTTP: the cart goes along, whole and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.cart.over_http import add, cart, quantities, variant_ids
from tests.identity.wired import Shop, shop
from tests.support.issuer import OpenIdProvider, provider


@pytest.fixture
async def issuer() -> AsyncIterator[OpenIdProvider]:
    async with provider() as found:
        yield found


@pytest.fixture
async def wired(issuer: OpenIdProvider) -> AsyncIterator[Shop]:
    """Whoever logs in by browser is the customer of the second profile."""
    values: dict[str, Any] = {"roles_file": None, "local_cache_bytes": 1 << 24, "reference_seconds": 600.0}
    async with shop(issuers=[issuer.issuer()], **values) as found:
        user_id, partner_id = found.customer(2)
        issuer.person = {**issuer.person, "partner_id": partner_id}
        assert user_id
        yield found


async def log_in(browser: Shop) -> None:
    """There, through the issuer, and back; the browser has the guest's cookie, if there is one."""
    jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        if browser.cookie is not None:
            jar.update_cookies({"session_id": browser.cookie}, URL(browser.url))
        url = f"{browser.url}/auth/login?return=/cart"
        for _ in range(2):
            async with client.get(URL(url, encoded=True), allow_redirects=False) as response:
                url = response.headers["location"]
        async with client.get(URL(url, encoded=True), allow_redirects=False) as response:
            assert (response.status, response.headers["location"]) == (303, "/cart")
            browser.cookie = response.cookies["session_id"].value


async def test_what_a_guest_has_goes_along(wired: Shop) -> None:
    first, second = await variant_ids(wired, 2)
    guests = await add(wired, (first, 2))
    guests_cookie = wired.cookie
    await log_in(wired)
    assert wired.cookie != guests_cookie
    theirs = await cart(wired)
    assert quantities(theirs) == {first: 2}
    assert theirs["id"] != guests["id"]
    assert quantities(await cart(wired)) == {first: 2}  # once
    # the session that it was filled in has ended
    assert (await cart(replace(wired, cookie=guests_cookie)))["lines"] == []

    # another device, whose cart goes into the same one
    phone = replace(wired, cookie=None)
    await add(phone, (first, 1), (second, 5))
    await log_in(phone)
    assert quantities(await cart(phone)) == {first: 3, second: 5}
    assert quantities(await cart(wired)) == {first: 3, second: 5}


async def test_the_same_customer_by_password_has_the_same_cart(wired: Shop) -> None:
    first, second = await variant_ids(wired, 2)
    await add(wired, (first, 2))
    await log_in(wired)
    by_password = replace(wired, cookie=None)
    await add(by_password, (second, 1))
    await by_password.log_in(2)
    theirs = await cart(wired)  # the first request about carts after the login
    assert quantities(theirs) == {first: 2, second: 1}
    assert (await cart(by_password))["id"] == theirs["id"]
    again = replace(wired, cookie=None)
    await log_in(again)  # a browser that never had a cart
    assert quantities(await cart(again)) == {first: 2, second: 1}
