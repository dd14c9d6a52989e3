"""Logging in, registering, and passwords, on every version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.errors import (
    OdooAccessError,
    OdooError,
    OdooLockedOutError,
    OdooLoginTakenError,
    OdooProtocolError,
    OdooRejectedError,
    OdooSecondFactorError,
    OdooUnavailableError,
)
from adapters.records import CustomerChange
from tests.adapters.customers import LOGIN, PASSWORD, STAFF, STAFF_PASSWORD, USER, VERSIONS, WIRES, Shop, shop

SINCE_14 = ("14.0", "19.0")
NEW: dict[str, Any] = {"name": "Praktijk De Linde", "email": " New@Customer.example ", "password": "First-pass-1"}
ELSEWHERE = "198.51.100.7"


def token_of(odoo: Shop) -> str:
    """The token in the last mail's link."""
    link = urlsplit(odoo.double.db.mails[-1].link)
    assert link.path == "/web/reset_password"
    return parse_qs(link.query)["token"][0]


# -- logging in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_passwords_are_checked(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        check = odoo.adapter.verify_password
        assert await check(LOGIN, PASSWORD) == USER
        assert await check(STAFF, STAFF_PASSWORD) == odoo.user(STAFF)
        for login, password in ((LOGIN, "wrong"), (LOGIN, ""), ("", PASSWORD), ("nobody@x.example", "x"), ("*", "*")):
            assert await check(login, password) is None
        assert await check(LOGIN, "demo-service-key") is None  # somebody else's key
        odoo.double.write("res.users", [USER], {"active": False})
        assert await check(LOGIN, PASSWORD) is None
        assert odoo.calls == []  # not one of them over the service's own connection


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_api_key_is_no_password_of_a_person(version: str) -> None:
    async with shop(version) as odoo:
        odoo.double.dataset.api_keys["a-key"] = LOGIN
        assert await odoo.adapter.verify_password(LOGIN, "a-key") is None


@pytest.mark.parametrize("version", SINCE_14)
async def test_too_many_wrong_passwords_shut_an_address_out(version: str) -> None:
    async with shop(version, "jsonrpc") as odoo:
        for _ in range(10):
            assert await odoo.adapter.verify_password(LOGIN, "wrong") is None
        with pytest.raises(OdooLockedOutError) as locked:
            await odoo.adapter.verify_password(LOGIN, PASSWORD)
        assert locked.value.message.startswith("Too many login failures")
        with pytest.raises(OdooLockedOutError):  # everybody behind the address
            await odoo.adapter.verify_password(STAFF, STAFF_PASSWORD)
        # the service goes on: its password was known before
        assert (await odoo.adapter.customer(user_id=USER)) is not None
        odoo.clock.moved = timedelta(seconds=61)
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) == USER
        assert await odoo.adapter.verify_password(LOGIN, "wrong") is None  # counted anew


async def test_10_shuts_nobody_out() -> None:
    async with shop("10.0") as odoo:
        for _ in range(12):
            assert await odoo.adapter.verify_password(LOGIN, "wrong") is None
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) == USER


@pytest.mark.parametrize("version", SINCE_14)
async def test_in_proxy_mode_only_the_customers_address_is_shut_out(version: str) -> None:
    async with shop(version) as odoo:
        odoo.double.proxy_mode = True
        for _ in range(10):
            assert await odoo.adapter.verify_password(LOGIN, "wrong", client=ELSEWHERE) is None
        with pytest.raises(OdooLockedOutError):
            await odoo.adapter.verify_password(LOGIN, PASSWORD, client=ELSEWHERE)
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD, client="2001:db8::7") == USER
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) == USER
        with pytest.raises(ValueError, match="does not appear to be"):
            await odoo.adapter.verify_password(LOGIN, PASSWORD, client="1.2.3.4\r\nX-Evil: 1")


@pytest.mark.parametrize("version", SINCE_14)
async def test_a_second_factor_is_told_only_to_who_knows_the_password(version: str) -> None:
    async with shop(version) as odoo:
        users = odoo.double.db.table("res.users")
        users.put({**(users.get(USER) or {}), "totp_secret": "JBSWY3DPEHPK3PXP"})
        assert await odoo.adapter.verify_password(LOGIN, "wrong") is None
        with pytest.raises(OdooSecondFactorError):
            await odoo.adapter.verify_password(LOGIN, PASSWORD)
        customer = await odoo.adapter.customer(user_id=USER)
        assert customer is not None
        assert customer.second_factor


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_odoo_that_is_away_is_no_wrong_password(version: str) -> None:
    async with shop(version) as odoo:
        odoo.double.faults.apply({"down": True})
        with pytest.raises(OdooUnavailableError):
            await odoo.adapter.verify_password(LOGIN, PASSWORD)


async def test_a_database_that_is_not_there_is_no_wrong_password() -> None:
    async with shop("14.0") as odoo:
        odoo.double.dataset.database = "renamed"
        with pytest.raises(OdooError) as gone:
            await odoo.adapter.verify_password(LOGIN, PASSWORD)
        assert not isinstance(gone.value, OdooAccessError)


