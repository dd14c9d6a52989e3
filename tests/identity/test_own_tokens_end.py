"""The shop's own tokens end with the session they were signed in, as far as the shop itself is asked with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from identity.bearer_claims import Principal
from identity.keys_directory import KeyDirectory
from resolvers import accounts_tries
from tests.identity.wired import LOGIN, Shop, shop
from tests.support.bff import Answer
from tests.support.valkey import Valkey
from tests.support.waiting import until

WHO = "{ viewer { isGuest email } }"
UPDATE = """mutation { updatePassword(currentPassword: "Secret-1", newPassword: "Another-1!") { id } }"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    KeyDirectory(tmp_path).rotate("EdDSA")
    return tmp_path


@pytest.fixture
async def wired(keys: Path) -> AsyncIterator[Shop]:
    async with shop(signing_keys_dir=keys, local_cache_bytes=1 << 24) as found:
        yield found


async def token_of(wired: Shop) -> str:
    answer = await wired.query("{ viewer { token { value } } }")
    value: str = answer.data["viewer"]["token"]["value"]
    return value


async def by_token(wired: Shop, token: str) -> Answer:
    return await wired.query(WHO, cookie="", authorization=f"Bearer {token}")


async def refused(wired: Shop, token: str) -> bool:
    answer = await by_token(wired, token)
    if answer.status == 200:
        assert not answer.data["viewer"]["isGuest"], "nobody is taken for a guest"
        return False
    assert (answer.status, answer.codes) == (401, {"TOKEN_EXPIRED"})
    return True


@pytest.mark.parametrize("used", [False, True], ids=["never used", "remembered"])
@pytest.mark.parametrize(
    "ending", ["mutation { logout }", UPDATE, LOGIN], ids=["logout", "another password", "another login"]
)
async def test_it_ends_with_its_session(wired: Shop, ending: str, used: bool) -> None:
    await wired.log_in(1)
    token = await token_of(wired)
    if used:
        assert not await refused(wired, token)
    wait = None if ending != LOGIN else {"email": "vet2@customer.example", "password": "Secret-2"}
    assert (await wired.query(ending, wait)).data
    assert await refused(wired, token)


async def test_others_go_on(wired: Shop) -> None:
    await wired.log_in(1)
    first, mine = await token_of(wired), wired.cookie
    wired.cookie = None
    await wired.log_in(1)
    second = await token_of(wired)
    assert not await refused(wired, first)
    await wired.query("mutation { logout }")
    assert await refused(wired, second)
    assert not await refused(wired, first)
    wired.cookie = mine
    assert not (await wired.viewer())["isGuest"]


async def test_a_change_of_what_the_session_keeps_ends_nothing(wired: Shop) -> None:
    await wired.log_in(1)
    token, sessions = await token_of(wired), wired.identification.sessions
    session = await sessions.find(wired.cookie)
    assert session is not None
    await by_token(wired, token)
    await sessions.set_values(session, {"cart": "c1"})
    assert not await refused(wired, token)


async def test_one_signed_in_no_session_counts_to_its_end(wired: Shop) -> None:
    signer = wired.identification.signer
    assert signer is not None
    user_id, partner_id = wired.customer(1)
    assert not await refused(wired, signer.sign(Principal(f"odoo:{user_id}", partner_id=partner_id)))


async def test_a_token_does_not_keep_its_session_alive(wired: Shop) -> None:
    await wired.log_in(1)
    token, sessions = await token_of(wired), wired.identification.sessions
    backend: Any = sessions._backend
    (kept,) = [one for one in backend._kept.values() if not one.identity.is_guest]
    sessions._memo.clear()
    seen = kept.seen
    await by_token(wired, token)
    assert kept.seen == seen


async def test_it_ends_in_every_process(keys: Path, valkey: Valkey) -> None:
    settings: dict[str, Any] = {
        "signing_keys_dir": keys,
        "redis_url": valkey.url,
        "redis_namespace": f"tokens-{keys.name}",
        "local_cache_bytes": 1 << 24,
        "public_url": "http://shop.example",
    }
    async with shop(**settings) as one, shop(double=one.odoo, **settings) as two:
        await one.log_in(1)
        token = await token_of(one)
        assert not await refused(two, token)
        await one.query("mutation { logout }")
        await until(lambda: refused(two, token), seconds=10)  # word of it travels by Redis
        assert await refused(one, token)


async def test_while_redis_is_away_it_counts_to_its_end(keys: Path, own_valkey: Valkey) -> None:
    """Nobody can know; what the shop has kept is still shown to who it is for."""
    settings: dict[str, Any] = {"redis_url": own_valkey.url, "redis_namespace": "away", "local_cache_bytes": 1 << 24}
    async with shop(signing_keys_dir=keys, **settings) as wired:
        await wired.log_in(1)
        token = await token_of(wired)
        own_valkey.kill()
        assert not await refused(wired, token)
