"""On a real Keycloak: logins, roles, keys and logouts as they are, not as we think they are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from identity.bearer import Trusted, Verifier
from identity.bearer_claims import Principal
from identity.bearer_errors import InvalidTokenError
from identity.bearer_parsing import parse
from identity.issuers import Client
from identity.issuers_discovery import Discovery
from identity.jwks import KeyLimits, RemoteKeys
from identity.oidc_grants import authorization_url, exchange, secret
from identity.oidc_http import Http
from identity.oidc_sessions import SignedIn
from tests.support.keycloak import Keycloak, Realm, new_realm
from tests.support.login_shop import LoginShop, query_of, served

pytestmark = pytest.mark.timeout(900)  # the first time it is fetched and configures itself

#: keys are looked at again as soon as somebody asks
EAGER = KeyLimits(fresh=0.0, retry=0.0, unknown=0.01, burst=100)


@pytest.fixture
async def verifier(realm: Realm) -> AsyncIterator[Verifier]:
    http = Http(seconds=20.0)
    issuer = realm.issuer()
    found = Verifier([Trusted(issuer, RemoteKeys(issuer, http, Discovery(issuer, http), limits=EAGER))])
    yield found
    await found.close()
    await http.close()


class Shop(LoginShop):
    """A shop, and a person at its browser."""

    def __init__(self, realm: Realm) -> None:
        super().__init__(realm.issuer, EAGER)
        self.realm = realm

    async def at_keycloak(self, address: str, user: str, password: str) -> aiohttp.ClientResponse:
        """Fill in the form that is found there, and send it."""
        page = await self.get(address)
        assert page.status == 200, page.headers
        text = await page.text()
        action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', text)
        assert action is not None, text[:2000]
        form = {"username": user, "password": password, "credentialId": ""}
        async with self.client.post(unescape(action[1]), data=form, allow_redirects=False) as response:
            await response.read()
            return response

    async def log_in(self, user: str, return_to: str = "/my-account") -> SignedIn:
        begun = await self.get(f"/auth/login?return={return_to}")
        assert begun.status == 303
        back = await self.at_keycloak(begun.headers["location"], user, f"{user}-password")
        assert back.status == 302, await back.text()
        done = await self.get(back.headers["location"])
        assert done.headers["location"] == return_to
        return self.sessions.open_now[done.cookies["session_id"].value]


@pytest.fixture
async def shop(realm: Realm) -> AsyncIterator[Shop]:
    found = Shop(realm)
    async with served(found, realm.origin):
        await realm.serve_shop(found.url)
        yield found


ANNA = Principal(
    subject="",
    roles=("guest", "price-gross-1", "shareholder"),
    partner_id=41,
    pricelist_id=3,
    company_id=1,
    language="nl",
    email="anna@clinic.example",
    email_verified=True,
    name="Anna Peeters",
)


def without_subject(principal: Principal) -> Principal:
    """Keycloak makes the subject up."""
    assert len(principal.subject) == 36
    return Principal(**{name: getattr(principal, name) for name in Principal.__slots__} | {"subject": ""})


async def test_a_bearer_token_tells_who(verifier: Verifier, realm: Realm) -> None:
    tokens = await realm.tokens("anna")
    claims = await verifier.bearer(tokens["access_token"])
    assert without_subject(claims.principal) == ANNA
    assert claims.issuer == realm.url
    assert claims.session


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
async def test_its_other_tokens_are_no_access_tokens(kind: str, verifier: Verifier, realm: Realm) -> None:
    tokens = await realm.tokens("anna")
    with pytest.raises(InvalidTokenError):
        await verifier.bearer(tokens[kind])


async def test_a_token_for_the_administrator_is_a_stranger_s(
    verifier: Verifier, realm: Realm, keycloak: Keycloak
) -> None:
    """The same server and another realm."""
    async with new_realm(keycloak) as other:
        tokens = await other.tokens("anna")
        with pytest.raises(InvalidTokenError) as caught:
            await verifier.bearer(tokens["access_token"])
    assert "not trusted" in caught.value.reason


async def test_a_changed_role_is_seen_after_a_refresh(verifier: Verifier, realm: Realm) -> None:
    tokens = await realm.tokens("bert")
    assert (await verifier.bearer(tokens["access_token"])).principal.roles == ("guest", "price-gross-2")
    await realm.set_roles("bert", add=("shareholder",), take=("price-gross-2",))
    again = await realm.tokens("bert", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (await verifier.bearer(again["access_token"])).principal.roles == ("guest", "shareholder")
    await realm.set_roles("bert", add=("price-gross-2",), take=("shareholder",))


async def test_login_by_browser(shop: Shop) -> None:
    signed_in = await shop.log_in("anna", "/my-account?tab=orders")
    assert without_subject(signed_in.claims.principal) == ANNA
    assert signed_in.issuer == shop.realm.url
    assert signed_in.session
    assert signed_in.refresh_token


async def test_a_wrong_password_opens_nothing(shop: Shop) -> None:
    begun = await shop.get("/auth/login")
    again = await shop.at_keycloak(begun.headers["location"], "anna", "wrong")
    assert again.status == 200
    assert "kc-form-login" in await again.text()
    assert not shop.sessions.open_now


async def test_whoever_is_logged_in_there_needs_no_password_here(shop: Shop) -> None:
    first = await shop.log_in("anna")
    begun = await shop.get("/auth/login")
    back = await shop.get(begun.headers["location"])
    assert (await shop.get(back.headers["location"])).status == 303
    (second,) = shop.sessions.open_now.values()
    assert (second.session, second.subject) == (first.session, first.subject)


async def test_keycloak_insists_on_pkce(shop: Shop) -> None:
    """That the realm asks for what we do anyway: a login without it is sent back."""
    begun = await shop.get("/auth/login")
    without = re.sub(r"&code_challenge(_method)?=[^&]*", "", begun.headers["location"])
    back = await shop.get(without)
    assert back.status == 302
    done = await shop.get(back.headers["location"])
    assert query_of(done.headers["location"])["error"] == "LOGIN_DENIED"


async def test_a_session_s_roles_change_with_its_refresh(shop: Shop) -> None:
    signed_in = await shop.log_in("bert")
    await shop.realm.set_roles("bert", add=("shareholder",))
    now = await shop.login.refreshed(signed_in)
    assert now is not None
    assert now.claims.principal.roles == ("guest", "price-gross-2", "shareholder")
    await shop.realm.set_roles("bert", take=("shareholder",))
    later = await shop.login.refreshed(now)
    assert later is not None
    assert later.claims.principal.roles == ("guest", "price-gross-2")
    assert later.session == signed_in.session


async def test_a_user_who_is_locked_out_is_refreshed_no_more(shop: Shop) -> None:
    signed_in = await shop.log_in("bert")
    path = f"/users/{await shop.realm.user_id('bert')}"
    await shop.realm.at_realm("PUT", path, {"enabled": False})
    try:
        assert await shop.login.refreshed(signed_in) is None
    finally:
        await shop.realm.at_realm("PUT", path, {"enabled": True})


async def test_keys_are_rotated_under_way(verifier: Verifier, realm: Realm) -> None:
    old = (await realm.tokens("anna"))["access_token"]
    assert await verifier.bearer(old)
    provider = await realm.add_keys("rsa-generated", 500)
    new = (await realm.tokens("anna"))["access_token"]
    assert parse(new, 9000).kid != parse(old, 9000).kid
    assert await verifier.bearer(new)
    assert await verifier.bearer(old)
    await realm.at_realm("DELETE", f"/components/{provider}")
    last = (await realm.tokens("anna"))["access_token"]
    assert await verifier.bearer(last)
    for _ in range(200):  # the withdrawn key is noticed by what is asked of the others
        if verifier.remembered(new) is None:
            break
        await asyncio.sleep(0.05)
    with pytest.raises(InvalidTokenError):
        await verifier.bearer(new)
    assert await verifier.bearer(last)


@pytest.mark.parametrize(
    ("algorithm", "provider", "config"),
    [
        ("PS256", "rsa-generated", {"algorithm": "PS256"}),
        ("ES256", "ecdsa-generated", {"ecdsaEllipticCurveKey": "P-256"}),
        ("EdDSA", "eddsa-generated", {"eddsaEllipticCurveKey": "Ed25519"}),
    ],
)
async def test_other_algorithms(algorithm: str, provider: str, config: dict[str, str], shop: Shop) -> None:
    """The whole login: ID token, its at_hash, and access token are all signed so."""
    names = ("access.token.signed.response.alg", "id.token.signed.response.alg")
    added = await shop.realm.add_keys(provider, 50, **config)
    await shop.realm.change_client("shop", attributes=dict.fromkeys(names, algorithm))
    try:
        signed_in = await shop.log_in("anna")
        assert parse(signed_in.id_token, 9000).algorithm == algorithm
        access = (await shop.realm.tokens("anna"))["access_token"]
        assert parse(access, 9000).algorithm == algorithm
        assert (await shop.verifier.bearer(access)).principal.partner_id == 41
    finally:
        await shop.realm.change_client("shop", attributes=dict.fromkeys(names, "RS256"))
        await shop.realm.at_realm("DELETE", f"/components/{added}")


async def test_logout_ends_keycloak_s_session_too(shop: Shop) -> None:
    signed_in = await shop.log_in("anna", "/")
    gone = await shop.get("/auth/logout?return=/bye")
    assert urlsplit(gone.headers["location"]).path == f"/realms/{shop.realm.name}/protocol/openid-connect/logout"
    back = await shop.get(gone.headers["location"])
    assert back.status == 302, await back.text()
    assert back.headers["location"].split("?")[0] == f"{shop.url}/bye"
    assert not shop.sessions.open_now
    assert await shop.login.refreshed(signed_in) is None
    begun = await shop.get("/auth/login")
    assert (await shop.get(begun.headers["location"])).status == 200, "it asks for the password again"


async def test_keycloak_ends_the_shop_s_session(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator logs somebody out; Keycloak tells the shop by the back channel."""
    told: list[str] = []
    by_issuer = shop.logout.by_issuer

    async def listen(token: str) -> int:
        told.append(token)
        return await by_issuer(token)

    monkeypatch.setattr(shop.logout, "by_issuer", listen)  # to see what Keycloak really sends
    everywhere = f"/users/{await shop.realm.user_id('anna')}/logout"
    await shop.realm.at_realm("POST", everywhere)  # what other tests left
    await shop.log_in("anna")
    told.clear()
    await shop.realm.at_realm("POST", everywhere)
    for _ in range(200):
        if not shop.sessions.open_now:
            break
        await asyncio.sleep(0.05)
    assert not shop.sessions.open_now
    (token,) = told
    assert (await shop.post_logout(token))[0] == 400, "it counts once"
    with pytest.raises(InvalidTokenError):
        await shop.verifier.bearer(token)


