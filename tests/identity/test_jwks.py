"""An issuer's keys: read when needed, kept while it is away, and never asked for too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.util import int_to_base64
from starlette.responses import RedirectResponse, Response

from identity.bearer import Trusted, Verifier
from identity.bearer_errors import InvalidTokenError, UnverifiableTokenError
from identity.issuers_discovery import Discovery
from identity.jwks import KeyLimits, KeysAwayError, RemoteKeys, UnknownKeyError, read_keys
from identity.oidc_http import Http
from tests.support.issuer import OpenIdProvider, key_of, provider
from tests.support.waiting import PATIENCE

LIMITS = KeyLimits(fresh=300, stale=3600, retry=5, unknown=10, burst=3)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Setup:
    """Keys and a verifier over a running issuer."""

    def __init__(self, issuer: OpenIdProvider, http: Http, clock: Clock, **changes: Any) -> None:
        self.issuer = issuer
        self.clock = clock
        described = issuer.issuer(**changes)
        self.discovery = Discovery(described, http, clock=clock)
        self.keys = RemoteKeys(described, http, self.discovery, limits=LIMITS, clock=clock)
        self.verifier = Verifier([Trusted(described, self.keys)])

    @property
    def fetches(self) -> int:
        return self.issuer.asked["jwks"]

    async def settled(self) -> None:
        """Until what goes on in the background is done."""
        while self.keys._task is not None:
            await asyncio.wait([self.keys._task])


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    async with provider() as issuer:
        http = Http(seconds=2.0, max_bytes=50_000)
        found = Setup(issuer, http, Clock())
        yield found
        await found.verifier.close()
        await http.close()


async def test_keys_are_read_once_for_all(setup: Setup) -> None:
    tokens = [setup.issuer.token() for _ in range(50)]
    await asyncio.gather(*(setup.verifier.bearer(token) for token in tokens))
    assert (setup.fetches, setup.issuer.asked["configuration"]) == (1, 1)


async def test_a_new_key_is_found_at_once(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    new = key_of("ES256", "second")
    setup.issuer.keys.insert(0, new)
    assert await setup.verifier.bearer(setup.issuer.token(new, {"algorithm": "ES256"}))
    assert await setup.verifier.bearer(setup.issuer.token(setup.issuer.keys[1])), "old tokens still count"
    assert setup.fetches == 2


async def test_a_thousand_unknown_keys_make_few_fetches(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    tokens = [setup.issuer.token(header={"kid": f"made-up-{i}"}) for i in range(1000)]
    for token in tokens[:500]:
        with pytest.raises(InvalidTokenError):
            await setup.verifier.bearer(token)
    answers = await asyncio.gather(*(setup.verifier.bearer(token) for token in tokens[500:]), return_exceptions=True)
    assert {type(answer) for answer in answers} == {InvalidTokenError}
    assert setup.fetches == 1 + LIMITS.burst
    setup.clock.now += 25  # time for two more
    for token in tokens:
        with pytest.raises(InvalidTokenError):
            await setup.verifier.bearer(token)
    assert setup.fetches == 1 + LIMITS.burst + 2


async def test_the_flood_hides_no_new_key_for_long(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    for i in range(20):
        with pytest.raises(InvalidTokenError):
            await setup.verifier.bearer(setup.issuer.token(header={"kid": f"made-up-{i}"}))
    new = key_of("RS256", "second")
    setup.issuer.keys.insert(0, new)
    with pytest.raises(InvalidTokenError):
        await setup.verifier.bearer(setup.issuer.token(new))
    setup.clock.now += LIMITS.unknown
    assert await setup.verifier.bearer(setup.issuer.token(new))


async def test_a_known_key_with_a_bad_signature_makes_no_fetch(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    stranger = key_of("RS256", "first")
    for _ in range(50):
        with pytest.raises(InvalidTokenError):
            await setup.verifier.bearer(setup.issuer.token(stranger))
    assert setup.fetches == 1


async def test_a_stranger_s_token_makes_no_fetch(setup: Setup) -> None:
    """Nor one that is refused for what its header says."""
    for changes in ({"iss": "https://other.example"}, {"header": {"algorithm": "RS512"}}):
        with pytest.raises(InvalidTokenError):
            await setup.verifier.bearer(setup.issuer.token(**changes))
    assert setup.fetches == 0


async def test_keys_are_read_again_in_the_background(setup: Setup) -> None:
    token = setup.issuer.token()
    await setup.verifier.bearer(token)
    setup.clock.now += LIMITS.fresh
    assert setup.verifier.remembered(token), "a remembered token waits for nothing, but has them read"
    await setup.settled()
    assert setup.fetches == 2
    assert setup.verifier.remembered(token), "the same key as before"


async def test_a_withdrawn_key_is_noticed_by_remembered_tokens_alone(setup: Setup) -> None:
    token = setup.issuer.token()
    await setup.verifier.bearer(token)
    setup.issuer.keys = [key_of("RS256", "second")]
    setup.clock.now += LIMITS.fresh
    setup.verifier.remembered(token)
    await setup.settled()
    assert setup.verifier.remembered(token) is None
    with pytest.raises(InvalidTokenError):
        await setup.verifier.bearer(token)


async def test_keys_are_kept_while_the_issuer_is_away_but_not_for_ever(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    setup.issuer.away = True
    for _ in range(3):
        setup.clock.now += 1000
        assert await setup.verifier.bearer(setup.issuer.token())
        await setup.settled()
    setup.clock.now += 1000  # longer than `stale` since the last good answer
    with pytest.raises(UnverifiableTokenError):
        await setup.verifier.bearer(setup.issuer.token())
    setup.issuer.away = False
    setup.clock.now += LIMITS.retry
    assert await setup.verifier.bearer(setup.issuer.token())


async def test_an_issuer_that_is_away_is_not_pestered(setup: Setup) -> None:
    setup.issuer.away = True
    for _ in range(100):
        with pytest.raises(UnverifiableTokenError):
            await setup.verifier.bearer(setup.issuer.token())
    assert setup.issuer.asked["configuration"] == 1
    setup.issuer.away = False
    setup.clock.now += LIMITS.retry
    assert await setup.verifier.bearer(setup.issuer.token())


async def test_an_unknown_key_is_no_verdict_while_the_issuer_is_away(setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    setup.issuer.away = True
    new = key_of("RS256", "second")
    with pytest.raises(UnverifiableTokenError):
        await setup.verifier.bearer(setup.issuer.token(new))


BROKEN: dict[str, Any] = {
    "empty": {"keys": []},
    "a list": [],
    "no keys": {"keys": None},
    "odd entries": {"keys": [1, None, "x", [], {}, {"kty": "RSA"}, {"kid": "first"}, {"kid": "first", "kty": "RSA"}]},
    "a redirect": RedirectResponse("/elsewhere"),
    "no JSON": Response(b"<html>"),
    "too long": {"keys": [dict(key_of("ES256", "other").as_dict(private=False))], "more": "x" * 60_000},
    "deep": Response(b"[" * 20_000),
    "an error": Response(b'{"keys": []}', status_code=500),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_key_set_changes_nothing(broken: str, setup: Setup) -> None:
    await setup.verifier.bearer(setup.issuer.token())
    setup.issuer.key_set = BROKEN[broken]
    setup.clock.now += LIMITS.fresh
    assert await setup.verifier.bearer(setup.issuer.token())
    await setup.settled()
    assert setup.fetches == 2
    assert await setup.verifier.bearer(setup.issuer.token())


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
        {"token_endpoint": "javascript:alert(1)"},
    ],
    ids=repr,
)
async def test_a_discovery_document_that_lies_is_not_followed(lie: dict[str, Any], setup: Setup) -> None:
    setup.issuer.lie = lie
    with pytest.raises(UnverifiableTokenError):
        await setup.verifier.bearer(setup.issuer.token())
    assert setup.fetches == 0


async def test_a_slow_issuer_is_not_waited_for() -> None:
    """It takes the connection and says nothing."""
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        await writer.wait_closed()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    http = Http(seconds=0.2)
    issuer = OpenIdProvider()
    issuer.url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    setup = Setup(issuer, http, Clock())
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(UnverifiableTokenError):
            await setup.verifier.bearer(issuer.token())
    over.set()
    await http.close()
    silent.close()
    await silent.wait_closed()


async def test_whoever_gives_up_waiting_does_not_stop_the_others(setup: Setup) -> None:
    impatient = asyncio.create_task(setup.verifier.bearer(setup.issuer.token()))
    patient = asyncio.create_task(setup.verifier.bearer(setup.issuer.token()))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert setup.fetches == 1


async def test_keys_by_themselves(setup: Setup) -> None:
    assert setup.keys.known("first") is None
    key = await setup.keys.find("first")
    assert setup.keys.known("first") is key
    with pytest.raises(UnknownKeyError):
        await setup.keys.find("other")
    setup.clock.now += LIMITS.stale
    setup.issuer.away = True
    with pytest.raises(KeysAwayError):
        await setup.keys.find("first")


def public(kid: str, **more: Any) -> dict[str, Any]:
    return {**dict(key_of("RS256", kid).as_dict(private=False)), **more}


def test_which_keys_of_a_set_are_taken() -> None:
    numbers = generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505 - it is to be refused
    weak = {"kty": "RSA", "kid": "weak", "e": int_to_base64(numbers.e), "n": int_to_base64(numbers.n)}
    private = dict(key_of("RS256", "private").as_dict(private=True))
    document = {
        "keys": [
            public("good"),
            public("for encryption", use="enc"),
            public("to sign with", key_ops=["sign"]),
            public("twice"),
            public("twice"),
            weak,
            private,
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
            {"kty": "PQ", "kid": "of the future"},
            {**public("certified"), "x5c": ["not even one"], "x5t": 7},
        ]
    }
    found = read_keys(document)
    assert set(found) == {"good", "private", "certified"}
    assert not any(key.is_private for key in found.values())


def test_an_unchanged_key_stays_the_same_object() -> None:
    first, second = public("a"), public("b")
    before = read_keys({"keys": [first, second]})
    after = read_keys({"keys": [first, public("b")]}, before)
    assert after["a"] is before["a"]
    assert after["b"] is not before["b"]
