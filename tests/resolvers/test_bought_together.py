"""What is bought together, from Odoo's confirmed orders to a product's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.connect import choose_adapter
from adapters.records import Basket
from cache.bought_together import bought_together
from demo.double import Double
from tests.conftest import BffOf
from tests.support.bff import Bff, running, settings_for
from tests.support.direct import adapter_of
from tests.support.doubles import DoubleOf

VERSIONS = ("10.0", "14.0", "19.0")
PAGE = "query ($id: Int) { product(id: $id) { id frequentlyBoughtTogether { id name slug firstVariant { id } } } }"


def sold(double: Double) -> list[Basket]:
    """What the double's own rows say."""
    lines, orders, variants = (double.db.table(name) for name in ("sale.order.line", "sale.order", "product.product"))
    held: dict[int, set[int]] = {}
    for line_id in lines.ids():
        line = lines.get(line_id) or {}
        order = orders.get(line["order_id"]) or {}
        variant = variants.get(line.get("product_id") or 0)
        if order["state"] in {"sale", "done"} and variant is not None:
            held.setdefault(order["id"], set()).add(variant["product_tmpl_id"])
    return [
        Basket(buyer_id=(orders.get(one) or {})["partner_id"], template_ids=frozenset(products))
        for one, products in held.items()
    ]


def in_order(basket: Basket) -> tuple[int, list[int]]:
    return basket.buyer_id, sorted(basket.template_ids)


@pytest.mark.parametrize("version", VERSIONS)
async def test_odoos_confirmed_orders_are_read(double: DoubleOf, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page after page, none twice; the newest, where not all are wanted."""
    odoo = double(version).double
    monkeypatch.setattr("adapters.reads.stock._PAGE", 37)
    adapter = await adapter_of(odoo)
    before = len(odoo.calls)
    found = await adapter.baskets(100_000)
    lines = sum(1 for call in odoo.calls[before:] if call.model == "sale.order.line")
    assert sorted(map(in_order, found)) == sorted(map(in_order, sold(odoo)))
    assert lines > 2
    before = len(odoo.calls)
    assert 0 < len(await adapter.baskets(50)) < len(found)
    assert sum(1 for call in odoo.calls[before:] if call.model == "sale.order.line") == 2
    assert choose_adapter(version).serie == version


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_products_page_tells_them(bff: BffOf, version: str) -> None:
    shop = await bff(version)
    assert shop.odoo is not None
    expected = bought_together(sold(shop.odoo.double))
    assert expected
    shown = {one["id"] for one in (await listed(shop))}
    told = {one: await page(shop, one) for one in expected if one in shown}
    assert told
    for product_id, found in told.items():
        wanted = [one for one in expected[product_id] if one in shown]
        assert [one["id"] for one in found or ()] == wanted
    assert any(told.values())
    alone = next(one for one in shown if one not in expected)
    assert await page(shop, alone) is None


async def page(shop: Bff, product_id: int) -> Any:
    return (await shop.query(PAGE, {"id": product_id})).data["product"]["frequentlyBoughtTogether"]


async def listed(shop: Bff) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = (await shop.query("{ products(pageSize: 100) { products { id } } }")).data[
        "products"
    ]["products"]
    return found


async def test_pages_ask_odoo_for_no_orders(own_double: DoubleOf) -> None:
    """They are counted behind the pages, when the process starts and once a day; a list's are read at once."""
    odoo = own_double("19.0")
    async with running(settings_for(odoo.url, local_cache_bytes=32_000_000), odoo) as shop:
        await shop.ready()
        assert [call for call in odoo.double.calls if call.model == "sale.order.line"]
        before = len(odoo.double.calls)
        text = "{ products(pageSize: 12) { products { id frequentlyBoughtTogether { id name } } } }"
        data = (await shop.query(text)).data["products"]["products"]
        assert any(one["frequentlyBoughtTogether"] for one in data)
        models = [call.model for call in odoo.double.calls[before:]]
        assert "sale.order.line" not in models
        assert len(models) <= 12, models


async def test_what_is_hidden_is_not_among_them(own_double: DoubleOf) -> None:
    odoo = own_double("19.0")
    together = bought_together(sold(odoo.double))
    product_id, others = max(together.items(), key=lambda one: len(one[1]))
    async with running(settings_for(odoo.url), odoo) as shop:
        await shop.ready()
        found = [one["id"] for one in await page(shop, product_id)]
        assert set(found) <= set(others)
        odoo.double.write("product.template", [found[0]], {"is_published": False})
        assert [one["id"] for one in await page(shop, product_id) or ()] == found[1:]


async def test_a_page_does_without_them_while_odoo_is_away(own_double: DoubleOf) -> None:
    """They are no part of the product: what is not kept of them is left out, and the page is told all the same."""
    odoo = own_double("19.0")
    product_id = max(bought_together(sold(odoo.double)).items(), key=lambda one: len(one[1]))[0]
    async with running(settings_for(odoo.url, local_cache_bytes=32_000_000), odoo) as shop:
        await shop.ready()
        name = "query ($id: Int) { product(id: $id) { id name slug alternativeProducts { id } } }"
        known = (await shop.query(name, {"id": product_id})).data["product"]
        odoo.stop()
        try:
            answer = await shop.query(PAGE, {"id": product_id})
            assert answer.data["product"] == {"id": known["id"], "frequentlyBoughtTogether": None}
            assert answer.body["extensions"]["stale"] is True
        finally:
            odoo.start()
