"""Bearer tokens over HTTP: whom they make of a request, and attacks with them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from identity.bearer_signatures import REGISTRY
from identity.keys_directory import KeyDirectory
from resolvers.context import RequestContext
from tests.identity.wired import MUTATION, OPERATOR, VIEWER, Shop, session_cookie, shop
from tests.support.bff import Answer
from tests.support.issuer import OpenIdProvider, key_of, provider, sign

CACHED = "{ products(pageSize: 50) { products { id price } } }"


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[OpenIdProvider]:
    async with provider() as found:
        yield found


@pytest.fixture(scope="module")
async def wired(issuer: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    keys = tmp_path_factory.mktemp("keys")
    KeyDirectory(keys).rotate()
    async with shop(issuers=[issuer.issuer()], signing_keys_dir=keys, local_cache_bytes=1 << 24) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


class TestWho:
    async def test_the_contact_that_the_token_names(self, wired: Shop, issuer: OpenIdProvider) -> None:
        _, partner_id = wired.customer(1)
        token = issuer.token(partner_id=partner_id, roles=["nothing"])
        viewer = await wired.viewer(**bearer(token))
        assert (viewer["email"], viewer["isGuest"]) == ("vet1@customer.example", False)
        assert [role["name"] for role in viewer["roles"]] == ["practice", "price-prix-de-vente-brut-1"]
        assert viewer["pricelist"]["id"] == 2

    async def test_roles_of_the_token_come_on_top(self, wired: Shop, issuer: OpenIdProvider) -> None:
        _, partner_id = wired.customer(2)
        assert "shareholder" not in await wired.roles(**bearer(issuer.token(partner_id=partner_id, roles=[])))
        token = issuer.token(partner_id=partner_id, roles=["shareholder", "backoffice", "no such role"])
        found = await wired.roles(**bearer(token))
        assert {"shareholder", "practice"} <= set(found)
        assert "backoffice" not in found, "granted by a claim that the role does not name"

    async def test_a_verified_address_finds_the_account(self, wired: Shop, issuer: OpenIdProvider) -> None:
        told: dict[str, Any] = {"partner_id": None, "email": "VET3@customer.example"}
        found = await wired.viewer(**bearer(issuer.token(**told, email_verified=True)))
        assert (found["email"], found["isGuest"]) == ("vet3@customer.example", False)
        unverified = await wired.viewer(**bearer(issuer.token(**told, email_verified=False)))
        assert (unverified["email"], unverified["isGuest"]) == (None, False)

    async def test_whom_odoo_does_not_know_has_the_issuers_word(self, wired: Shop, issuer: OpenIdProvider) -> None:
        token = issuer.token(partner_id=999_999, name="Zoe", roles=["shareholder"], pricelist=3)
        viewer = await wired.viewer(**bearer(token))
        assert (viewer["name"], viewer["pricelist"]["id"]) == ("Zoe", 3)
        assert {role["name"] for role in viewer["roles"]} == {"practice", "shareholder"}

    async def test_closed_accounts_are_guests(self, wired: Shop, issuer: OpenIdProvider) -> None:
        user_id, partner_id = wired.customer(9)
        wired.double.write("res.users", [user_id], {"active": False})
        wired.double.write("res.partner", [partner_id], {"active": False})
        assert (await wired.viewer(**bearer(issuer.token(partner_id=partner_id))))["isGuest"]
        by_address = issuer.token(partner_id=None, email="vet9@customer.example", email_verified=True)
        assert (await wired.viewer(**bearer(by_address)))["isGuest"]

    async def test_the_token_counts_before_the_cookie(self, wired: Shop, issuer: OpenIdProvider) -> None:
        await wired.log_in(4)
        _, partner_id = wired.customer(5)
        viewer = await wired.viewer(**bearer(issuer.token(partner_id=partner_id)))
        assert viewer["email"] == "vet5@customer.example"
        answer = await wired.query(MUTATION, **bearer(issuer.token(partner_id=partner_id)))
        assert session_cookie(answer) is None
        wired.cookie = None

    async def test_operators_are_told_first(self, wired: Shop) -> None:
        answer = await wired.query("mutation { invalidateCache { tags } }", **bearer(OPERATOR))
        assert answer.data["invalidateCache"]["tags"]

    async def test_who_is_remembered_costs_nothing(self, wired: Shop, issuer: OpenIdProvider) -> None:
        _, partner_id = wired.customer(1)
        headers = {b"authorization": f"Bearer {issuer.token(partner_id=partner_id)}".encode()}
        callers = wired.identification.callers
        assert callers.at_hand(headers) is None
        await callers.of(headers)
        asked, keys = wired.asked(), issuer.asked["jwks"]
        identity = callers.at_hand(headers)
        assert identity is not None
        assert identity.email == "vet1@customer.example"
        assert (wired.asked(), issuer.asked["jwks"]) == (asked, keys)
        # another token of the same customer: Odoo need not be asked either
        other = {b"authorization": f"Bearer {issuer.token(partner_id=partner_id)}".encode()}
        assert (await callers.of(other)).identity == identity
        assert wired.asked() == asked


def swapped(token: str, **changes: Any) -> str:
    """The token with other claims and its old signature."""
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = encoded({**claims, **changes})
    return f"{head}.{changed}.{signature}"


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "=="))
    return found


def unsigned(issuer: OpenIdProvider) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': issuer.keys[0].kid})}.{encoded(issuer.claims())}."


def signed_with_the_public_key(issuer: OpenIdProvider) -> str:
    """HS256, the shared secret being what everybody can read."""
    public = issuer.keys[0].as_pem(private=False)
    head = {"alg": "HS256", "typ": "JWT", "kid": issuer.keys[0].kid}
    message = f"{encoded(head)}.{encoded(issuer.claims())}"
    signature = base64.urlsafe_b64encode(hmac.new(public, message.encode(), hashlib.sha256).digest()).rstrip(b"=")
    return f"{message}.{signature.decode()}"


NOW = time.time
ATTACKS: dict[str, tuple[Callable[[OpenIdProvider], str], str]] = {
    "alg none": (unsigned, "INVALID_TOKEN"),
    "HS256 with the public key": (signed_with_the_public_key, "INVALID_TOKEN"),
    "another audience": (lambda one: one.token(aud="another-api"), "INVALID_TOKEN"),
    "no audience": (lambda one: one.token(aud=None), "INVALID_TOKEN"),
    "another issuer": (lambda one: one.token(iss="https://evil.example"), "INVALID_TOKEN"),
    "expired": (lambda one: one.token(exp=int(NOW()) - 60), "TOKEN_EXPIRED"),
    "no end": (lambda one: one.token(exp=None), "INVALID_TOKEN"),
    "not yet valid": (lambda one: one.token(nbf=int(NOW()) + 600), "INVALID_TOKEN"),
    "unknown kid": (lambda one: one.token(key_of("RS256", "unknown")), "INVALID_TOKEN"),
    "another key under a known kid": (lambda one: one.token(key_of("RS256", one.keys[0].kid or "")), "INVALID_TOKEN"),
    "tampered": (lambda one: swapped(one.token(), roles=["shareholder"]), "INVALID_TOKEN"),
    "cut off": (lambda one: one.token()[:-4], "INVALID_TOKEN"),
    "a logout token": (lambda one: one.logout_token(), "INVALID_TOKEN"),
    "no token": (lambda _: "x", "INVALID_TOKEN"),
    "nothing": (lambda _: "", "INVALID_TOKEN"),
    "too long": (lambda _: "a." * 10_000, "INVALID_TOKEN"),
    "not ASCII": (lambda one: one.token()[:-1] + "é", "INVALID_TOKEN"),
}


def refused(answer: Answer, code: str) -> None:
    assert answer.status == 401
    assert answer.codes == {code}
    assert "data" not in answer.body
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("text", [VIEWER, CACHED, MUTATION], ids=["private", "kept", "mutation"])
async def test_bad_tokens_are_refused(wired: Shop, issuer: OpenIdProvider, attack: str, text: str) -> None:
    """Never a guest instead, not even with a good session beside, nor from what is kept for guests."""
    make, code = ATTACKS[attack]
    await wired.query(CACHED)  # the answer for guests is there
    refused(await wired.query(text, **bearer(make(issuer))), code)


async def test_bad_tokens_are_refused_beside_a_good_session(wired: Shop, issuer: OpenIdProvider) -> None:
    await wired.log_in(6)
    refused(await wired.query(VIEWER, **bearer(issuer.token(aud="x"))), "INVALID_TOKEN")
    wired.cookie = None


async def test_by_get_too(wired: Shop) -> None:
    answer = await wired.send("GET", "/graphql", params={"query": CACHED}, headers=bearer("x"))
    refused(answer, "INVALID_TOKEN")


async def test_a_good_token_is_taken_after_all_that(wired: Shop, issuer: OpenIdProvider) -> None:
    _, partner_id = wired.customer(1)
    assert not (await wired.viewer(**bearer(issuer.token(partner_id=partner_id))))["isGuest"]


async def test_while_the_issuer_is_away_nobody_is_taken_for_a_guest() -> None:
    async with provider() as away:
        away.away = True
        async with shop(issuers=[away.issuer()]) as wired:
            answer = await wired.query(VIEWER, **bearer(away.token()))
            assert (answer.status, answer.codes) == (503, {"IDENTITY_UNAVAILABLE"})


class TestOwnTokens:
    async def signed(self, wired: Shop, place: int) -> str:
        """What the shop signs for a customer who is logged in."""
        await wired.log_in(place)
        session = await wired.identification.sessions.find(wired.cookie)
        assert session is not None
        context = RequestContext(wired.app.state.services, identity=session.identity, session=session)
        made = wired.identification.sign_ins.access_token(context)
        wired.cookie = None
        assert made is not None
        assert made[1] == 300
        return made[0]

    async def test_they_say_who_one_is(self, wired: Shop) -> None:
        token = await self.signed(wired, 7)
        viewer = await wired.viewer(**bearer(token))
        assert (viewer["email"], viewer["isGuest"]) == ("vet7@customer.example", False)
        assert "practice" in {role["name"] for role in viewer["roles"]}

    async def test_others_can_verify_them(self, wired: Shop) -> None:
        token = await self.signed(wired, 7)
        answer = await wired.get("/.well-known/jwks.json")
        assert answer.headers["cache-control"].startswith("public")
        keys = KeySet.import_key_set(answer.body)
        claims = jwt.decode(token, keys, algorithms=["EdDSA"], registry=REGISTRY).claims
        assert (claims["iss"], claims["aud"]) == (wired.url, ["headless-odoo"])
        assert claims["partner_id"] == wired.customer(7)[1]
        assert "practice" in claims["roles"]
        assert claims["exp"] - claims["iat"] == 300
        assert not any("d" in one for one in answer.body["keys"])

    async def test_tampered_ones_are_refused(self, wired: Shop) -> None:
        token = await self.signed(wired, 7)
        refused(await wired.query(VIEWER, **bearer(swapped(token, partner_id=wired.customer(8)[1]))), "INVALID_TOKEN")

    async def test_another_s_key_does_not_sign_them(self, wired: Shop, issuer: OpenIdProvider) -> None:
        claims = issuer.claims(iss=wired.url, aud="headless-odoo", partner_id=wired.customer(8)[1])
        forged = sign(issuer.keys[0], json.dumps(claims).encode(), typ="at+jwt")
        refused(await wired.query(VIEWER, **bearer(forged)), "INVALID_TOKEN")

    async def test_guests_get_none(self, wired: Shop) -> None:
        assert wired.identification.sign_ins.access_token(RequestContext(wired.app.state.services)) is None


async def test_keys_rotate_without_a_restart(tmp_path: Path) -> None:
    """By the command line, while the shop runs: what the old key signed is taken until its end."""
    keys = tmp_path / "keys"
    assert rotate(keys).returncode == 0
    async with shop(signing_keys_dir=keys, local_cache_bytes=1 << 24) as wired:
        tokens = [await TestOwnTokens().signed(wired, 1)]
        assert rotate(keys).returncode == 0
        await asyncio.sleep(5.1)  # folders are looked at every few seconds
        tokens.append(await TestOwnTokens().signed(wired, 1))
        assert len({header_of(one)["kid"] for one in tokens}) == 2
        assert len((await wired.get("/.well-known/jwks.json")).body["keys"]) == 2
        for token in tokens:
            assert not (await wired.viewer(**bearer(token)))["isGuest"]


def rotate(keys: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from server.cli import main; main()", "keys", "rotate", "--dir", str(keys)],
        capture_output=True,
        text=True,
        check=False,
    )
