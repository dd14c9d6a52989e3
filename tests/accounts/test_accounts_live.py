"""An account's life on a live Odoo, through the whole application. What is made there is taken away again."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

import pytest

from adapters.odoo import RpcAdapter
from contract.client import AsgiClient
from server.app import create_app
from tests.accounts.desk import schema
from tests.accounts.storefront import document
from tests.adapters.test_customers_live import URL, mailbox, opened
from tests.support.bff import settings_for

pytestmark = [
    pytest.mark.skipif(
        not URL, reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD"
    ),
    pytest.mark.timeout(180),
]
FIRST, SECOND, THIRD = "First-pass-1", "Second-pass-2", "Third-pass-3"


@dataclass
class Browser:
    """A visitor of the shop."""

    client: AsgiClient
    cookies: list[str] = field(default_factory=lambda: ["undefined"])

    async def send(self, operation: str, /, **variables: Any) -> Any:
        """The storefront's operation; its answer, decoded."""
        text, _ = document(operation, schema())
        answer = await self.client.graphql(text, variables, {"cookie": f"session_id={self.cookies[-1]}"})
        assert answer.status == 200
        if "set-cookie" in answer.headers:
            self.cookies.append(SimpleCookie(answer.headers["set-cookie"])["session_id"].value)
        return answer.json

    async def is_public(self) -> bool:
        return bool((await self.send("LoadUserQuery"))["data"]["partner"]["isPublic"])


@asynccontextmanager
async def application() -> AsyncIterator[AsgiClient]:
    """The application in front of the live Odoo, connected."""
    settings = settings_for(
        URL,
        odoo_db=os.environ["ODOO_LIVE_DB"],
        odoo_user=os.environ["ODOO_LIVE_USER"],
        odoo_password=os.environ["ODOO_LIVE_PASSWORD"],
        odoo_transport="auto",
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app), asyncio.timeout(120):
        client = AsgiClient(app)
        while (await client.get("/readyz")).status != 200:  # noqa: ASYNC110  # as any probe: from outside
            await asyncio.sleep(0.1)
        yield client


@asynccontextmanager
async def cleaned(admin: RpcAdapter, address: str) -> AsyncIterator[list[tuple[str, int]]]:
    """Takes away the account with the address, and what else is noted."""
    made: list[tuple[str, int]] = []
    try:
        yield made
    finally:
        account = await admin.find_account(address)
        if account is not None:
            made += [("res.partner", account.partner_id), ("res.users", account.user_id)]
        for model, record_id in reversed(made):
            await admin.transport.call(model, "unlink", [record_id])
        await admin.close()


async def test_an_account_from_its_opening_to_a_forgotten_password() -> None:
    address = f"customer-{secrets.token_hex(4)}@shop.example"
    admin = await opened(os.environ["ODOO_LIVE_USER"], os.environ["ODOO_LIVE_PASSWORD"])
    async with cleaned(admin, address) as made, application() as client, mailbox() as box:
        first, second = Browser(client), Browser(client)
        given = {"email": address, "name": "Cabinet Ñandú", "password": FIRST, "subscribeNewsletter": False}
        opened_account = await first.send("RegisterUserMutation", **given)
        partner = opened_account["data"]["register"]["partner"]
        assert (partner["name"], partner["email"], partner["isPublic"]) == ("Cabinet Ñandú", address, False)
        taken = await first.send("RegisterUserMutation", **given)
        assert taken["errors"][0]["extensions"]["code"] == "EMAIL_TAKEN"
        assert await first.is_public()

        wrong = await first.send("LoginMutation", email=address, password="wrong")
        assert wrong["errors"][0]["message"] == "Wrong email or password."
        for browser in (first, second):
            answer = await browser.send("LoginMutation", email=address.upper(), password=FIRST)
            assert answer["data"]["login"]["user"]["partner"]["id"] == partner["id"]
        changed = await first.send("UpdateMyAccountMutation", myaccount={"name": "Dr Zoë", "phone": "+32 9 1"})
        assert changed["data"]["updateMyAccount"]["name"] == "Dr Zoë"
        await first.send("UpdatePasswordMutation", currentPassword=FIRST, newPassword=SECOND)
        assert not await first.is_public()
        assert await second.is_public()

        server = {"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": box.port, "sequence": 0}
        args = {"vals_list": server}
        made.append(("ir.mail_server", await admin.transport.call("ir.mail_server", "create", args=args)))
        mailed = await second.send("SendResetPasswordMutation", email=address)
        assert mailed["data"]["resetPassword"]["name"] == "Dr Zoë"
        (token,) = {
            unquote(one) for text in box.texts for one in re.findall(r"reset_password\?\S*?token=([\w%=.-]+)", text)
        }
        reset = await second.send("ChangePasswordMutation", newPassword=THIRD, token=token)
        assert reset["data"]["changePassword"]["email"] == address
        assert await first.is_public()  # the link ended the session
        again = await second.send("ChangePasswordMutation", newPassword=FIRST, token=token)
        assert again["errors"][0]["extensions"]["code"] == "ERP_REJECTED"
        assert "errors" not in await second.send("LoginMutation", email=address, password=THIRD)
        assert (await second.send("LogoutMutation"))["data"] == {"logout": True}
        assert await second.is_public()
