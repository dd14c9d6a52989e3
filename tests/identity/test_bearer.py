"""Access tokens: what is taken, and what is not."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from identity.bearer import Trusted, Verifier
from identity.bearer_claims import Claims, Principal
from identity.bearer_errors import ExpiredTokenError, InvalidTokenError, UnverifiableTokenError
from identity.bearer_parsing import bearer_of
from identity.issuers import ClaimPaths, Issuer, issuers_from
from identity.jwks import KeysAwayError, PublicKey
from tests.support.issuer import AUDIENCE, FixedKeys, OpenIdProvider, key_of

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> OpenIdProvider:
    """Only signs; nobody asks it anything."""
    found = OpenIdProvider()
    found.url = "https://login.example/realms/shop"
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: OpenIdProvider) -> FixedKeys:
    return FixedKeys(*issuer.keys)


@pytest.fixture
async def verifier(issuer: OpenIdProvider, keys: FixedKeys, clock: Clock) -> AsyncIterator[Verifier]:
    found = Verifier([Trusted(issuer.issuer(), keys)], clock=clock)
    yield found
    await found.close()


async def refused(verifier: Verifier, token: str) -> str:
    """The reason, which only the log tells."""
    with pytest.raises(InvalidTokenError) as caught:
        await verifier.bearer(token)
    assert str(caught.value) == "The token is not valid."
    assert caught.value.code == "INVALID_TOKEN"
    return caught.value.reason


async def test_a_good_token_tells_who(verifier: Verifier, issuer: OpenIdProvider) -> None:
    exp = int(time.time()) + 60
    token = issuer.token(
        exp=exp, roles=["price-1", "guest", "guest"], pricelist="3", company_id=1, locale="nl", act={"sub": "bo"}
    )
    claims = await verifier.bearer(token)
    assert claims == Claims(
        issuer=issuer.url,
        principal=Principal(
            subject="anna",
            roles=("guest", "price-1"),
            partner_id=41,
            pricelist_id=3,
            company_id=1,
            language="nl",
            actor="bo",
        ),
        expires=exp,
        issued=claims.issued,
        token_id=claims.token_id,
        session="issuer-session-1",
    )
    assert claims.issued == pytest.approx(time.time(), abs=60)
    assert claims.token_id is not None
    assert claims.payload["pricelist"] == "3"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_allowed_algorithm(algorithm: str, issuer: OpenIdProvider) -> None:
    key = key_of(algorithm, "k")
    verifier = Verifier([Trusted(issuer.issuer(), FixedKeys(key))])
    claims = await verifier.bearer(issuer.token(key, {"algorithm": algorithm}))
    assert claims.principal.subject == "anna"


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["opensearch", AUDIENCE]])
async def test_audience_may_be_a_text_or_a_list(audience: Any, verifier: Verifier, issuer: OpenIdProvider) -> None:
    assert await verifier.bearer(issuer.token(aud=audience))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_kinds_that_are_taken(kind: str, verifier: Verifier, issuer: OpenIdProvider) -> None:
    assert await verifier.bearer(issuer.token(header={"typ": kind}))


async def test_roles_are_found_where_the_mapping_says(issuer: OpenIdProvider, keys: FixedKeys) -> None:
    paths = ClaimPaths(
        roles=("realm_access", "roles"), partner_id=("https://shop.example/partner",), subject=("preferred_username",)
    )
    verifier = Verifier([Trusted(issuer.issuer(claims=paths), keys)])
    told: dict[str, Any] = {
        "realm_access": {"roles": ["shareholder"]},
        "preferred_username": "anna.p",
        "https://shop.example/partner": "77",
    }
    claims = await verifier.bearer(issuer.token(**told))
    assert claims.principal == Principal(subject="anna.p", roles=("shareholder",), partner_id=77)


async def test_a_mapping_that_finds_nothing_gives_no_roles(issuer: OpenIdProvider, keys: FixedKeys) -> None:
    verifier = Verifier([Trusted(issuer.issuer(claims=ClaimPaths(roles=("sub", "roles"))), keys)])
    assert (await verifier.bearer(issuer.token())).principal.roles == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"roles": {"admin": True}},
        {"roles": [["admin"]]},
        {"roles": [1]},
        {"roles": ["a\nb"]},
        {"roles": ["r"] * 513},
        {"partner_id": True},
        {"partner_id": 1.5},
        {"partner_id": -3},
        {"partner_id": "41 or 1=1"},
        {"partner_id": "٤١"},
        {"partner_id": [41]},
        {"partner_id": 2**40},
        {"pricelist": "gold"},
        {"sub": 7},
        {"sub": None},
        {"sub": ""},
        {"email": ["a@b"]},
        {"locale": {"lang": "nl"}},
    ],
    ids=repr,
)
async def test_claims_of_odd_kinds(odd: dict[str, Any], verifier: Verifier, issuer: OpenIdProvider) -> None:
    assert "claim of an odd kind" in (reason := await refused(verifier, issuer.token(**odd))) or "subject" in reason


@pytest.mark.parametrize("empty", [{"roles": ""}, {"partner_id": ""}, {"pricelist": []}, {"locale": ""}], ids=repr)
async def test_an_empty_claim_tells_nothing(empty: dict[str, Any], verifier: Verifier, issuer: OpenIdProvider) -> None:
    principal = (await verifier.bearer(issuer.token(**empty))).principal
    assert not getattr(principal, {"pricelist": "pricelist_id", "locale": "language"}.get(*empty, *empty))


async def test_expiry_with_the_leeway(verifier: Verifier, issuer: OpenIdProvider, clock: Clock) -> None:
    token = issuer.token(exp=int(clock.now) + 10)
    assert await verifier.bearer(token)
    clock.now += 35  # within the leeway of 30 s
    assert await verifier.bearer(token)
    clock.now += 10
    for _ in range(2):  # remembered, and not
        with pytest.raises(ExpiredTokenError) as caught:
            await verifier.bearer(token)
        assert (caught.value.code, str(caught.value)) == ("TOKEN_EXPIRED", "The token has expired.")


async def test_not_before_with_the_leeway(verifier: Verifier, issuer: OpenIdProvider, clock: Clock) -> None:
    assert await verifier.bearer(issuer.token(nbf=int(clock.now) + 20))
    token = issuer.token(nbf=int(clock.now) + 60, exp=int(clock.now) + 600)
    assert await refused(verifier, token) == "not yet valid"
    clock.now += 60
    assert await verifier.bearer(token)


async def test_a_verified_token_is_remembered(verifier: Verifier, issuer: OpenIdProvider) -> None:
    token = issuer.token()
    assert verifier.remembered(token) is None
    claims = await verifier.bearer(token)
    assert verifier.remembered(token) is claims
    assert verifier.remembered(token + "x") is None


async def test_a_remembered_token_goes_with_its_key(
    verifier: Verifier, issuer: OpenIdProvider, keys: FixedKeys
) -> None:
    token = issuer.token()
    await verifier.bearer(token)
    del keys.keys["first"]
    assert verifier.remembered(token) is None
    assert "unknown key" in await refused(verifier, token)


async def test_a_remembered_token_goes_when_its_key_changes(
    verifier: Verifier, issuer: OpenIdProvider, keys: FixedKeys
) -> None:
    token = issuer.token()
    await verifier.bearer(token)
    keys.keys = FixedKeys(key_of("RS256", "first")).keys
    assert await refused(verifier, token) == "wrong signature"


async def test_only_so_many_are_remembered(issuer: OpenIdProvider, keys: FixedKeys) -> None:
    verifier = Verifier([Trusted(issuer.issuer(), keys)], kept=3)
    tokens = [issuer.token() for _ in range(5)]
    for token in tokens:
        await verifier.bearer(token)
        await verifier.bearer(tokens[0]) if token is not tokens[0] else None  # in use: it stays
    assert [verifier.remembered(token) is not None for token in tokens] == [True, False, False, True, True]


async def test_a_remembered_token_costs_microseconds(verifier: Verifier, issuer: OpenIdProvider) -> None:
    token = issuer.token(roles=[f"price-{i}" for i in range(40)])
    await verifier.bearer(token)
    best = float("inf")
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(200):
            verifier.remembered(token)
        best = min(best, (time.perf_counter() - started) / 200)
    assert best < 50e-6, f"{best * 1e6:.1f} us"


async def test_two_issuers_are_kept_apart(issuer: OpenIdProvider, keys: FixedKeys) -> None:
    """Each by its own keys, algorithms and audience, though both call their key the same."""
    other = OpenIdProvider()
    other.url = "https://other.example"
    other.keys = [key_of("RS256", "first")]
    verifier = Verifier(
        [
            Trusted(issuer.issuer(), keys),
            Trusted(other.issuer(name="other", audience=("other-api",)), FixedKeys(*other.keys)),
        ]
    )
    assert (await verifier.bearer(issuer.token())).issuer == issuer.url
    assert (await verifier.bearer(other.token(aud="other-api"))).issuer == other.url
    assert await refused(verifier, other.token()) == "for somebody else"
    assert await refused(verifier, other.token(iss=issuer.url)) == "wrong signature"


async def test_nothing_is_known_while_the_issuer_was_never_reached(issuer: OpenIdProvider) -> None:
    class Away(FixedKeys):
        async def find(self, _: str) -> PublicKey:
            raise KeysAwayError

    verifier = Verifier([Trusted(issuer.issuer(), Away())])
    with pytest.raises(UnverifiableTokenError) as caught:
        await verifier.bearer(issuer.token())
    assert (caught.value.code, caught.value.status) == ("IDENTITY_UNAVAILABLE", 503)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("", None),
        ("Basic YTpi", None),
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", ""),
        ("Bearer a b", "a b"),
        ("Bearerabc", None),
    ],
)
def test_the_header(header: str | None, token: str | None) -> None:
    assert bearer_of(header) == token


def test_two_issuers_of_one_address_are_refused(issuer: OpenIdProvider, keys: FixedKeys) -> None:
    with pytest.raises(ValueError, match="same issuer"):
        Verifier([Trusted(issuer.issuer(), keys), Trusted(issuer.issuer(name="b"), keys)])


def test_issuers_are_read_from_json_without_telling_secrets() -> None:
    good = (
        '[{"name": "keycloak", "issuer": "https://login.example/realms/shop", "audience": ["shop-api"],'
        ' "required": {"typ": "Bearer"}, "claims": {"roles": ["realm_access", "roles"]},'
        ' "client": {"client_id": "shop", "client_secret": "hush-hush"}}]'
    )
    (found,) = issuers_from(good)
    assert found.claims.roles == ("realm_access", "roles")
    assert found.client is not None
    assert found.client.secret() == "hush-hush"
    assert "hush-hush" not in repr(found)
    with pytest.raises(ValueError, match="extra") as caught:
        issuers_from(good.replace('"client_id"', '"client-id"'))
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": ("HS256",)},
        {"algorithms": ("none",)},
        {"algorithms": ()},
        {"audience": ()},
        {"audience": ("shop",)},  # the client's own: ID tokens would pass
        {"issuer": "http://login.example"},
        {"issuer": "ftp://login.example"},
        {"jwks_url": "http://elsewhere.example/keys"},
        {"claims": {"roles": []}},
        {"leeway": 3600},
    ],
    ids=repr,
)
def test_settings_that_are_refused(wrong: dict[str, Any], issuer: OpenIdProvider) -> None:
    with pytest.raises(ValueError, match="validation error"):
        issuer.issuer(**wrong)


def test_settings_that_are_taken(issuer: OpenIdProvider) -> None:
    assert isinstance(issuer.issuer(audience=("shop",), required={"typ": "Bearer"}), Issuer)
    assert issuer.issuer(audience=("shop",), types=("at+jwt",))
    assert issuer.issuer(issuer="http://keycloak:8080/realms/shop", insecure=True)
    assert issuer.issuer(issuer="http://127.0.0.1:8080/realms/shop")
