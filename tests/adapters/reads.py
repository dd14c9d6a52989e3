"""Every read of an adapter, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from adapters.base import OdooAdapter
from adapters.records import Picture, ProductQuery

Read = Callable[[OdooAdapter], Awaitable[Any]]
LANG = "fr_FR"
PRODUCTS = list(range(1, 21))


async def _stock(adapter: OdooAdapter) -> Any:
    return await adapter.stock(PRODUCTS, await adapter.warehouses())


async def _rules(adapter: OdooAdapter) -> Any:
    pricelists = [pricelist.id for pricelist in await adapter.pricelists()]
    return await adapter.product_rules(PRODUCTS, list(range(1, 40)), pricelists)


async def _images(adapter: OdooAdapter) -> Any:
    return [await adapter.image(Picture(of=of, id=1), 128) for of in ("product", "variant", "image", "category")]


READS: dict[str, Read] = {
    "websites": lambda adapter: adapter.websites(),
    "companies": lambda adapter: adapter.companies(),
    "languages": lambda adapter: adapter.languages(),
    "currencies": lambda adapter: adapter.currencies(),
    "countries": lambda adapter: adapter.countries(LANG),
    "warehouses": lambda adapter: adapter.warehouses(),
    "categories": lambda adapter: adapter.categories(LANG),
    "attributes": lambda adapter: adapter.attributes(LANG),
    "tags": lambda adapter: adapter.tags(LANG),
    "ribbons": lambda adapter: adapter.ribbons(LANG),
    "find_products": lambda adapter: adapter.find_products(
        ProductQuery(website_id=1, company_id=1, words=("a",), name_words=("e",), order=(("name", True),)), LANG
    ),
    "find_by_barcode": lambda adapter: adapter.find_by_barcode("123"),
    "find_by_codes": lambda adapter: adapter.find_by_codes(["123"]),
    "template_values": lambda adapter: adapter.template_values(PRODUCTS),
    "products": lambda adapter: adapter.products(PRODUCTS, LANG),
    "links": lambda adapter: adapter.links(PRODUCTS),
    "templates_of": lambda adapter: adapter.templates_of([1, 2, 3]),
    "stock": _stock,
    "units_sold": lambda adapter: adapter.units_sold(datetime(2020, 1, 1, tzinfo=UTC)),
    "image_owner": lambda adapter: adapter.image_owner(1),
    "images": _images,
    "pricelists": lambda adapter: adapter.pricelists(),
    "shop_rules": lambda adapter: adapter.shop_rules(),
    "product_rules": _rules,
    "category_parents": lambda adapter: adapter.category_parents(),
    "currency_rates": lambda adapter: adapter.currency_rates(1),
    "uoms": lambda adapter: adapter.uoms(),
    "taxes": lambda adapter: adapter.taxes(),
    "changes_since": lambda adapter: adapter.changes_since(None),
}
