"""New passwords, by a mailed link or by the old one, on every version."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.accounts.desk import LOGIN, Desk, desk
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD, STAFF, STAFF_PASSWORD, USER, VERSIONS
from tests.adapters.test_customer_accounts import token_of

RESET = "mutation ($email: String!) { resetPassword(email: $email) { id name email partner { id } } }"
CHANGE = """
mutation ($new: String!, $token: String!) { changePassword(newPassword: $new, token: $token) { id name email } }
"""
UPDATE = """
mutation ($old: String!, $new: String!) {
  updatePassword(currentPassword: $old, newPassword: $new) { id name email partner { id isPublic } }
}
"""
NEW = "Second-pass-2"


async def _two_of(shop: Desk) -> tuple[str, str]:
    """Ids of two sessions of the customer."""
    found = [(await shop.visitor().log_in(VET, PASSWORD)).session_id for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_mailed_link_sets_a_password(version: str) -> None:
    async with desk(version) as shop:
        sessions = await _two_of(shop)
        staff = await shop.visitor().log_in(STAFF, STAFF_PASSWORD)
        visitor = shop.visitor()
        user = (await visitor.ask(RESET, email=f" {VET.upper()}")).data["resetPassword"]
        customer = await shop.odoo.adapter.customer(user_id=USER)
        assert customer is not None
        # an address proves nothing: what the contact is is not told
        assert user == {"id": USER, "name": customer.name, "email": VET, "partner": None}
        assert shop.odoo.double.db.mails[-1].to == VET
        token = token_of(shop.odoo)
        with capture_logs() as logs:
            changed = (await visitor.ask(CHANGE, new=NEW, token=token)).data["changePassword"]
        assert changed == {"id": USER, "name": customer.name, "email": VET}
        assert NEW not in str(logs)
        assert token not in str(logs)
        assert not set(sessions) & shop.signs.sessions.keys()
        assert staff.identity is not None  # others' go on
        assert visitor.identity is None  # it does not sign in
        assert (await shop.visitor().ask(LOGIN, email=VET, password=PASSWORD)).told[0] == "WRONG_CREDENTIALS"
        await shop.visitor().log_in(VET, NEW)
        assert (await visitor.ask(CHANGE, new="Third-pass-3", token=token)).told[0] == "ERP_REJECTED"
        await shop.visitor().log_in(VET, NEW)


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_is_signed_in_stays_so(version: str) -> None:
    async with desk(version) as shop:
        first, second = await _two_of(shop)
        visitor = shop.visitor()
        visitor.session_id = second
        await visitor.ask(RESET, email=VET)
        assert (await visitor.ask(CHANGE, new=NEW, token=token_of(shop.odoo))).data["changePassword"]
        assert visitor.identity is not None
        assert first not in shop.signs.sessions


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_unknown_address_is_invalid(version: str) -> None:
    async with desk(version) as shop:
        for email in ("nobody@customer.example", "no address", "", "%@%.%", "x" * 300):
            assert (await shop.visitor().ask(RESET, email=email)).told == ("BAD_USER_INPUT", "Invalid email.")
        shop.odoo.double.write("res.users", [USER], {"active": False})
        answer = await shop.visitor().ask(RESET, email=VET)
        assert answer.told == ("ERP_REJECTED", "You cannot perform this action on an archived user.")
        assert shop.odoo.double.db.mails == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_asks_for_mails_without_end(version: str) -> None:
    async with desk(version) as shop:
        for at in range(5):
            assert (await shop.visitor(f"203.0.113.{at}").ask(RESET, email=VET)).data
        answer = await shop.visitor("203.0.113.9").ask(RESET, email=VET)
        assert answer.told[0] == "TOO_MANY_TRIES"
        assert 0 < answer.errors[0]["extensions"]["retryAfter"] <= 900
        assert len(shop.odoo.double.db.mails) == 5
        await shop.visitor().log_in(VET, PASSWORD)  # signing in is another matter


async def test_accounts_are_not_guessed_by_asking_for_mails() -> None:
    async with desk("14.0") as shop:
        codes = [(await shop.visitor().ask(RESET, email=f"a{at}@x.example")).told[0] for at in range(21)]
        assert codes == ["BAD_USER_INPUT"] * 20 + ["TOO_MANY_TRIES"]
        assert (await shop.visitor().ask(RESET, email=VET)).told[0] == "TOO_MANY_TRIES"
        assert shop.odoo.double.db.mails == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_no_token_sets_nothing(version: str) -> None:
    async with desk(version) as shop:
        await shop.visitor().ask(RESET, email=VET)
        for token in ("", "\N{SNOWMAN}", "x" * 513, "a b"):
            answer = await shop.visitor().ask(CHANGE, new=NEW, token=token)
            assert answer.told == ("BAD_USER_INPUT", "token is not one of a mailed link.")
        for token in ("x", "AAAA", token_of(shop.odoo)[:-2] + "xx"):
            assert (await shop.visitor().ask(CHANGE, new=NEW, token=token)).told[0] == "ERP_REJECTED"
        assert (await shop.visitor().ask(CHANGE, new="", token=token_of(shop.odoo))).told[0] == "BAD_USER_INPUT"
        assert shop.odoo.double.dataset.passwords[VET] == PASSWORD


@pytest.mark.parametrize("version", VERSIONS)
async def test_by_the_old_password(version: str) -> None:
    async with desk(version) as shop:
        first, second = await _two_of(shop)
        visitor = shop.visitor()
        visitor.session_id = second
        answer = await visitor.ask(UPDATE, old="wrong", new=NEW)
        assert answer.told == ("WRONG_CREDENTIALS", "Incorrect password.")
        assert {first, second} <= shop.signs.sessions.keys()
        with capture_logs() as logs:
            user = (await visitor.ask(UPDATE, old=PASSWORD, new=NEW)).data["updatePassword"]
        assert (user["id"], user["email"]) == (USER, VET)
        assert user["partner"] == {"id": shop.odoo.partner(), "isPublic": False}
        assert NEW not in str(logs)
        assert PASSWORD not in str(logs)
        assert visitor.identity is not None
        assert visitor.session_id not in {first, second}  # whoever has the old id is out too
        assert not {first, second} & shop.signs.sessions.keys()
        assert await shop.odoo.adapter.verify_password(VET, NEW) == USER


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_old_password_is_not_guessed(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        codes = [(await visitor.ask(UPDATE, old=f"wrong {at}", new=NEW)).told[0] for at in range(4)]
        assert codes == ["WRONG_CREDENTIALS"] * 4
        assert (await visitor.ask(UPDATE, old=PASSWORD, new=NEW)).told[0] == "TOO_MANY_TRIES"
        assert shop.odoo.double.dataset.passwords[VET] == PASSWORD


@pytest.mark.parametrize("version", VERSIONS)
async def test_only_they_themselves_change_it(version: str) -> None:
    async with desk(version) as shop:
        guest = await shop.visitor().ask(UPDATE, old=PASSWORD, new=NEW)
        assert guest.told == ("NOT_SIGNED_IN", "You must be logged in.")
        staff = await shop.visitor().log_in(STAFF, STAFF_PASSWORD)
        await staff.ask("mutation ($id: Int!) { actFor(partnerId: $id) { name } }", id=shop.odoo.partner())
        assert (await staff.ask(UPDATE, old=PASSWORD, new=NEW)).told[0] == "FORBIDDEN"
        assert shop.odoo.double.dataset.passwords[VET] == PASSWORD
