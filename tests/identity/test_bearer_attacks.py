"""Tokens as an attacker makes them: none is taken, and none makes us ask, crash or tell anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey, RSAKey

from identity.bearer import Trusted, Verifier
from identity.bearer_errors import InvalidTokenError, TokenError
from identity.jwks import read_keys
from tests.support.issuer import FixedKeys, OpenIdProvider, key_of, sign

ISSUER = OpenIdProvider()
ISSUER.url = "https://login.example/realms/shop"
KEY = ISSUER.keys[0]
STRANGER = key_of("RS256", "first")  # the same id, another key


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def part(value: Any) -> str:
    return b64(json.dumps(value).encode())


def parts(token: str) -> list[str]:
    return token.split(".")


def hmac_signed(secret: bytes, algorithm: str = "HS256") -> str:
    body = f"{part({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{part(ISSUER.claims())}"
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    return f"{body}.{b64(hmac.new(secret, body.encode(), digest).digest())}"


def unsigned(algorithm: str, signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{part(ISSUER.claims())}.{signature}"


def tampered(**changes: Any) -> str:
    header, _, signature = parts(ISSUER.token())
    return f"{header}.{part(ISSUER.claims(**changes))}.{signature}"


def raw(payload: bytes, **header: Any) -> str:
    """Bytes of any kind, properly signed: what an issuer gone mad would send."""
    return sign(KEY, payload, **header)


def twice(name: str, value: Any) -> str:
    """A payload with a member that is there twice."""
    whole = json.dumps(ISSUER.claims())
    return raw(f"{whole[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}".encode())


def encrypted() -> str:
    """To our public key, as if it were meant for encryption."""
    key = RSAKey.import_key({name: value for name, value in KEY.as_dict(private=False).items() if name != "use"})
    protected = {"alg": "RSA-OAEP", "enc": "A128GCM", "kid": "first", "typ": "JWT"}
    return str(jwe.encrypt_compact(protected, json.dumps(ISSUER.claims()), key, algorithms=["RSA-OAEP", "A128GCM"]))


def other_bits() -> str:
    header, payload, signature = parts(ISSUER.token())
    flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
    flipped[10] ^= 1
    return f"{header}.{payload}.{b64(bytes(flipped))}"


def with_own_key(**header: Any) -> str:
    """Signed by a stranger, whose key the token brings along."""
    return ISSUER.token(STRANGER, header)


PEM = KEY.as_pem(private=False)
N = str(dict(KEY.as_dict(private=False))["n"])
#: when the tests were collected: long ago, when a whole suite runs
NOW = int(time.time())
LOGOUT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}

ATTACKS: dict[str, Callable[[], str]] = {
    **{f"unsigned: {name!r}": partial(unsigned, name) for name in ("none", "None", "NONE", "nOnE", "")},
    "none, with a signature": lambda: unsigned("none", b64(b"signed")),
    "none, with that of another token": lambda: unsigned("none", parts(ISSUER.token())[2]),
    "no signature": lambda: ".".join([*parts(ISSUER.token())[:2], ""]),
    "no third part": lambda: ".".join(parts(ISSUER.token())[:2]),
    **{
        f"{name} with the public key as {form}": partial(hmac_signed, secret, name)
        for name in ("HS256", "HS384", "HS512")
        for form, secret in {
            "PEM": PEM,
            "PEM, stripped": PEM.strip(),
            "JWK": json.dumps(dict(KEY.as_dict(private=False))).encode(),
            "modulus": base64.urlsafe_b64decode(N + "=="),
            "nothing": b"",
        }.items()
    },
    "signed by a stranger": lambda: ISSUER.token(STRANGER),
    "another signature": other_bits,
    "tampered: roles": lambda: tampered(roles=["admin"]),
    "tampered: end": lambda: tampered(exp=NOW + 10**6),
    "tampered: header": lambda: (
        f"{part({'alg': 'RS256', 'kid': 'first', 'typ': 'at+jwt'})}." + ".".join(parts(ISSUER.token())[1:])
    ),
    "parts of two tokens": lambda: ".".join([*parts(ISSUER.token())[:2], parts(ISSUER.token(sub="bert"))[2]]),
    "signed with an algorithm of the key's kind that is not allowed": lambda: ISSUER.token(
        header={"algorithm": "RS512"}
    ),
    "an algorithm of another kind of key": lambda: (
        f"{part({'alg': 'ES256', 'kid': 'first', 'typ': 'JWT'})}." + ".".join(parts(ISSUER.token())[1:])
    ),
    "ES256, the signature all zero": lambda: unsigned("ES256", b64(bytes(64))),
    "EdDSA, the signature all zero": lambda: unsigned("EdDSA", b64(bytes(64))),
    "RS256, the signature all zero": lambda: unsigned("RS256", b64(bytes(256))),
    "another audience": lambda: ISSUER.token(aud="other-api"),
    "no audience": lambda: ISSUER.token(aud=None),
    "an audience that is no list": lambda: ISSUER.token(aud={"shop-api": True}),
    "an audience of odd things": lambda: ISSUER.token(aud=["shop-api", 1]),
    "an audience that begins alike": lambda: ISSUER.token(aud="shop-api-2"),
    "another issuer": lambda: ISSUER.token(iss="https://login.example/realms/other"),
    "an issuer but for a slash": lambda: ISSUER.token(iss=ISSUER.url + "/"),
    "an issuer but for the case": lambda: ISSUER.token(iss=ISSUER.url.upper()),
    "a list of issuers": lambda: ISSUER.token(iss=[ISSUER.url]),
    "no issuer": lambda: ISSUER.token(iss=None),
    "not yet valid": lambda: ISSUER.token(nbf=int(time.time()) + 600),
    "issued in the future": lambda: ISSUER.token(iat=int(time.time()) + 600),
    "no end": lambda: ISSUER.token(exp=None),
    "an end as a text": lambda: ISSUER.token(exp=str(int(time.time()) + 60)),
    "an end that is true": lambda: ISSUER.token(exp=True),
    "an end that is a list": lambda: ISSUER.token(exp=[int(time.time()) + 60]),
    "an end beyond all numbers": lambda: ISSUER.token(exp=10**300),
    "an end that is infinite": lambda: raw(json.dumps(ISSUER.claims(exp=float("inf"))).encode()),
    "an end that is no number": lambda: raw(json.dumps(ISSUER.claims(exp=float("nan"))).encode()),
    "an end of 1e999": lambda: raw(json.dumps(ISSUER.claims()).encode().replace(b'"exp": ', b'"exp": 1e999, "x": ')),
    "a beginning as a text": lambda: ISSUER.token(nbf="0"),
    "a claim twice": lambda: twice("roles", ["admin"]),
    "an issuer twice": lambda: twice("iss", ISSUER.url),
    "a payload that is a list": lambda: raw(b'["iss"]'),
    "a payload that is a text": lambda: raw(b'"iss"'),
    "a payload that is no JSON": lambda: raw(b"iss"),
    "a payload that is no UTF-8": lambda: raw(b'{"iss": "\xff"}'),
    "a payload that is deep": lambda: raw(b'{"a":' * 1000 + b"1" + b"}" * 1000),
    "a number of 5000 digits": lambda: raw(b'{"exp": ' + b"9" * 5000 + b"}"),
    "an unknown key": lambda: ISSUER.token(header={"kid": "nobody's"}),
    "no key id": lambda: ISSUER.token(header={"kid": None}),
    "an empty key id": lambda: unsigned("RS256", "AAAA").replace(
        part({"alg": "RS256", "kid": "first", "typ": "JWT"}), part({"alg": "RS256", "kid": "", "typ": "JWT"})
    ),
    **{
        f"key id {kid!r}": partial(ISSUER.token, STRANGER, {"kid": kid})
        for kid in (
            "../../../../etc/passwd",
            "/dev/null",
            "first' OR '1'='1",
            "first\x00",
            "first/../first",
            "file:///etc/passwd",
            "http://127.0.0.1/key",
            "x" * 300,
        )
    },
    "a key id that is a list": lambda: (
        f"{part({'alg': 'RS256', 'kid': ['first'], 'typ': 'JWT'})}." + ".".join(parts(ISSUER.token())[1:])
    ),
    "its own key": lambda: with_own_key(jwk=dict(STRANGER.as_dict(private=False))),
    "its own key's address": lambda: with_own_key(jku="http://127.0.0.1:1/jwks"),
    "its own certificate's address": lambda: with_own_key(x5u="http://127.0.0.1:1/cert"),
    "its own certificate": lambda: with_own_key(x5c=["AAAA"]),
    "extensions that must be understood": lambda: ISSUER.token(header={"crit": ["exp"], "exp": 1}),
    "an unencoded payload": lambda: raw(b'{"iss":1}').replace(
        part({"alg": "RS256", "kid": "first", "typ": "JWT"}), part({"alg": "RS256", "kid": "first", "b64": False})
    ),
    "encrypted": encrypted,
    "an ID token": lambda: ISSUER.token(aud="shop", typ="ID"),
    "a refresh token": lambda: ISSUER.token(aud=ISSUER.url, typ="Refresh"),
    "a logout token": ISSUER.logout_token,
    "a logout token for the API": lambda: ISSUER.token(events=LOGOUT),
    "events of an odd kind": lambda: ISSUER.token(events="logout"),
    "a token of another kind": lambda: ISSUER.token(header={"typ": "dpop+jwt"}),
    "a token without a kind": lambda: ISSUER.token(header={"typ": None}),
    "not a Bearer": lambda: ISSUER.token(typ="Serialized-ID"),
    "empty": lambda: "",
    "dots": lambda: "..",
    "a space before it": lambda: " " + ISSUER.token(),
    "a line after it": lambda: ISSUER.token() + "\n",
    "padded": lambda: ISSUER.token() + "=",
    "two in one": lambda: f"{ISSUER.token()},{ISSUER.token()}",
    "JSON serialisation": lambda: json.dumps(
        dict(zip(("protected", "payload", "signature"), parts(ISSUER.token()), strict=True))
    ),
}


def verifier_of() -> tuple[Verifier, FixedKeys]:
    keys = FixedKeys(KEY)
    return Verifier([Trusted(ISSUER.issuer(required={"typ": "Bearer"}), keys)]), keys


@pytest.mark.parametrize("attack", ATTACKS)
async def test_attack(attack: str) -> None:
    verifier, keys = verifier_of()
    assert await verifier.bearer(ISSUER.token()), "the good one is taken, so it is the attack that is refused"
    token = ATTACKS[attack]()
    with pytest.raises(InvalidTokenError) as caught:
        await verifier.bearer(token)
    assert str(caught.value) == InvalidTokenError.message
    assert token[:64] not in caught.value.reason or not token
    assert verifier.remembered(token) is None
    assert keys.looked <= (1 if "key" in attack else 0)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
async def test_the_public_key_of_any_kind_is_no_secret(algorithm: str) -> None:
    key = key_of(algorithm, "first")
    verifier = Verifier([Trusted(ISSUER.issuer(), FixedKeys(key))])
    secret = key.as_pem(private=False)
    with pytest.raises(InvalidTokenError):
        await verifier.bearer(hmac_signed(secret))


async def test_shared_secrets_in_a_key_set_are_left_out() -> None:
    """Were they taken, somebody who knows one could sign."""
    secret = OctKey.generate_key(256, {"kid": "first"})
    keys = FixedKeys()
    keys.keys = read_keys({"keys": [dict(secret.as_dict(private=True))]})
    assert keys.keys == {}


async def test_a_key_is_for_the_algorithm_it_names() -> None:
    """Keycloak's key for RS256 does not verify PS256, though it could."""
    key = key_of("RS256", "k")
    document = {**dict(key.as_dict(private=False)), "alg": "RS256"}
    keys = FixedKeys()
    keys.keys = read_keys({"keys": [document]})
    verifier = Verifier([Trusted(ISSUER.issuer(), keys)])
    assert await verifier.bearer(ISSUER.token(key, {"algorithm": "RS256"}))
    with pytest.raises(InvalidTokenError):
        await verifier.bearer(ISSUER.token(key, {"algorithm": "PS256"}))


