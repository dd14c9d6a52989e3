"""Promotions and messages over the wire, with every version and transport."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.connect import connect
from adapters.errors import OdooError, OdooNotFoundError, OdooRejectedError
from adapters.odoo import RpcAdapter
from adapters.records.notices import Notice
from adapters.rpc import Credentials
from demo.double import Double, DoubleServer
from tests.identity.wired import dataset
from tests.subscriptions.world import VERSIONS

#: of each version all that it speaks
WAYS = [
    ("10.0", "jsonrpc"), ("10.0", "xmlrpc"), ("14.0", "jsonrpc"), ("14.0", "xmlrpc"), ("19.0", "jsonrpc"),
    ("19.0", "xmlrpc"), ("19.0", "json2"),
]  # fmt: skip
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@asynccontextmanager
async def adapter_of(version: str, transport: str = "jsonrpc") -> AsyncIterator[tuple[RpcAdapter, Double]]:
    with DoubleServer(Double(dataset(version))) as server:
        secret = next(iter(server.double.dataset.api_keys)) if transport == "json2" else "admin"
        adapter: Any = await connect(Credentials(server.url, "shop", "admin", secret), transport=transport)
        try:
            yield adapter, server.double
        finally:
            await adapter.close()


def notice(partner_id: int, **values: Any) -> Notice:
    base = {
        "id": "<a@b>",
        "partner_id": partner_id,
        "subject": "Été",
        "html": "<p>œ &amp; <b>b</b></p>",
        "lang": "fr_FR",
    }
    return Notice(**{**base, **values})


@pytest.mark.parametrize(("version", "transport"), WAYS)
async def test_a_message_is_written_once_and_found(version: str, transport: str) -> None:
    async with adapter_of(version, transport) as (adapter, double):
        assert await adapter.posted_notices(["<a@b>"]) == frozenset()
        await adapter.post_notice(notice(11))
        assert await adapter.posted_notices(["<a@b>", "<c@d>"]) == {"<a@b>"}
        table = double.db.table("mail.message")
        (row,) = [row for one in table.ids() if (row := table.get(one)) is not None]
        assert (row["model"], row["res_id"], row["partner_ids"]) == ("res.partner", 11, [11])
        assert (row["subject"], row["body"], row["message_id"]) == ("Été", "<p>œ &amp; <b>b</b></p>", "<a@b>")
        assert row["message_type"] == "comment"


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_is_there_to_be_written_to(version: str) -> None:
    async with adapter_of(version) as (adapter, _):
        with pytest.raises((OdooNotFoundError, OdooRejectedError)):
            await adapter.post_notice(notice(99_999))
        assert await adapter.posted_notices([]) == frozenset()


@pytest.mark.parametrize("version", VERSIONS)
async def test_only_html_that_is_said_to_be_html_is_html(version: str) -> None:
    """What the double is strict about: 19 takes a body for plain text unless it is told."""
    async with adapter_of(version) as (adapter, double):
        arguments = {"body": "<p>x</p>", "partner_ids": [11]}
        await adapter.transport.call("res.partner", "message_post", [11], arguments)
        table = double.db.table("mail.message")
        (row,) = [row for one in table.ids() if (row := table.get(one)) is not None]
        assert row["body"] == ("&lt;p&gt;x&lt;/p&gt;" if version == "19.0" else "<p>x</p>")
        if version == "19.0":
            with pytest.raises(OdooError):
                await adapter.transport.call(
                    "res.partner", "message_post", [11], {"body": "x", "subtype": "mail.mt_note"}
                )


@pytest.mark.parametrize("version", VERSIONS)
async def test_rules_with_a_last_day(version: str) -> None:
    async with adapter_of(version) as (adapter, double):
        table = double.db.table("product.pricelist.item")
        ending = {
            row["id"]
            for one in table.ids()
            if (row := table.get(one)) is not None
            and row["pricelist_id"] in (2, 3)
            and str(row.get("date_end") or "")[:10] >= "2026-11-22"
        }
        before = len(double.calls)
        found = await adapter.ending_rules([2, 3], NOW)
        assert len(double.calls) == before + 1, "one call for all"
        assert {rule.id for rule in found} == ending
        assert ending
        # its last day still
        name = "2026-11-22" if version == "10.0" else "2026-11-22 23:00:00"
        double.write("product.pricelist.item", [min(ending)], {"date_end": name})
        assert min(ending) in {rule.id for rule in await adapter.ending_rules([2, 3], NOW)}
        assert min(ending) not in {rule.id for rule in await adapter.ending_rules([2, 3], NOW + timedelta(days=1))}
        assert await adapter.ending_rules([], NOW) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_products_of_a_branch(version: str) -> None:
    async with adapter_of(version) as (adapter, double):
        table, parents = double.db.table("product.template"), double.db.table("product.category")
        published = "website_published" if version == "10.0" else "is_published"

        def under(category: Any, top: int) -> bool:
            while category:
                if category == top:
                    return True
                category = (parents.get(category) or {}).get("parent_id")
            return False

        rows = [row for one in table.ids() if (row := table.get(one)) is not None]
        top = next(row["categ_id"] for row in rows if row.get(published))
        top = (parents.get(top) or {}).get("parent_id") or top
        expected = [
            one["id"] for one in rows if one.get(published) and one.get("sale_ok") and under(one["categ_id"], top)
        ]
        assert sorted(await adapter.products_within([top])) == sorted(expected)
        assert expected
        assert await adapter.products_within([]) == []
