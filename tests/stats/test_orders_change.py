"""When somebody tells that an order was written, what is told of its buyer's orders is read anew."""

from __future__ import annotations

import pytest

from adapters.records import Change
from cache.tags import orders_tag, tags_of_all
from tests.adapters.customers import VERSIONS
from tests.support.direct import adapter_of
from tests.support.doubles import DoubleOf

ORDER = "sale.order"


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_is_its_companys(version: str, odoo: DoubleOf) -> None:
    double = odoo(version).double
    adapter = await adapter_of(double)
    table = double.db.table(ORDER)
    partners = double.db.table("res.partner")
    for order_id in list(table.ids())[:3]:
        order = table.get(order_id)
        assert order is not None
        partner = partners.get(order["partner_id"])
        assert partner is not None
        company = partner.get("commercial_partner_id") or partner["id"]
        changes = await adapter.change_of(ORDER, [order_id])
        assert changes == [Change(subject="order", ids=(company,))]
        assert tags_of_all(changes) == {orders_tag(company)}


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_that_is_gone_may_be_anybodys(version: str, odoo: DoubleOf) -> None:
    adapter = await adapter_of(odoo(version).double)
    assert await adapter.change_of(ORDER, [999_999]) == [Change(subject="order")]


@pytest.mark.parametrize("version", VERSIONS)
async def test_orders_are_not_polled(version: str, odoo: DoubleOf) -> None:
    """A shop has a million of them, and nothing finds those that were written without looking at all."""
    double = odoo(version).double
    adapter = await adapter_of(double)
    cursor = (await adapter.changes_since(None)).cursor
    before = len(double.calls)
    await adapter.changes_since(cursor)
    asked = {call.model for call in list(double.calls)[before:]}
    assert "product.template" in asked
    assert ORDER not in asked
