"""Customers on a live Odoo, where one is named by the environment. What it makes there it takes away again."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from adapters.connect import connect
from adapters.errors import OdooLockedOutError, OdooLoginTakenError, OdooRejectedError
from adapters.odoo import RpcAdapter
from adapters.records import CustomerChange
from adapters.rpc import Credentials
from adapters.rpc.logins import Logins

URL = os.environ.get("ODOO_LIVE_URL", "")
pytestmark = [
    pytest.mark.skipif(
        not URL, reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD"
    ),
    pytest.mark.timeout(180),
]
#: what the documents say a service user needs
RIGHTS = ("base.group_user", "base.group_erp_manager", "base.group_partner_manager")
PASSWORD = "First-pass-1"


@dataclass
class Mailbox:
    """The mails that were delivered, as their readers see them."""

    port: int = 0
    texts: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection's mails, as any SMTP server."""
        writer.write(b"220 shop.example\r\n")
        while line := (await reader.readline()).upper():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                message = email.message_from_bytes(raw, policy=email.policy.default)
                body = message.get_body(("html", "plain"))
                self.texts.append(body.get_content() if body is not None else "")
            elif line.startswith(b"QUIT"):
                break
            writer.write(b"250 shop.example\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


def credentials(login: str, secret: str) -> Credentials:
    return Credentials(URL, os.environ["ODOO_LIVE_DB"], login, secret)


async def opened(login: str, secret: str) -> RpcAdapter:
    adapter = await connect(credentials(login, secret), transport="jsonrpc")
    assert isinstance(adapter, RpcAdapter)
    await adapter.inspect()
    return adapter


@dataclass
class Live:
    """``service``: the adapter, as a user with no more rights than it needs. ``made``: what is taken away again."""

    admin: RpcAdapter
    service: RpcAdapter
    address: str
    made: list[tuple[str, int]] = field(default_factory=list)

    async def create(self, model: str, values: dict[str, Any]) -> int:
        args = {"vals_list": values}
        record_id = await self.admin.transport.call(model, "create", args=args, context={"no_reset_password": True})
        self.made.append((model, record_id))
        return int(record_id)

    async def write(self, model: str, record_id: int, values: dict[str, Any]) -> None:
        await self.admin.transport.call(model, "write", [record_id], {"vals": values})

    async def registered(self) -> int:
        user_id = await self.service.register(name="Cabinet Ñandú", email=self.address, password=PASSWORD, company_id=1)
        customer = await self.service.customer(user_id=user_id)
        assert customer is not None
        self.made += [("res.partner", customer.partner_id), ("res.users", user_id)]
        return user_id


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    admin = await opened(os.environ["ODOO_LIVE_USER"], os.environ["ODOO_LIVE_PASSWORD"])
    mark = secrets.token_hex(4)
    live = Live(admin, admin, f"customer-{mark}@shop.example")
    try:
        groups = [(await admin._tables.get()).group(name) for name in RIGHTS]
        values = {
            "name": "Service",
            "login": f"service-{mark}",
            "email": f"service-{mark}@shop.example",
            "password": mark * 2,
            admin.profile.user_groups: [[6, 0, [group.id for group in groups if group is not None]]],
        }
        user_id = await live.create("res.users", values)
        row = (await admin.reader.read("account", [["id", "=", user_id]]))[0]
        live.made.insert(0, ("res.partner", row["partner"][0]))
        live.service = await opened(f"service-{mark}", mark * 2)
        yield live
    finally:
        for model, record_id in reversed(live.made):
            await admin.transport.call(model, "unlink", [record_id])
        await live.service.close()
        await admin.close()


async def test_an_account_from_registering_to_a_new_password(live: Live) -> None:
    user_id = await live.registered()
    check, address = live.service.verify_password, live.address
    assert await check(address, PASSWORD) == user_id
    assert await check(address, "wrong") is None
    assert await check("nobody@shop.example", PASSWORD) is None
    with pytest.raises(OdooLoginTakenError):
        await live.service.register(name="X", email=address.upper(), password=PASSWORD)
    assert await live.service.change_password(user_id, "wrong", "Second-pass-2") is False
    assert await live.service.change_password(user_id, PASSWORD, "Second-pass-2") is True
    assert await check(address, PASSWORD) is None
    await live.service.set_password(user_id, "Third-pass-3")
    assert await check(address, "Third-pass-3") == user_id
    await live.write("res.users", user_id, {"active": False})
    assert await check(address, "Third-pass-3") is None
    with pytest.raises(OdooLoginTakenError):
        await live.service.register(name="X", email=address, password=PASSWORD)
    with pytest.raises(OdooRejectedError, match="archived user"):
        await live.service.reset_password(address)


async def test_what_is_told_of_a_customer(live: Live) -> None:
    user_id = await live.registered()
    above = await live.create("res.partner.category", {"name": "Practices"})
    tag = await live.create("res.partner.category", {"name": "Rural", "parent_id": above})
    company = await live.create(
        "res.partner", {"name": "Centre Œil", "is_company": True, "category_id": [[6, 0, [tag]]]}
    )
    group = await live.create("res.groups", {"name": "Shareholder"})
    pricelists = await live.service.pricelists()
    before = await live.service.customer(user_id=user_id)
    assert before is not None
    assert (before.kind, before.active, before.name) == ("portal", True, "Cabinet Ñandú")
    assert "base.group_portal" in {one.xml_id for one in before.groups}
    assert (before.company_id, before.categories) == (1, ())

    chosen = next(one.id for one in pricelists if one.id != before.pricelist_id)
    await live.write("res.partner", before.partner_id, {"parent_id": company, "vat": False})
    await live.write("res.partner", company, {"property_product_pricelist": chosen})
    await live.write("res.groups", group, {"users": [[4, user_id]]})
    await live.service.update_customer(before.partner_id, CustomerChange(name="Dr Zoë", phone="+32 9 1"))
    after = await live.service.customer(user_id=user_id)
    assert after is not None
    assert (after.commercial_partner_id, after.commercial_name) == (company, "Centre Œil")
    assert [one.name for one in after.categories] == ["Rural", "Practices"]
    assert (after.pricelist_id, after.name, after.phone) == (chosen, "Dr Zoë", "+32 9 1")
    assert group in {one.id for one in after.groups}
    assert (after.email, after.login) == (live.address, live.address)
    assert await live.service.customers([after.partner_id]) == [after]


async def test_the_feed_tells_of_customers(live: Live) -> None:
    user_id = await live.registered()
    customer = await live.service.customer(user_id=user_id)
    assert customer is not None
    first = (await live.service.changes_since(None)).cursor
    pricelists = await live.service.pricelists()
    group = await live.create("res.groups", {"name": "Shareholder"})
    settled = (await live.service.changes_since(first)).cursor
    for model, record_id, values, expected in (
        ("res.partner", customer.partner_id, {"property_product_pricelist": pricelists[-1].id}, customer.partner_id),
        ("res.users", user_id, {live.admin.profile.user_groups: [[4, group]]}, customer.partner_id),
        ("res.users", user_id, {"password": "Second-pass-2"}, customer.partner_id),
        ("res.groups", group, {"users": [[3, user_id]]}, None),
    ):
        await asyncio.sleep(1.1)  # moments are told to the second
        await live.write(model, record_id, values)
        changes = await live.service.changes_since(settled)
        settled = changes.cursor
        told = [change.ids for change in changes.changes if change.subject == "customer"]
        assert any(not ids if expected is None else expected in ids or not ids for ids in told), (model, values)


async def test_a_link_is_mailed_and_sets_a_password_once(live: Live) -> None:
    user_id = await live.registered()
    async with mailbox() as box:
        server = {"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": box.port, "sequence": 0}
        await live.create("ir.mail_server", server)
        account = await live.service.reset_password(live.address)
        assert (account.user_id, account.email) == (user_id, live.address)
        tokens = {token for text in box.texts for token in re.findall(r"reset_password\?\S*?token=([\w%=.-]+)", text)}
    (token,) = tokens
    assert await live.service.set_password_by_token(token, "By-token-1") == user_id
    assert await live.service.verify_password(live.address, "By-token-1") == user_id
    for wrong in (token, "nonsense", ""):
        with pytest.raises(OdooRejectedError):
            await live.service.set_password_by_token(wrong, "By-token-2")


async def _try_wrong_passwords(logins: Logins, address: str) -> None:
    for _ in range(60):  # each worker counts for itself
        assert await logins.check(address, "wrong") is None


@pytest.mark.skipif(urlsplit(URL).hostname != "127.0.0.1", reason="the live Odoo is not on this machine")
async def test_too_many_wrong_passwords_are_told_apart(live: Live) -> None:
    """From an address of its own, so that nobody else is shut out."""
    user_id = await live.registered()
    logins = Logins(credentials("", ""))
    source = f"127.{secrets.randbelow(250) + 1}.{secrets.randbelow(250)}.9"
    connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True)
    logins._channel._sessions[True] = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    try:
        assert await logins.check(live.address, PASSWORD) == user_id
        with pytest.raises(OdooLockedOutError) as locked:
            await _try_wrong_passwords(logins, live.address)
        assert locked.value.message
        assert await live.service.verify_password(live.address, PASSWORD) == user_id  # from here it is open
    finally:
        await logins.close()
