"""The shop's own tokens: signed, published, rotated, and verified as anybody would."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from identity.bearer import Trusted, Verifier
from identity.bearer_claims import Principal
from identity.bearer_errors import ExpiredTokenError, InvalidTokenError, UnverifiableTokenError
from identity.bearer_signatures import REGISTRY
from identity.keys import KeyFileError, KeyRing, OwnAlgorithm, SigningKey, generate, read_key, ring_of
from identity.keys_directory import KeyDirectory, ring_from_file
from identity.signing import OwnKeys, Signer

URL = "https://shop.example"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
ANNA = Principal(
    subject="partner-41",
    roles=("guest", "price-1"),
    partner_id=41,
    pricelist_id=3,
    company_id=1,
    language="nl_BE",
    email="anna@clinic.example",
    email_verified=True,
    name="Anna Peeters",
    actor="bo@shop.example",
)


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Shop:
    """A process of the shop, that reads its keys from a directory."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.keys = OwnKeys(KeyDirectory(directory, clock=clock).ring, clock=clock)
        self.signer = Signer(self.keys, issuer=URL, audience=("shop-api", "opensearch"), clock=clock)
        self.verifier = Verifier([Trusted(self.signer.as_issuer(), self.keys)], clock=clock)

    def kids(self) -> list[str]:
        return [key["kid"] for key in self.signer.jwks()["keys"]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
async def test_a_token_of_ours_tells_all_and_is_verified(
    algorithm: OwnAlgorithm, directory: Path, clock: Clock
) -> None:
    KeyDirectory(directory, clock=clock).rotate(algorithm)
    shop = Shop(directory, clock)
    token = shop.signer.sign(ANNA, session="s1")
    claims = await shop.verifier.bearer(token)
    assert (claims.principal, claims.issuer, claims.session) == (ANNA, URL, "s1")
    assert claims.expires == int(clock.now + 300)
    header = jws.extract_compact(token.encode()).headers()
    assert header == {"alg": algorithm, "kid": shop.kids()[0], "typ": "at+jwt"}
    assert token != shop.signer.sign(ANNA, session="s1"), "each has an id of its own"


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
async def test_others_verify_it_with_what_is_published(algorithm: OwnAlgorithm, directory: Path, clock: Clock) -> None:
    KeyDirectory(directory, clock=clock).rotate(algorithm)
    shop = Shop(directory, clock)
    published: Any = json.loads(json.dumps(shop.signer.jwks()))
    keys = KeySet.import_key_set(published)
    token = jwt.decode(shop.signer.sign(ANNA), keys, registry=REGISTRY)
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": URL}, aud={"essential": True, "value": "opensearch"}, exp={"essential": True}
    ).validate(token.claims)
    assert token.claims["roles"] == ["guest", "price-1"]
    other = KeySet([generate(algorithm, 0).key])
    other.keys[0].dict_value["kid"] = shop.kids()[0]
    with pytest.raises(BadSignatureError):
        jwt.decode(shop.signer.sign(ANNA), other, registry=REGISTRY)


async def test_it_is_short_lived(directory: Path, clock: Clock) -> None:
    KeyDirectory(directory, clock=clock).rotate()
    shop = Shop(directory, clock)
    token = shop.signer.sign(ANNA)
    clock.now += 300 + 6
    with pytest.raises(ExpiredTokenError):
        await shop.verifier.bearer(token)


def test_nothing_private_is_published_or_shown(directory: Path, clock: Clock) -> None:
    for algorithm in ("EdDSA", "RS256"):
        KeyDirectory(directory, clock=clock).rotate(algorithm)
    shop = Shop(directory, clock)
    secrets = [
        value
        for path in directory.glob("*.json")
        for name, value in json.loads(path.read_text()).items()
        if name in PRIVATE_MEMBERS
    ]
    assert len(secrets) == 7
    told = json.dumps(shop.signer.jwks()) + repr(shop.keys.ring().by_kid) + repr(shop.signer)
    assert not [secret for secret in secrets if secret in told]
    assert all(not PRIVATE_MEMBERS & set(key) for key in shop.signer.jwks()["keys"])