async def test_a_huge_token_is_refused_unread() -> None:
    verifier, _ = verifier_of()
    good = ISSUER.token(roles=[f"price-{i:04}" for i in range(400)])
    assert 5000 < len(good) <= 8192
    assert await verifier.bearer(good)
    huge = "a" * 50_000_000
    started = time.process_time()
    for _ in range(1000):
        with pytest.raises(InvalidTokenError):
            await verifier.bearer(huge)
    assert time.process_time() - started < 20, "50 GB were read"
    with pytest.raises(InvalidTokenError):
        await verifier.bearer(ISSUER.token(roles=["x" * 400] * 20))


async def refused_or_good(token: str) -> bool:
    verifier, _ = verifier_of()
    try:
        return (await verifier.bearer(token)).principal.subject == "anna"
    except TokenError:
        return False


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.text(alphabet="eyJ.AQ-_=")))
async def test_any_text_is_refused(text: str) -> None:
    assert not await refused_or_good(text)


@FUZZ
@given(st.binary(), st.binary(), st.binary())
async def test_any_three_parts_are_refused(first: bytes, second: bytes, third: bytes) -> None:
    assert not await refused_or_good(".".join(map(b64, (first, second, third))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "cty"])


@FUZZ
@given(st.dictionaries(NAMES, JSON, max_size=5))
async def test_any_header_over_a_good_signature_is_refused(header: dict[str, Any]) -> None:
    good = {"alg": "RS256", "kid": "first", "typ": "JWT"}
    token = ISSUER.token()
    changed = f"{part({**good, **header})}.{'.'.join(parts(token)[1:])}"
    if parts(changed)[0] != parts(token)[0]:
        assert not await refused_or_good(changed)


CLAIMS = st.sampled_from(
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "roles", "partner_id", "sid", "events", "act", "email"]
)


@FUZZ
@given(st.dictionaries(CLAIMS, JSON, max_size=5))
async def test_any_claims_that_the_issuer_signs_are_read_or_refused(claims: dict[str, Any]) -> None:
    """Nothing else escapes, whatever is in it."""
    await refused_or_good(raw(json.dumps({**ISSUER.claims(), **claims}).encode()))


@FUZZ
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
async def test_any_byte_changed_is_refused(position: int, by: int) -> None:
    token = GOOD
    where = position % len(token)
    if token[where] == ".":
        return
    header, payload, signature = parts(token)
    before = [base64.urlsafe_b64decode(one + "==") for one in (header, payload, signature)]
    changed = token[:where] + chr((ord(token[where]) + by) % 128) + token[where + 1 :]
    try:
        after = [base64.urlsafe_b64decode(one + "==") for one in parts(changed)]
    except ValueError:
        after = []
    if after != before:  # the last letter of a part has bits that mean nothing
        assert not await refused_or_good(changed)


GOOD = ISSUER.token(exp=NOW + 100_000)


async def test_the_good_token_of_the_tests_above_is_good() -> None:
    assert await refused_or_good(GOOD)
