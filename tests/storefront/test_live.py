"""The storefront's contract replayed on a live Odoo, where one is named. What is made there is taken away again."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import pytest

from adapters.odoo import RpcAdapter
from adapters.versions.v14 import Odoo14Adapter
from tests.adapters.test_customers_live import URL, Mailbox, mailbox, opened
from tests.cart.over_http import PRODUCTS, is_plenty
from tests.storefront import journey
from tests.storefront.contract import operations
from tests.storefront.journey import Place
from tests.storefront.nuxt import Replayed, Visitor, built
from tests.storefront.test_journey import CONTENT
from tests.storefront.unreached import expected
from tests.support.bff import Bff, running, settings_for
from tests.support.waiting import PATIENCE

pytestmark = [
    pytest.mark.skipif(
        not URL, reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD"
    ),
    pytest.mark.timeout(300),
]
#: what a shop may have none of: extra pictures, a third level of categories, payments
NOT_THERE = re.compile(
    r".*mediaGallery\[\].*|.*parent\.parent\..*|.*\.(lastTransaction|transactions\[\])\..*|.*htmlColor|"
    r".*alternativeProducts.*|.*frequentlyBoughtTogether.*"
)


class Desk:
    """The administrator of the live Odoo, who cleans up."""

    def __init__(self, admin: RpcAdapter) -> None:
        self.admin = admin
        self.made: list[tuple[str, int]] = []

    async def call(self, model: str, method: str, ids: list[int] | None = None, **args: Any) -> Any:
        return await self.admin.transport.call(model, method, ids, args=args)

    async def create(self, model: str, values: dict[str, Any]) -> int:
        record_id = int(await self.call(model, "create", vals_list=values))
        self.made.append((model, record_id))
        return record_id

    async def found(self, model: str, *domain: Any) -> list[int]:
        args = {"domain": list(domain)}
        context = {"active_test": False}
        return list(await self.admin.transport.call(model, "search", args=args, context=context))

    async def remove(self, address: str) -> None:
        """Everything of whoever had that address, and what was created here."""
        partners = await self.found("res.partner", ["email", "=", address])
        family = await self.found("res.partner", ["id", "child_of", partners])
        orders = await self.found("sale.order", ["partner_id", "in", family])
        for order in orders:
            await self.call("sale.order", "action_cancel", [order])
        for model, ids in (
            ("sale.order", orders),
            ("product.wishlist", await self.found("product.wishlist", ["partner_id", "in", family])),
            ("crm.lead", await self.found("crm.lead", ["email_from", "=", address])),
            ("mailing.contact", await self.found("mailing.contact", ["email", "in", [address, f"news-{address}"]])),
            ("res.users", await self.found("res.users", ["partner_id", "in", family])),
            ("res.partner", family),
        ):
            if ids:
                await self.call(model, "unlink", ids)
        for model, record_id in reversed(self.made):
            if model == "coupon.program":  # nobody may delete one
                await self.call(model, "write", [record_id], vals={"active": False})
            else:
                await self.call(model, "unlink", [record_id])


@asynccontextmanager
async def cleaning(address: str) -> AsyncIterator[Desk]:
    admin = await opened(os.environ["ODOO_LIVE_USER"], os.environ["ODOO_LIVE_PASSWORD"])
    desk = Desk(admin)
    try:
        yield desk
    finally:
        try:
            await desk.remove(address)
        finally:
            await admin.close()


@asynccontextmanager
async def serving() -> AsyncIterator[Bff]:
    settings = settings_for(
        URL,
        odoo_db=os.environ["ODOO_LIVE_DB"],
        odoo_user=os.environ["ODOO_LIVE_USER"],
        odoo_password=os.environ["ODOO_LIVE_PASSWORD"],
        odoo_transport="auto",
        local_cache_bytes=32_000_000,
        reference_seconds=600.0,
        cart_sync=True,
        odoo_timeout=60.0,  # others may be testing on it
        odoo_hanging=60.0,
        content_dir=CONTENT,
    )
    async with running(settings) as bff:
        yield await bff.ready(PATIENCE)


async def _plenty(bff: Bff) -> list[int]:
    """Variants of three products of which there is enough, those with most variants first."""
    products = (await bff.query(PRODUCTS)).data["products"]["products"]
    variants = [[one["id"] for one in product["productVariants"] or () if is_plenty(one)] for product in products]
    return [ids[0] for ids in sorted(variants, key=len, reverse=True)[:3]]


async def _code(desk: Desk, mark: str) -> str:
    """A promotion of ten percent, by code."""
    code = f"TEN-{mark}"
    values = {
        "name": code,
        "program_type": "promotion_program",
        "promo_code_usage": "code_needed",
        "promo_code": code,
        "reward_type": "discount",
        "discount_type": "percentage",
        "discount_percentage": 10.0,
    }
    await desk.create("coupon.program", values)
    return code


def _mailed(box: Mailbox) -> str:
    (token,) = {
        unquote(one) for text in box.texts for one in re.findall(r"reset_password\?\S*?token=([\w%=.-]+)", text)
    }
    return token


async def test_the_whole_contract_on_a_live_odoo() -> None:
    mark = secrets.token_hex(4)
    address = f"customer-{mark}@shop.example"
    replayed = Replayed()
    async with cleaning(address) as desk, mailbox() as box, serving() as bff:
        if not isinstance(desk.admin, Odoo14Adapter):
            pytest.skip("what it may lack is written down for 14.0 alone")

        async def mailed() -> str:
            return _mailed(box)

        await desk.create(
            "ir.mail_server", {"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": box.port, "sequence": 0}
        )
        place = Place(address, mailed, code=await _code(desk, mark))
        await built(bff, replayed)
        visitor = Visitor(bff, replayed)
        await journey.browse(visitor, place)
        chosen = await _plenty(bff)
        cart = await journey.fill(visitor, chosen)
        await journey.wish(visitor, chosen)
        await journey.write_to_the_shop(visitor, place)
        await journey.sign_up(visitor, place)
        await journey.say_where(visitor, "An De Linde", address)
        await journey.deliver(visitor)
        await journey.redeem(visitor, place)
        await journey.reconsider(visitor, chosen[-1])
        await journey.try_widgets(visitor)
        receipt = await journey.order(visitor)
        await journey.look_back(visitor, place, receipt, [line["id"] for line in cart["websiteOrderLine"]])
        await journey.change_passwords(visitor, place)
    missed = {(name, path) for name, paths in replayed.missed().items() for path in paths}
    known = {(name, path) for name, paths in expected("14.0").items() for path in paths}
    reached = sum(len(paths) for paths in replayed.paths.values())
    print(  # noqa: T201  # the figures that docs/storefront.md tells
        f"live: {len(replayed.sent)} operations in {replayed.sent.total()} requests; {reached} paths reached"
    )
    assert set(replayed.sent) == set(operations())
    assert {one for one in missed - known if not NOT_THERE.fullmatch(one[1])} == set()
