"""What is read back from the index is what Odoo told: every read, on every version."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from adapters.base import CatalogueReads
from adapters.records import Product, ProductMatch, ProductQuery
from cache.tables import ShopTables, load_shop
from search import catalogue_reads as module
from search.catalogue_reads import IndexedCatalogue, IndexUnavailableError
from search.guard import Guard
from search.indexes import Indexes
from tests.search.shop import LANGS, IndexedShop, engine_of, small_shop
from tests.support.doubles import VERSIONS
from tests.support.opensearch import OpenSearch, new_space

#: what has a meaning of its own for Odoo's database, or two forms of small letters
_ODD = ("%", "_a", "a%e", "\\%", "(", "ſ")


@dataclass
class Both:
    """A shop, read from Odoo and from its index."""

    shop: IndexedShop
    odoo: CatalogueReads
    index: IndexedCatalogue
    tables: ShopTables
    products: list[Product]

    @property
    def ids(self) -> list[int]:
        return [product.id for product in self.products]

    @property
    def variant_ids(self) -> list[int]:
        return [variant.id for product in self.products for variant in product.variants]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=VERSIONS)
async def both(request: pytest.FixtureRequest, opensearch: OpenSearch) -> AsyncIterator[Both]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            indexes = Indexes(engine, space.name("shop"))
            shop = await IndexedShop.of(small_shop(request.param), indexes)
            await shop.builder.build()
            found = await shop.catalogue.for_sale(LANGS[0])
            products = await shop.adapter.products([match.id for match in found], LANGS[0])
            index = IndexedCatalogue(indexes, Guard(engine))
            yield Both(shop, shop.adapter, index, await load_shop(shop.adapter), products)
        finally:
            await engine.close()


def as_sets(matches: list[ProductMatch]) -> list[ProductMatch]:
    """In which order a product has its variants is told by the product itself."""
    return [msgspec.structs.replace(one, variant_ids=tuple(sorted(one.variant_ids))) for one in matches]


def queries(both: Both) -> list[ProductQuery]:
    website = both.tables.websites[0]
    here: dict[str, Any] = {"website_id": website.id, "company_id": website.company_id}
    categories = sorted({one for product in both.products for one in product.public_category_ids})
    named = [product for product in both.products if product.description and product.variants[0].sku]
    words = [word for product in named[:4] for word in (product.name.split()[0], product.name[1:5].upper())]
    skus = [product.variants[-1].sku or "" for product in named[:3]]
    described = [(product.description or "").split()[-1] for product in named[:3]]
    orders: list[Any] = [
        (("name", False),),
        (("name", True),),
        (("list_price", True),),
        (("list_price", False), ("name", True)),
        (("create_date", True), ("id", True)),
        (("id", True),),
    ]
    return [
        ProductQuery(),
        ProductQuery(**here),
        ProductQuery(website_id=999, company_id=999),
        *(ProductQuery(order=order, **here) for order in orders),
        *(ProductQuery(category_ids=(one,), order=orders[0], **here) for one in categories),
        ProductQuery(category_ids=tuple(categories[:2]), **here),
        ProductQuery(category_ids=(987_654,), **here),
        ProductQuery(ids=tuple(both.ids[3:9])),
        ProductQuery(ids=(both.ids[0], 987_654), **here),
        *(
            ProductQuery(words=(word,), **here)
            for word in (*words, *skus, *described, "%", "_a", "a%e", "\\%", "(", "ſ")
        ),
        ProductQuery(words=(words[0], skus[0])),
        *(ProductQuery(name_words=(word,), order=orders[1]) for word in words),
        ProductQuery(name_words=(words[0],), words=(skus[0][:3].lower(),)),
        ProductQuery(words=("there is no such word",)),
    ]


@pytest.mark.parametrize("lang", LANGS)
async def test_lists(both: Both, lang: str) -> None:
    found = 0
    for query in queries(both):
        expected = as_sets(await both.odoo.find_products(query, lang))
        assert as_sets(await both.index.find_products(query, lang)) == expected, query
        found += len(expected)
    assert found > 5 * len(both.products)


async def test_lists_longer_than_what_the_engine_gives_at_once(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await both.index.find_products(ProductQuery(order=(("name", False),)), LANGS[0])
    for size in (1, 7, len(whole)):
        monkeypatch.setattr(module, "_MATCHES", size)
        assert await both.index.find_products(ProductQuery(order=(("name", False),)), LANGS[0]) == whole


async def test_a_product_with_thousands_of_variants_is_in_lists(both: Both) -> None:
    """The engine keeps no short form of it."""
    victim = both.products[0]
    alias = both.shop.indexes.names.alias(LANGS[0])
    script = {"source": "ctx._source.remove('match')"}
    await both.shop.engine.client.update(
        index=alias, id=str(victim.id), body={"script": script}, params={"refresh": "true"}
    )
    query = ProductQuery(order=(("list_price", False),))
    assert as_sets(await both.index.find_products(query, LANGS[0])) == as_sets(
        await both.odoo.find_products(query, LANGS[0])
    )


@pytest.mark.parametrize("lang", LANGS)
async def test_products(both: Both, lang: str) -> None:
    ids = random.Random(1).sample(both.ids, len(both.ids))  # noqa: S311  # no secret
    assert await both.index.products([*ids, 987_654, ids[0]], lang) == await both.odoo.products(ids, lang)
    assert await both.index.products([], lang) == []


async def test_costs_are_told_but_not_with_a_language(both: Both) -> None:
    """Prices of some lists are made of them."""
    found = await both.index.products(both.ids, LANGS[0])
    assert any(variant.cost for product in found for variant in product.variants)
    for document in (await both.shop.documents()).values():
        assert {variant["cost"] for variant in document["record"]["variants"]} <= {"0", 0}


async def test_links_and_values(both: Both) -> None:
    by_id = {links.id: links for links in await both.odoo.links(both.ids)}
    assert {links.id: links for links in await both.index.links(both.ids)} == by_id
    values = await both.odoo.template_values(both.ids)
    read = await both.index.template_values(both.ids)
    assert sorted(read, key=msgspec.json.encode) == sorted(values, key=msgspec.json.encode)


async def test_owners_and_codes(both: Both) -> None:
    assert await both.index.templates_of([*both.variant_ids, 987_654]) == await both.odoo.templates_of(both.variant_ids)
    assert await both.index.templates_of([]) == {}
    variants = [variant for product in both.products for variant in product.variants]
    codes = [code for variant in variants for code in (variant.sku, variant.barcode) if code]
    found = await both.index.find_by_codes([*codes, codes[0].lower() + "x", "no such code"])
    assert found == await both.odoo.find_by_codes(codes)
    assert set(found) == set(codes)
    barcodes = [variant.barcode for variant in variants if variant.barcode][:10]
    assert barcodes
    for barcode in [*barcodes, "0", variants[0].sku or ""]:
        assert await both.index.find_by_barcode(barcode) == await both.odoo.find_by_barcode(barcode)
    images = [image.id for product in both.products for image in product.images]
    for image_id in [*images[:10], 987_654]:
        assert await both.index.image_owner(image_id) == await both.odoo.image_owner(image_id)


async def test_stock(both: Both) -> None:
    """But for variants that were archived: pages have none of them."""
    warehouses, active = both.tables.warehouses, set(both.variant_ids)
    for places in (warehouses, warehouses[:1], ()):
        expected = [level for level in await both.odoo.stock(both.ids, places) if level.variant_id in active]
        assert await both.index.stock(both.ids, places) == expected
    assert len({level.warehouse_id for level in await both.index.stock(both.ids, warehouses)}) == len(warehouses)


async def test_rules(both: Both) -> None:
    pricelists, count = list(both.tables.pricelists), 0
    some = both.products[3:9]
    asked = [
        (both.ids, both.variant_ids),
        ([product.id for product in some], [variant.id for product in some for variant in product.variants]),
        ([], both.variant_ids[:9]),
        ([], []),
    ]
    for wanted in (pricelists, pricelists[:1], []):
        for ids, variants in asked:
            expected = await both.odoo.product_rules(ids, variants, wanted)
            assert await both.index.product_rules(ids, variants, wanted) == expected
            count += len(expected)
    assert count > 20


async def test_what_cannot_be_read_is_unavailable_and_never_nothing(both: Both) -> None:
    """An index that is not there, a language that it has not, and records of another release."""
    engine = both.shop.engine
    nowhere = IndexedCatalogue(Indexes(engine, f"{both.shop.indexes.names.prefix}-nowhere"), Guard(engine))
    with pytest.raises(IndexUnavailableError):
        await nowhere.products(both.ids[:1], LANGS[0])
    with pytest.raises(IndexUnavailableError):
        await nowhere.stock(both.ids[:1], both.tables.warehouses)
    with pytest.raises(IndexUnavailableError):
        await both.index.find_products(ProductQuery(), "de_DE")
    alias = both.shop.indexes.names.alias(LANGS[1])
    await both.shop.engine.client.update(
        index=alias, id=str(both.ids[0]), body={"doc": {"record": {"name": 7}}}, params={"refresh": "true"}
    )
    with pytest.raises(IndexUnavailableError, match="another release"):
        await both.index.products(both.ids[:1], LANGS[1])
