"""What changes in Odoo, or at the issuer, is in force for those who are signed in: within a minute, or at once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.identification_facts import FACTS_SECONDS
from server.role_commands import refresh_roles
from tests.identity.wired import Shop, shop
from tests.support.bff import settings_for
from tests.support.issuer import OpenIdProvider, provider
from tests.support.valkey import Valkey

SHAREHOLDER = "Shareholder"


@pytest.fixture
async def wired() -> AsyncIterator[Shop]:
    async with shop(local_cache_bytes=1 << 24) as found:
        yield found


class Later:
    """Moves the clocks by which sessions and records are judged."""

    def __init__(self, wired: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self._offset = 0.0
        self._wired = wired
        clock = lambda: time.time() + self._offset  # noqa: E731
        identification = wired.identification
        monkeypatch.setattr(identification.sessions._backend, "_clock", clock)
        monkeypatch.setattr(identification.sessions, "_clock", clock)
        monkeypatch.setattr(identification.people, "_clock", clock)
        monkeypatch.setattr(identification.callers, "_clock", clock)
        monkeypatch.setattr(identification.callers._facts, "_clock", clock)
        monkeypatch.setattr(wired.app.state.services.records, "clock", clock)

    def by(self, seconds: float) -> None:
        self._offset += seconds


@pytest.fixture
def later(wired: Shop, monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(wired, monkeypatch)


def make_shareholder(wired: Shop, place: int) -> None:
    """The customer of that profile has the category from now on."""
    _, partner_id = wired.customer(place)
    categories = wired.double.db.table("res.partner.category").find("name", [SHAREHOLDER])
    category = next(iter(categories), None) or wired.double.create("res.partner.category", {"name": SHAREHOLDER})
    wired.double.write("res.partner", [partner_id], {"category_id": [(4, category)]})


class TestSessions:
    async def test_within_a_minute(self, wired: Shop, later: Later) -> None:
        await wired.log_in(2)
        assert "shareholder" not in await wired.roles()
        make_shareholder(wired, 2)
        assert "shareholder" not in await wired.roles(), "nobody told of it: it was known a moment ago"
        later.by(60)
        assert "shareholder" in await wired.roles()

    async def test_the_price_list_likewise(self, wired: Shop, later: Later) -> None:
        await wired.log_in(1)
        assert (await wired.viewer())["pricelist"]["id"] == 2
        _, partner_id = wired.customer(1)
        wired.double.write("res.partner", [partner_id], {"property_product_pricelist": 3})
        later.by(60)
        assert (await wired.viewer())["pricelist"]["id"] == 3

    async def test_in_between_nobody_is_asked(self, wired: Shop, later: Later) -> None:
        await wired.log_in(2)
        await wired.roles()
        asked = wired.asked()
        for _ in range(4):
            later.by(FACTS_SECONDS / 5)
            await wired.roles()
        assert wired.asked() == asked
        later.by(FACTS_SECONDS / 5 + 1)
        await wired.roles()
        assert wired.asked() > asked

    async def test_at_once_when_told_to(self, wired: Shop) -> None:
        await wired.log_in(2)
        await wired.roles()
        make_shareholder(wired, 2)
        await wired.identification.customers.renew()
        await wired.identification.sessions.renew_facts()
        assert "shareholder" in await wired.roles()

    async def test_who_may_no_longer_sign_in_is_a_guest(self, wired: Shop, later: Later) -> None:
        await wired.log_in(3)
        user_id, partner_id = wired.customer(3)
        wired.double.write("res.users", [user_id], {"active": False})
        wired.double.write("res.partner", [partner_id], {"active": False})
        later.by(60)
        assert (await wired.viewer())["isGuest"]
        assert await wired.identification.sessions.find(wired.cookie) is None

    async def test_while_odoo_is_away_they_are_as_known(self, wired: Shop, later: Later) -> None:
        await wired.log_in(1)
        known = await wired.roles()
        assert wired.odoo is not None
        wired.odoo.stop()
        later.by(60)
        callers = wired.identification.callers
        headers = {b"cookie": f"session_id={wired.cookie}".encode()}
        assert list((await callers.of(headers)).identity.roles) == known
        later.by(3600)
        assert list((await callers.of(headers)).identity.roles) == known

    async def test_staff_who_are_staff_no_more_act_for_nobody(self, wired: Shop, later: Later) -> None:
        await wired.log_in_staff()
        _, partner_id = wired.customer(1)
        await wired.query("mutation($id: Int!) { actFor(partnerId: $id) { name } }", {"id": partner_id})
        later.by(60)
        assert (await wired.viewer())["actedBy"]
        user_id, contact = wired.user("staff@vetwholesale.example")
        wired.double.write("res.users", [user_id], {"active": False})
        wired.double.write("res.partner", [contact], {"active": False})
        later.by(60)
        assert (await wired.viewer())["isGuest"]


class TestTokens:
    @pytest.fixture
    async def issuer(self) -> AsyncIterator[OpenIdProvider]:
        async with provider() as found:
            yield found

    async def test_customers_of_remembered_tokens(
        self, issuer: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with shop(issuers=[issuer.issuer()], local_cache_bytes=1 << 24) as wired:
            later = Later(wired, monkeypatch)
            headers = {"authorization": f"Bearer {issuer.token(partner_id=wired.customer(2)[1])}"}
            assert "shareholder" not in await wired.roles(**headers)
            make_shareholder(wired, 2)
            later.by(60)
            assert "shareholder" in await wired.roles(**headers)

    async def test_at_once_when_told_to(self, issuer: OpenIdProvider) -> None:
        async with shop(issuers=[issuer.issuer()], local_cache_bytes=1 << 24) as wired:
            headers = {"authorization": f"Bearer {issuer.token(partner_id=wired.customer(2)[1])}"}
            await wired.roles(**headers)
            make_shareholder(wired, 2)
            assert "shareholder" not in await wired.roles(**headers)
            await wired.identification.customers.renew()
            assert "shareholder" in await wired.roles(**headers)


async def test_by_the_command_line_in_every_process(valkey: Valkey, capsys: pytest.CaptureFixture[str]) -> None:
    kept: dict[str, Any] = {"redis_url": valkey.url, "redis_namespace": "refreshed", "local_cache_bytes": 1 << 24}
    async with shop(**kept) as one, shop(double=one.odoo, **kept) as two:
        await one.log_in(2)
        two.cookie = one.cookie
        for process in (one, two):
            assert "shareholder" not in await process.roles()
        make_shareholder(one, 2)
        assert await refresh_roles(settings_for("http://127.0.0.1:1", **kept)) == 0
        for process in (one, two):
            assert "shareholder" in await process.roles()
    assert "asked for again" in capsys.readouterr().out


async def test_the_command_needs_redis(own_valkey: Valkey, capsys: pytest.CaptureFixture[str]) -> None:
    assert await refresh_roles(settings_for("http://127.0.0.1:1")) == 1
    own_valkey.kill()
    assert await refresh_roles(settings_for("http://127.0.0.1:1", redis_url=own_valkey.url)) == 1
    assert "REDIS_URL is not set" in (told := capsys.readouterr().err)
    assert "nothing was refreshed" in told
