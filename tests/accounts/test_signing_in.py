"""Signing in and out, on every version."""

from __future__ import annotations

import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.errors import OdooUnavailableError
from identity.memory_tries import MemoryTries
from identity.throttle import LoginThrottle, ThrottleLimits, Window
from resolvers import accounts_tries
from tests.accounts.desk import LOGIN, Desk, desk
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD, STAFF, STAFF_PASSWORD, USER, VERSIONS

WRONG = ("WRONG_CREDENTIALS", "Wrong email or password.")
VIEWER = "{ viewer { isGuest name email staff } }"


def _count_checks(odoo: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The logins whose passwords Odoo is asked about from now on."""
    asked: list[str] = []
    really = odoo.odoo.adapter.verify_password

    async def check(login: str, password: str, *, client: str | None = None) -> int | None:
        asked.append(login)
        return await really(login, password, client=client)

    monkeypatch.setattr(odoo.odoo.adapter, "verify_password", check)
    return asked


@pytest.mark.parametrize("version", VERSIONS)
async def test_signing_in_and_out(version: str) -> None:
    async with desk(version) as shop:
        visitor = shop.visitor()
        answer = await visitor.ask(LOGIN, email=f"  {VET.upper()} ", password=PASSWORD)
        user = answer.data["login"]["user"]
        assert (user["id"], user["email"]) == (USER, VET)
        assert user["partner"]["id"] == shop.odoo.partner()
        assert (user["partner"]["name"], user["partner"]["isPublic"]) == (user["name"], False)
        signed_in = visitor.session_id
        viewer = (await visitor.ask(VIEWER)).data["viewer"]
        assert viewer == {"isGuest": False, "name": user["name"], "email": VET, "staff": False}
        assert (await visitor.ask("mutation { logout }")).data == {"logout": True}
        assert visitor.session_id != signed_in
        assert signed_in not in shop.signs.sessions
        assert (await visitor.ask(VIEWER)).data["viewer"]["isGuest"]
        assert (await visitor.ask("mutation { logout }")).data == {"logout": True}  # a guest may


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_wrong_is_not_told(version: str) -> None:
    async with desk(version) as shop:
        shop.odoo.double.write("res.users", [USER - 1], {"active": False})
        tries = (
            (VET, "wrong"),
            ("nobody@x.example", PASSWORD),
            (VET, PASSWORD + " "),
            ("vet9@customer.example", "Secret-9"),
        )
        for at, (email, password) in enumerate(tries):
            shop.signs.throttle = LoginThrottle(MemoryTries())
            visitor = shop.visitor(f"198.51.100.{at}")
            answer = await visitor.ask(LOGIN, email=email, password=password)
            assert answer.told == WRONG
            assert answer.whole == {"login": None}
            assert visitor.identity is None


async def test_whom_nobody_may_be_is_not_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public user, or an account that was closed between two questions."""
    async with desk("14.0") as shop:

        async def facts(partner_id: int | None = None, user_id: int | None = None) -> None:
            assert user_id == USER

        monkeypatch.setattr(shop.signs, "facts", facts)
        visitor = shop.visitor()
        assert (await visitor.ask(LOGIN, email=VET, password=PASSWORD)).told == WRONG
        assert visitor.identity is None


@pytest.mark.parametrize("known_takes", [0.0, 0.3])
async def test_an_unknown_account_takes_as_long_as_a_wrong_password(
    known_takes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.6)
    async with desk("14.0") as shop:
        really = shop.odoo.adapter.verify_password

        async def check(login: str, password: str, *, client: str | None = None) -> int | None:
            if login == VET:
                time.sleep(known_takes)  # noqa: ASYNC251  # hashing, as far as the clock can tell
            return await really(login, password, client=client)

        monkeypatch.setattr(shop.odoo.adapter, "verify_password", check)
        taken = []
        for email in (VET, "nobody@x.example"):
            started = time.monotonic()
            assert (await shop.visitor().ask(LOGIN, email=email, password="wrong")).told == WRONG
            taken.append(time.monotonic() - started)
        assert min(taken) >= 0.6
        assert abs(taken[0] - taken[1]) < 0.2


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_account_is_tried_five_times(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(version) as shop:
        shop.signs.throttle = LoginThrottle(_without_ceiling(), patience=0.0)
        asked = _count_checks(shop, monkeypatch)
        for at in range(5):
            assert (await shop.visitor(f"203.0.113.{at}").ask(LOGIN, email=VET, password="wrong")).told == WRONG
        answer = await shop.visitor("203.0.113.99").ask(LOGIN, email=VET.upper(), password=PASSWORD)
        code, message = answer.told
        assert (code, message) == ("TOO_MANY_TRIES", "Too many tries. Try again in 15 minutes.")
        assert 890 <= answer.errors[0]["extensions"]["retryAfter"] <= 900
        assert asked == [VET] * 5  # the sixth was not even asked
        unknown = [await shop.visitor("203.0.113.98").ask(LOGIN, email="no@x.example", password="x") for _ in range(6)]
        assert [one.told[0] for one in unknown] == ["WRONG_CREDENTIALS"] * 5 + ["TOO_MANY_TRIES"]  # nothing is told
        assert (await shop.visitor().ask(LOGIN, email=STAFF, password=STAFF_PASSWORD)).data["login"]["user"]


async def test_an_address_is_limited_whatever_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk("14.0") as shop:
        shop.signs.throttle = LoginThrottle(_without_ceiling(), patience=0.0)
        _count_checks(shop, monkeypatch)
        monkeypatch.setattr(shop.odoo.adapter, "verify_password", _never)
        for at in range(20):
            assert (await shop.visitor().ask(LOGIN, email=f"a{at}@x.example", password="x")).told == WRONG
        assert (await shop.visitor().ask(LOGIN, email=VET, password=PASSWORD)).told[0] == "TOO_MANY_TRIES"
        assert (await shop.visitor("203.0.113.1").ask(LOGIN, email=VET, password=PASSWORD)).told == WRONG


async def _never(login: str, password: str, *, client: str | None = None) -> None:
    assert client is not None  # Odoo is told who it is, for when it believes it


def _without_ceiling() -> Any:
    limits = ThrottleLimits(ceiling=Window(0, 60.0))
    return MemoryTries(limits)


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_odoos_own_lock_is_told_and_counts_for_nobody(version: str) -> None:
    async with desk(version) as shop:
        for _ in range(10):
            assert await shop.odoo.adapter.verify_password(VET, "wrong") is None
        for _ in range(6):  # more than an account is tried
            code, message = (await shop.visitor(address="").ask(LOGIN, email=VET, password=PASSWORD)).told
            assert (code, message.startswith("Too many login failures")) == ("TOO_MANY_TRIES", True)


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_a_second_factor_is_told_to_who_knows_the_password(version: str) -> None:
    async with desk(version) as shop:
        users = shop.odoo.double.db.table("res.users")
        users.put({**(users.get(USER) or {}), "totp_secret": "JBSWY3DPEHPK3PXP"})
        visitor = shop.visitor()
        assert (await visitor.ask(LOGIN, email=VET, password="wrong")).told == WRONG
        assert (await visitor.ask(LOGIN, email=VET, password=PASSWORD)).told[0] == "SECOND_FACTOR_REQUIRED"
        assert visitor.identity is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_odoo_that_is_away_is_told_as_such(version: str) -> None:
    async with desk(version) as shop:
        shop.odoo.double.faults.apply({"down": True})
        for _ in range(7):  # and counts for nobody
            assert (await shop.visitor().ask(LOGIN, email=VET, password=PASSWORD)).told[0] == "ERP_UNAVAILABLE"
        shop.odoo.double.faults.apply({"down": False})


async def test_without_sessions_nobody_signs_in() -> None:
    async with desk("14.0") as shop:
        shop.is_open = False
        for text in ("mutation { logout }", LOGIN):
            answer = await shop.visitor().ask(text, email=VET, password=PASSWORD)
            assert answer.told[0] == "IDENTITY_UNAVAILABLE"


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("x" * 255, "x", "email may have at most 254 characters."),
        (VET, "", "password must have between 1 and 256 characters."),
        (VET, "x" * 257, "password must have between 1 and 256 characters."),
        (VET, "Secret\x00-10", "password may not have control characters."),
    ],
)
async def test_what_cannot_be_right_is_not_asked(
    email: str, password: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk("14.0") as shop:
        asked = _count_checks(shop, monkeypatch)
        assert (await shop.visitor().ask(LOGIN, email=email, password=password)).told == ("BAD_USER_INPUT", message)
        assert asked == []


async def test_no_log_holds_a_password() -> None:
    async with desk("14.0") as shop:
        visitor = shop.visitor()
        with capture_logs() as logs:
            await visitor.ask(LOGIN, email="nobody@x.example", password="Correct-Horse-9")
            await visitor.ask(LOGIN, email=VET, password=PASSWORD)
            shop.odoo.adapter.verify_password = _broken  # type: ignore[method-assign]
            await visitor.ask(LOGIN, email=VET, password="Correct-Horse-9")
        assert any(one["event"] == "graphql.error" for one in logs)
        assert "Correct-Horse-9" not in str(logs)
        assert PASSWORD not in str(logs)


async def _broken(*_: Any, **__: Any) -> None:
    raise OdooUnavailableError("away")


async def test_one_request_may_be_of_two() -> None:
    """What follows a mutation in the same request is theirs that it signed in."""
    async with desk("14.0") as shop:
        text = """
        mutation ($email: String!, $password: String!) {
          login(email: $email, password: $password) { user { id } }
          updateMyAccount(myaccount: {phone: "+32 9 1"}) { id phone }
          logout
          again: updateMyAccount(myaccount: {phone: "+32 9 2"}) { id }
        }
        """
        answer = await shop.visitor().ask(text, email=VET, password=PASSWORD)
        assert answer.told[0] == "NOT_SIGNED_IN"
        assert answer.errors[0]["path"] == ["again"]
        assert answer.whole["updateMyAccount"] == {"id": shop.odoo.partner(), "phone": "+32 9 1"}