async def test_a_session_that_keycloak_did_not_tell_of_ends_at_its_refresh(shop: Shop, realm: Realm) -> None:
    """Of somebody who is logged out everywhere, Keycloak (26.4) tells one session alone, whichever it is."""
    there = await shop.log_in("bert")
    shop.client.cookie_jar.clear()
    signed_in = await shop.log_in("bert")
    assert there.session != signed_in.session
    await realm.at_realm("POST", f"/users/{await realm.user_id('bert')}/logout")
    assert await shop.login.refreshed(there) is None
    assert await shop.login.refreshed(signed_in) is None


async def test_a_logout_in_one_browser_leaves_the_other(shop: Shop, realm: Realm) -> None:
    other = Shop(realm)
    async with served(other, realm.origin):
        await realm.change_client("shop", redirectUris=[f"{shop.url}/auth/callback", f"{other.url}/auth/callback"])
        signed_in = await shop.log_in("anna")
        there = await other.log_in("anna")
        assert there.session != signed_in.session
        await realm.at_realm("DELETE", f"/sessions/{signed_in.session}")
        assert await shop.login.refreshed(signed_in) is None
        assert await other.login.refreshed(there)


async def test_a_page_that_keeps_its_token_itself(shop: Shop, realm: Realm) -> None:
    """A public client with PKCE; its access token is taken as any other."""
    await realm.change_client("shop-spa", redirectUris=[f"{shop.url}/spa"])
    client = Client(client_id="shop-spa", auth_method="none", scopes=("openid",))
    code_verifier = secret(64)
    told: dict[str, Any] = {"redirect_uri": f"{shop.url}/spa"}
    url = authorization_url(
        f"{realm.url}/protocol/openid-connect/auth",
        client,
        state="s",
        nonce="n",
        verifier=code_verifier,
        language=None,
        **told,
    )
    back = await shop.at_keycloak(url, "bert", "bert-password")
    code = query_of(back.headers["location"])["code"]
    tokens = await exchange(shop.http, realm.token_url, client, code=code, verifier=code_verifier, **told)
    claims = await shop.verifier.bearer(tokens.access_token)
    assert (claims.principal.partner_id, claims.principal.roles) == (42, ("guest", "price-gross-2"))
