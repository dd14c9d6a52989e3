"""Accounts through the whole application: the storefront's operations, its cookie, and sessions that end."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from graphql import parse, validate

from tests.accounts.desk import schema
from tests.accounts.storefront import document, to_build
from tests.adapters.customers import VERSIONS
from tests.identity.wired import Shop, session_cookie, shop
from tests.support.bff import Answer

VET, PASSWORD, NEW = "vet3@customer.example", "Secret-3", "Second-pass-2"
OPERATIONS = (
    "LoadUserQuery",
    "LoginMutation",
    "LogoutMutation",
    "RegisterUserMutation",
    "SendResetPasswordMutation",
    "ChangePasswordMutation",
    "UpdatePasswordMutation",
    "UpdateMyAccountMutation",
)


async def _send(bff: Shop, operation: str, /, cookie: str | None = None, **variables: Any) -> Answer:
    """As the storefront's server does: without a session it sends the word ``undefined``."""
    text, _ = document(operation, schema())
    headers = {"cookie": f"session_id={cookie or bff.cookie or 'undefined'}"}
    answer = await bff.query(text, variables or None, **headers)
    assert answer.status == 200
    return answer


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_storefronts_operations_are_valid(name: str) -> None:
    """But for fields that are known to be missing."""
    text, missing = document(name, schema())
    assert validate(schema(), parse(text)) == []
    assert missing <= set(to_build())


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customers_way_through_the_storefront(version: str) -> None:
    async with shop(version=version) as bff:
        guest = (await _send(bff, "LoadUserQuery")).data["partner"]
        assert (guest["id"], guest["name"], guest["isPublic"]) == (4, "Public user", True)
        refused = await _send(bff, "LoginMutation", email=VET, password="wrong")
        assert refused.errors[0]["message"] == "Wrong email or password."
        guests_cookie = bff.cookie

        answer = await _send(bff, "LoginMutation", email=VET.upper(), password=PASSWORD)
        own = bff.customer(3)[1]
        assert answer.data["login"]["user"]["partner"]["id"] == own
        morsel = session_cookie(answer)
        assert morsel is not None
        assert (morsel["path"], morsel["samesite"], bool(morsel["httponly"])) == ("/", "Lax", True)
        assert morsel.value != guests_cookie
        assert (await _send(bff, "LoadUserQuery")).data["partner"]["id"] == own

        changed = await _send(bff, "UpdateMyAccountMutation", myaccount={"phone": "+32 9 1"})
        assert changed.data["updateMyAccount"]["phone"] == "+32 9 1"

        before = bff.cookie
        updated = await _send(bff, "UpdatePasswordMutation", currentPassword=PASSWORD, newPassword=NEW)
        assert updated.data["updatePassword"]["partner"]["id"] == own
        assert bff.cookie != before
        assert (await _send(bff, "LoadUserQuery", cookie=before)).data["partner"]["isPublic"]
        assert (await _send(bff, "LoadUserQuery")).data["partner"]["id"] == own

        signed_in = bff.cookie
        assert (await _send(bff, "LogoutMutation")).data == {"logout": True}
        assert (await _send(bff, "LoadUserQuery", cookie=signed_in)).data["partner"]["isPublic"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_account_from_its_opening_to_a_forgotten_password(version: str) -> None:
    async with shop(version=version) as bff:
        given = {"email": "new@customer.example", "name": "Praktijk De Linde", "password": PASSWORD}
        opened = await _send(bff, "RegisterUserMutation", **given, subscribeNewsletter=True)
        assert opened.data["register"]["name"] == given["name"]
        assert (await _send(bff, "LoadUserQuery")).data["partner"]["isPublic"]
        again = await _send(bff, "RegisterUserMutation", **given, subscribeNewsletter=False)
        assert again.errors[0]["message"] == "Another user is already registered using this email address."

        await _send(bff, "LoginMutation", email=given["email"], password=PASSWORD)
        signed_in = bff.cookie
        bff.cookie = None  # another browser
        mailed = await _send(bff, "SendResetPasswordMutation", email=given["email"])
        assert mailed.data["resetPassword"]["email"] == given["email"]
        token = parse_qs(urlsplit(bff.double.db.mails[-1].link).query)["token"][0]
        await _send(bff, "ChangePasswordMutation", newPassword=NEW, token=token)
        assert (await _send(bff, "LoadUserQuery", cookie=signed_in)).data["partner"]["isPublic"]
        answer = await _send(bff, "LoginMutation", email=given["email"], password=NEW)
        assert answer.data["login"]["user"]["partner"]["id"] == opened.data["register"]["partner"]["id"]
