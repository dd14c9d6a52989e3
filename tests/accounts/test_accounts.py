"""Registering, and what customers tell of themselves, on every version."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.accounts.desk import desk
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD, STAFF, STAFF_PASSWORD, USER, VERSIONS

REGISTER = """
mutation ($email: String!, $name: String!, $password: String!) {
  register(email: $email, name: $name, password: $password, subscribeNewsletter: true) {
    id name email partner { id name email isPublic }
  }
}
"""
UPDATE = """
mutation ($params: UpdateMyAccountParams) { updateMyAccount(myaccount: $params) { id name email phone isPublic } }
"""
PARTNER = "{ partner { id name email phone vat isPublic } }"
TAKEN = ("EMAIL_TAKEN", "Another user is already registered using this email address.")


@pytest.mark.parametrize("version", VERSIONS)
async def test_registering(version: str) -> None:
    async with desk(version) as shop:
        visitor = shop.visitor()
        given = {"email": " New@Customer.example ", "name": " Praktijk\n De  Linde ", "password": "First-pass-1"}
        user = (await visitor.ask(REGISTER, **given)).data["register"]
        assert (user["name"], user["email"]) == ("Praktijk De Linde", "new@customer.example")
        partner = user["partner"]
        assert partner == {
            "id": shop.odoo.partner(user["id"]),
            "name": user["name"],
            "email": user["email"],
            "isPublic": False,
        }
        assert visitor.identity is None  # nobody is signed in by it
        await visitor.log_in("new@customer.example", "First-pass-1")
        assert (await visitor.ask(PARTNER)).data["partner"]["id"] == partner["id"]
        customer = await shop.odoo.adapter.customer(user_id=user["id"])
        assert customer is not None
        assert (customer.kind, customer.company_id) == ("portal", 1)


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_address_registers_once(version: str) -> None:
    async with desk(version) as shop:
        for email in (VET, VET.upper(), STAFF):
            answer = await shop.visitor().ask(REGISTER, email=email, name="X", password="Some-pass-1")
            assert answer.told == TAKEN
            assert answer.whole == {"register": None}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("email", "name", "password", "message"),
    [
        ("nobody", "X", "Some-pass-1", "Invalid email."),
        ("a@b", "X", "Some-pass-1", "Invalid email."),
        ("a@b.example, c@d.example", "X", "Some-pass-1", "Invalid email."),
        ("a b@c.example", "X", "Some-pass-1", "Invalid email."),
        ("a@b@c.example", "X", "Some-pass-1", "Invalid email."),
        ("a\r\nBcc:x@y.example", "X", "Some-pass-1", "Invalid email."),
        ("x" * 250 + "@c.example", "X", "Some-pass-1", "Invalid email."),
        ("x@c.example", " \n", "Some-pass-1", "name may not be empty."),
        ("x@c.example", "x" * 129, "Some-pass-1", "name may have at most 128 characters."),
        ("x@c.example", "X", "", "password must have between 1 and 256 characters."),
        ("x@c.example", "X", "x" * 257, "password must have between 1 and 256 characters."),
        ("x@c.example", "X", "new\nline", "password may not have control characters."),
    ],
)
async def test_what_cannot_be_is_refused(version: str, email: str, name: str, password: str, message: str) -> None:
    async with desk(version) as shop:
        users = len(shop.odoo.double.db.table("res.users"))
        answer = await shop.visitor().ask(REGISTER, email=email, name=name, password=password)
        assert answer.told == ("BAD_USER_INPUT", message)
        assert len(shop.odoo.double.db.table("res.users")) == users


async def test_accounts_are_not_opened_by_the_dozen() -> None:
    async with desk("14.0") as shop:
        codes = []
        for at in range(21):
            answer = await shop.visitor().ask(REGISTER, email=f"a{at}@x.example", name="X", password="Some-pass-1")
            codes.append(answer.errors[0]["extensions"]["code"] if answer.errors else None)
        assert codes == [None] * 20 + ["TOO_MANY_TRIES"]
        assert (await shop.visitor("203.0.113.1").ask(REGISTER, email=VET, name="X", password="x")).told == TAKEN


# -- one's own contact ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_guests_are_one_contact(version: str) -> None:
    async with desk(version) as shop:
        nobody = {"id": 4, "name": "Public user", "email": None, "phone": None, "vat": None, "isPublic": True}
        assert (await shop.visitor().ask(PARTNER)).data["partner"] == nobody
        assert shop.odoo.calls == []  # which asks Odoo nothing
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        assert (await visitor.ask(PARTNER)).data["partner"]["isPublic"] is False
        await visitor.ask("mutation { logout }")
        assert (await visitor.ask(PARTNER)).data["partner"] == nobody


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_left_has_no_contact(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        shop.odoo.double.write("res.users", [USER], {"active": False})
        assert (await visitor.ask(PARTNER)).told == ("NOT_FOUND", "User does not exist.")
        visitor.refreshed(partner_id=None)  # whom an issuer vouches for, and Odoo does not know
        assert (await visitor.ask(PARTNER)).told == ("NOT_FOUND", "User does not exist.")


@pytest.mark.parametrize("version", VERSIONS)
async def test_changing_ones_own(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        own = shop.odoo.partner()
        before = dict(shop.odoo.double.db.table("res.partner").get(own) or {})
        shop.invalidated.clear()
        for nothing in (None, {}, {"name": None, "email": None, "phone": None, "id": None}):
            assert (await visitor.ask(UPDATE, params=nothing)).data["updateMyAccount"]["name"] == before["name"]
        assert shop.invalidated == []
        params = {"name": "Dr Zoë Ñ", "email": "ZOE@customer.example", "phone": "+32 9 123.45-67"}
        with capture_logs() as logs:
            changed = (await visitor.ask(UPDATE, params=params)).data["updateMyAccount"]
        assert changed == {
            "id": own,
            "name": "Dr Zoë Ñ",
            "email": "zoe@customer.example",
            "phone": "+32 9 123.45-67",
            "isPublic": False,
        }
        assert shop.invalidated == [f"customer:{own}"]
        assert {
            "event": "account.changed",
            "log_level": "info",
            "who": f"odoo:{USER}",
            "partner_id": own,
            "what": ["email", "name", "phone"],
        } in logs
        assert (await visitor.ask(UPDATE, params={"phone": ""})).data["updateMyAccount"]["phone"] is None
        assert await shop.odoo.adapter.verify_password(VET, PASSWORD) == USER  # the login stays


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_changes_others(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        tables = [shop.odoo.double.db.table(model) for model in ("res.partner", "res.users")]
        before = [repr([table.get(id_) for id_ in table.ids()]) for table in tables]
        own = {shop.odoo.partner(), USER}
        ids = [id_ for id_ in range(-2, 400) if id_ not in own] + [2**31 - 1]
        for id_ in ids:
            answer = await visitor.ask(UPDATE, params={"id": id_, "name": "Mallory"})
            assert answer.told == ("NOT_FOUND", "User does not exist.")  # whether there is such a one or not
        assert before == [repr([table.get(id_) for id_ in table.ids()]) for table in tables]
        for id_ in own:
            assert (await visitor.ask(UPDATE, params={"id": id_})).data["updateMyAccount"]["id"] == shop.odoo.partner()
        guest = await shop.visitor().ask(UPDATE, params={"id": shop.odoo.partner(), "name": "Mallory"})
        assert guest.told == ("NOT_SIGNED_IN", "You must be logged in.")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"name": ""}, "name may not be empty."),
        ({"email": "nobody"}, "Invalid email."),
        ({"email": ""}, "Invalid email."),
        ({"phone": "call me"}, "phone is no phone number."),
        ({"phone": "1" * 33}, "phone may have at most 32 characters."),
    ],
)
async def test_what_nobody_is_called_is_refused(params: dict[str, str], message: str) -> None:
    async with desk("14.0") as shop:
        visitor = await shop.visitor().log_in(VET, PASSWORD)
        assert (await visitor.ask(UPDATE, params=params)).told == ("BAD_USER_INPUT", message)


@pytest.mark.parametrize("version", VERSIONS)
async def test_staff_change_a_customers_account_in_both_names(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(STAFF, STAFF_PASSWORD)
        await visitor.ask("mutation ($id: Int!) { actFor(partnerId: $id) { name } }", id=shop.odoo.partner())
        with capture_logs() as logs:
            assert (await visitor.ask(UPDATE, params={"phone": "1"})).data["updateMyAccount"]["phone"] == "1"
        (logged,) = [one for one in logs if one["event"] == "account.changed"]
        assert logged["who"] == f"odoo:{shop.odoo.user(STAFF)} for odoo:{USER}"