# -- registering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_registering(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        user_id = await odoo.adapter.register(**NEW, lang="nl_NL", company_id=1)
        assert await odoo.adapter.verify_password("new@customer.example", NEW["password"]) == user_id
        customer = await odoo.adapter.customer(user_id=user_id)
        assert odoo.double.db.mails == []
    assert customer is not None
    assert (customer.kind, customer.name, customer.lang) == ("portal", "Praktijk De Linde", "nl_NL")
    assert customer.email == customer.login == "new@customer.example"
    assert (customer.company_id, customer.company_ids) == (1, (1,))
    assert [group.xml_id for group in customer.groups] == ["base.group_portal"]
    assert customer.commercial_partner_id == customer.partner_id


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_an_address_registers_once(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        odoo.double.write("res.users", [USER], {"active": False})
        for email in (LOGIN, LOGIN.upper(), f" {LOGIN} "):
            with pytest.raises(OdooLoginTakenError) as taken:
                await odoo.adapter.register(name="X", email=email, password="Some-pass-1")
            assert taken.value.message == "Another user is already registered using this email address."


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_somebody_else_was_quicker(version: str, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop(version, transport) as odoo:
        looked: list[bool] = []
        really = odoo.adapter._taken

        async def taken(login: str) -> bool:
            looked.append(await really(login))
            return looked[-1] if len(looked) > 1 else False

        monkeypatch.setattr(odoo.adapter, "_taken", taken)
        with pytest.raises(OdooLoginTakenError):
            await odoo.adapter.register(name="X", email=LOGIN, password="Some-pass-1")
        assert looked == [True, True]


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_takes_over_a_contact_by_its_address(version: str) -> None:
    async with shop(version) as odoo:
        company = odoo.double.create("res.partner", {"name": "Guest", "email": "guest@customer.example"})
        user_id = await odoo.adapter.register(name="Thief", email="guest@customer.example", password="Some-pass-1")
        assert odoo.partner(user_id) != company


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_odoo_refuses_is_rejected_with_its_reason(version: str) -> None:
    async with shop(version) as odoo:
        with pytest.raises(OdooRejectedError) as refused:
            await odoo.adapter.register(name="", email="x@customer.example", password="Some-pass-1")
        assert "name" in refused.value.message.lower()
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.register(name="X", email="x@customer.example", password="")
        assert await odoo.adapter.find_account("x@customer.example") is None


async def test_without_the_portal_group_nobody_registers() -> None:
    async with shop("14.0") as odoo:
        odoo.adapter.reader._absent |= {"external_id"}
        with pytest.raises(OdooProtocolError, match=r"ir\.model\.data"):
            await odoo.adapter.register(**NEW)


@pytest.mark.parametrize("version", VERSIONS)
async def test_changing_what_is_known(version: str) -> None:
    async with shop(version) as odoo:
        partner = odoo.partner()
        await odoo.adapter.update_customer(partner, CustomerChange(name="Dr Zoë Ñ", phone="+32 9 1", lang="fr_FR"))
        await odoo.adapter.update_customer(partner, CustomerChange())
        customer = await odoo.adapter.customer(user_id=USER)
        assert customer is not None
        assert (customer.name, customer.phone, customer.lang) == ("Dr Zoë Ñ", "+32 9 1", "fr_FR")
        assert (customer.login, customer.email) == (LOGIN, LOGIN)
        await odoo.adapter.update_customer(partner, CustomerChange(email="other@customer.example", phone=""))
        customer = await odoo.adapter.customer(user_id=USER)
        assert customer is not None
        assert (customer.login, customer.email, customer.phone) == (LOGIN, "other@customer.example", None)
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.update_customer(partner, CustomerChange(name=""))
        with pytest.raises(OdooError):
            await odoo.adapter.update_customer(99_999, CustomerChange(name="Nobody"))


# -- passwords --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_changing_a_password(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        assert await odoo.adapter.change_password(USER, "wrong", "Second-pass-2") is False
        assert await odoo.adapter.change_password(99_999, PASSWORD, "Second-pass-2") is False
        assert await odoo.adapter.change_password(USER, PASSWORD, "Second-pass-2") is True
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) is None
        assert await odoo.adapter.verify_password(LOGIN, "Second-pass-2") == USER
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.change_password(USER, "Second-pass-2", "")
        await odoo.adapter.set_password(USER, "Third-pass-3")
        assert await odoo.adapter.verify_password(LOGIN, "Third-pass-3") == USER
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.set_password(USER, "")


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_mailed_link_sets_a_password_once(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        account = await odoo.adapter.reset_password(LOGIN.upper())
        assert (account.user_id, account.partner_id, account.login) == (USER, odoo.partner(), LOGIN)
        assert (account.email, odoo.double.db.mails[-1].to) == (LOGIN, LOGIN)
        token = token_of(odoo)
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.set_password_by_token(token, "")
        assert await odoo.adapter.set_password_by_token(token, "By-token-1") == USER
        assert await odoo.adapter.verify_password(LOGIN, "By-token-1") == USER
        with pytest.raises(OdooRejectedError) as used:
            await odoo.adapter.set_password_by_token(token, "By-token-2")
        assert "is not valid" in used.value.message
        assert await odoo.adapter.verify_password(LOGIN, "By-token-1") == USER


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("token", ["", "x", "AAAA", "nonsense%", "\N{SNOWMAN}", "=" * 40, "AQ" * 60])
async def test_what_is_no_token_sets_nothing(version: str, token: str) -> None:
    async with shop(version) as odoo:
        users = len(odoo.double.db.table("res.users"))
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.set_password_by_token(token, "By-token-1")
        assert len(odoo.double.db.table("res.users")) == users
        assert odoo.double.dataset.passwords[LOGIN] == PASSWORD


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_link_gets_too_old(version: str) -> None:
    async with shop(version) as odoo:
        await odoo.adapter.reset_password(LOGIN)
        odoo.clock.moved = timedelta(hours=25)
        with pytest.raises(OdooRejectedError):
            await odoo.adapter.set_password_by_token(token_of(odoo), "By-token-1")


async def test_in_19_a_login_ends_the_link() -> None:
    async with shop("19.0") as odoo:
        await odoo.adapter.reset_password(LOGIN)
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) == USER
        with pytest.raises(OdooRejectedError, match="is not valid or expired"):
            await odoo.adapter.set_password_by_token(token_of(odoo), "By-token-1")


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_is_meant_by_an_address(version: str) -> None:
    async with shop(version) as odoo:
        partners = odoo.partner(), odoo.partner(USER - 1)
        odoo.double.write("res.partner", [partners[0]], {"email": "shared@customer.example"})
        found = await odoo.adapter.find_account("shared@customer.example")
        assert found is not None
        assert found.user_id == USER
        odoo.double.write("res.partner", [partners[1]], {"email": "shared@customer.example"})
        assert await odoo.adapter.find_account("shared@customer.example") is None  # two
        odoo.double.write("res.users", [USER - 1], {"login": "shared@customer.example"})
        found = await odoo.adapter.find_account("shared@customer.example")
        assert found is not None
        assert found.user_id == USER - 1  # a login comes before an address
        for unknown in ("nobody@customer.example", "", "  ", "%", "_"):
            with pytest.raises(OdooRejectedError, match=r"^Invalid email\.$"):
                await odoo.adapter.reset_password(unknown)
        odoo.double.write("res.users", [USER], {"active": False})
        with pytest.raises(OdooRejectedError, match="archived user"):
            await odoo.adapter.reset_password(LOGIN)
        assert odoo.double.db.mails == []


# -- secrets and rights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_error_tells_a_password(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Odoo may echo what it was sent."""
    secret = "Correct-Horse-9"

    async def echo(model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        del args
        raise OdooRejectedError(f"{model}.{method} refused {kwargs}")

    async with shop(version) as odoo:
        account = odoo.adapter.reader.source("account")
        assert account.model == "res.users"
        await odoo.adapter.customer(user_id=USER)  # the small tables are known
        really = odoo.adapter.transport.call

        async def call(model: str, method: str, *args: Any, **kwargs: Any) -> Any:
            asked = str(args) + str(kwargs)
            return await (echo if secret in asked else really)(model, method, *args, **kwargs)

        monkeypatch.setattr(odoo.adapter.transport, "call", call)
        for attempt in (
            odoo.adapter.register(name="X", email="x@customer.example", password=secret),
            odoo.adapter.set_password_by_token("token", secret),
        ):
            with pytest.raises(OdooRejectedError) as refused:
                await attempt
            assert "refused" in refused.value.message
            assert secret not in refused.value.message + str(refused.value) + repr(refused.value)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_service_without_the_right_to_manage_users(version: str) -> None:
    async with shop(version) as odoo:
        groups = odoo.double.db.profile.names.user_groups
        manager = odoo.double.db.external_id("base.group_erp_manager")
        odoo.double.write("res.users", [9], {groups: [(3, manager)]})
        assert await odoo.adapter.verify_password(LOGIN, PASSWORD) == USER
        assert await odoo.adapter.customer(user_id=USER) is not None
        for attempt in (
            odoo.adapter.register(**NEW),
            odoo.adapter.set_password(USER, "Second-pass-2"),
            odoo.adapter.reset_password(LOGIN),
        ):
            with pytest.raises(OdooAccessError):
                await attempt
        assert odoo.double.dataset.passwords[LOGIN] == PASSWORD


async def test_after_closing_nothing_is_asked() -> None:
    async with shop("14.0") as odoo:
        await odoo.adapter.close()
        with pytest.raises(OdooUnavailableError):
            await odoo.adapter.verify_password(LOGIN, PASSWORD)


@pytest.mark.parametrize("answer", [{"uid": "19"}, {}, [], None, True, 19], ids=str)
async def test_what_is_no_odoo_lets_nobody_in(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another service answers at the address."""
    monkeypatch.setattr("demo.double.wire.sessions.session_info", lambda _double, _uid: answer)
    async with shop("14.0") as odoo:
        with pytest.raises(OdooProtocolError):
            await odoo.adapter.verify_password(LOGIN, PASSWORD)