async def test_rotation_under_load_refuses_nobody(directory: Path, clock: Clock) -> None:
    """Two processes, four rotations, a token each second: every token is good for as long as it lives, everywhere."""
    keys = KeyDirectory(directory, clock=clock)
    keys.rotate()
    shops = [Shop(directory, clock), Shop(directory, clock)]
    tokens: list[tuple[float, str]] = []
    kids = set()
    for second in range(1200):
        if second % 300 == 150:
            keys.rotate("RS256" if second == 450 else "EdDSA")
        if second % 10 == 0:
            tokens.append((clock.now, shops[second // 10 % 2].signer.sign(ANNA)))
        clock.now += 1
        kids.update(shops[0].kids())
        if second % 20 == 0:
            for shop in shops:
                for made, token in tokens:
                    if clock.now < made + 299:
                        assert await shop.verifier.bearer(token)
    assert len(kids) == 5
    clock.now += 700
    keys.rotate()
    clock.now += 700
    assert len(shops[0].kids()) == 1, "old keys go when their last token has ended"


async def test_a_key_can_be_announced_before_it_signs(directory: Path, clock: Clock) -> None:
    keys = KeyDirectory(directory, clock=clock)
    first = keys.rotate(lead=600)
    shop = Shop(directory, clock)
    assert first.begins == clock.now, "the first has nothing to wait for"
    second = keys.rotate(lead=600)
    clock.now += 10
    assert set(shop.kids()) == {first.kid, second.kid}
    ring = shop.keys.ring()
    assert (ring.signing(clock.now), ring.signing(clock.now + 600)) == (ring.by_kid[first.kid], ring.by_kid[second.kid])


async def test_another_process_finds_a_new_key_at_once(directory: Path, clock: Clock) -> None:
    keys = KeyDirectory(directory, clock=clock)
    keys.rotate()
    one, other = Shop(directory, clock), Shop(directory, clock)
    assert await other.verifier.bearer(one.signer.sign(ANNA))
    keys.rotate()
    one.keys.look()
    assert await other.verifier.bearer(one.signer.sign(ANNA))


async def test_a_removed_key_takes_its_tokens_along(directory: Path, clock: Clock) -> None:
    keys = KeyDirectory(directory, clock=clock)
    stolen = keys.rotate()
    shop = Shop(directory, clock)
    token = shop.signer.sign(ANNA)
    assert await shop.verifier.bearer(token)
    keys.rotate()
    keys.remove(stolen.kid)
    clock.now += 5
    assert shop.verifier.remembered(token) is None
    with pytest.raises(InvalidTokenError):
        await shop.verifier.bearer(token)
    with pytest.raises(KeyFileError):
        keys.remove("nobody's")


def test_files_are_for_their_owner_alone(directory: Path, clock: Clock) -> None:
    keys = KeyDirectory(directory, clock=clock)
    previous = os.umask(0)
    try:
        keys.rotate()
        keys.rotate()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = list(directory.glob("*.json"))
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(mode: int, directory: Path, clock: Clock) -> None:
    KeyDirectory(directory, clock=clock).rotate()
    (path,) = directory.glob("*.json")
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="0600"):
        KeyDirectory(directory).ring()
    with pytest.raises(KeyFileError, match="0600"):
        ring_from_file(path)


def test_keys_that_were_good_outlive_a_spoilt_file(directory: Path, clock: Clock) -> None:
    keys = KeyDirectory(directory, clock=clock)
    kid = keys.rotate().kid
    shop = Shop(directory, clock)
    assert shop.kids() == [kid]
    spoilt = directory / "spoilt.jwk.json"
    spoilt.touch(0o600)
    clock.now += 5
    assert shop.kids() == [kid]
    with pytest.raises(KeyFileError, match=r"spoilt\.jwk\.json: not JSON"):
        keys.rotate()


async def test_without_keys_nothing_is_signed_and_nothing_believed(directory: Path, clock: Clock) -> None:
    shop = Shop(directory, clock)
    for attempt in (lambda: shop.signer.sign(ANNA), shop.signer.jwks):
        with pytest.raises(KeyFileError):
            attempt()
    other = Signer(OwnKeys(lambda: KeyRing([generate("EdDSA", 0)])), issuer=URL, audience=("shop-api",), clock=clock)
    with pytest.raises(UnverifiableTokenError):
        await shop.verifier.bearer(other.sign(ANNA))


async def test_keys_from_a_secret(tmp_path: Path, clock: Clock) -> None:
    made = generate("RS256", 0)
    text = json.dumps({"keys": [{name: value for name, value in made.stored().items() if name not in {"nbf", "kid"}}]})
    path = tmp_path / "keys.json"
    path.touch(0o600)
    path.write_text(text)
    for ring in (ring_of(text), ring_from_file(path)):
        keys = OwnKeys(lambda ring=ring: ring)  # type: ignore[misc]
        signer = Signer(keys, issuer=URL, audience=("shop-api",), clock=clock)
        verifier = Verifier([Trusted(signer.as_issuer(), keys)])
        assert (await verifier.bearer(signer.sign(ANNA))).principal == ANNA
        assert [key["kid"] for key in signer.jwks()["keys"]] == [made.kid]


def secret_of(key: SigningKey) -> str:
    return str(key.stored()["d"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda key: key.pop("d"), "not a private key"),
        (lambda key: key.update(d="!!"), "not a JWK that can be read"),
        (lambda key: key.update(alg="RS256"), "is for EdDSA"),
        (lambda key: key.update(crv="X25519"), "another curve"),
        (lambda key: key.update(kty="oct", k="c2VjcmV0"), "not a private key"),
        (lambda key: key.update(nbf="soon"), "numbers"),
        (lambda key: key.clear(), "not a JWK"),
    ],
)
def test_keys_that_are_refused(spoil: Any, reason: str) -> None:
    made = generate("EdDSA", 0)
    stored = made.stored()
    spoil(stored)
    with pytest.raises(KeyFileError, match=reason) as caught:
        read_key(stored)
    assert secret_of(made) not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": 1}', "null", '{"keys": [1]}'])
def test_sets_that_are_refused(text: str) -> None:
    with pytest.raises(KeyFileError):
        ring_of(text)


def test_two_keys_of_one_id_are_refused() -> None:
    key = generate("EdDSA", 0)
    with pytest.raises(KeyFileError, match="same kid"):
        KeyRing([key, key])


def test_an_id_is_no_path(directory: Path, clock: Clock) -> None:
    """A key that was put there under another name, with an id that leads elsewhere."""
    keys = KeyDirectory(directory, clock=clock)
    keys.rotate()
    foreign = {**generate("EdDSA", 0).stored(), "kid": "../../elsewhere"}
    path = directory / "foreign.jwk.json"
    path.touch(0o600)
    path.write_bytes(msgspec.json.encode(foreign))
    keys.rotate()
    assert json.loads(path.read_text())["exp"]
    assert {entry.name for entry in directory.parent.iterdir()} == {"keys"}
    keys.remove("../../elsewhere")
    assert not path.exists()
