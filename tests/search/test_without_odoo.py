"""The catalogue without Odoo: with the index and Redis up, every page is served as if Odoo were there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.applications import Starlette

from contract.client import Answer, AsgiClient
from demo.double import Double, DoubleServer
from demo.wholesale import generate
from tests.search.serving import build, missing, serving, settings_of, until_ready
from tests.support.doubles import VERSIONS
from tests.support.opensearch import OpenSearch, new_space
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey
from tests.support.waiting import until

LANGUAGES = ("en", "fr", "nl")
PRODUCTS, PRICELISTS = 20, 5
#: questions asked at the same time
AT_ONCE = 6

_PRICED = """id name slug sku price combinationInfo isInStock qty stock { status quantity }
  unitPrice(quantity: "12") { price { amount currencyCode } listPrice { amount } withTax { amount } }"""
PAGE = """query($id: Int, $slug: String, $barcode: String, $lang: String) {
  product(id: $id, slug: $slug, barcode: $barcode, language: $lang) {
    %s displayName description websiteDescription typeId barcode weight currency { name }
    variantPrice variantPriceAfterDiscount variantHasDiscountedPrice priceTiers { minQuantity price { amount } }
    allowOutOfStock showAvailableQty outOfStockMessage imageUrl image imageFilename mediaGallery { id name imageUrl }
    attributeValues { id name priceExtra attribute { id name } } variantAttributeValues { id name }
    firstVariant { id sku } productVariants { %s barcode variantAttributeValues { id name } productTemplate { id } }
    categories { id name slug breadcrumb } breadcrumb jsonLdBreadcrumb jsonLd tags { name color }
    ribbon { id displayName }
    alternativeProducts { %s } accessoryProducts { %s } frequentlyBoughtTogether { %s }
    ratingAvg ratingCount status visibility metaTitle metaDescription metaKeyword
  } }""" % ((_PRICED,) * 5)
VARIANT = """query($id: Int!, $values: [Int], $lang: String) {
  productVariant(productTemplateId: $id, combinationId: $values, language: $lang) {
    productTemplateId displayName price listPrice hasDiscountedPrice isCombinationPossible product { id sku } } }"""
CATEGORY = """query($id: Int, $ids: [Int], $lang: String) {
  category(id: $id, language: $lang) { id name slug parent { id } childs { id name } breadcrumb jsonLd metaTitle }
  products(pageSize: 100, filter: {categoryId: $ids}, language: $lang) {
    totalCount minPrice maxPrice products { %s } attributeValues { id name attribute { id name } } filterCounts } }"""
CATEGORY = CATEGORY % _PRICED
SITEMAP = "query($lang: String) { products(pageSize: 10000, language: $lang) { totalCount products { id name slug } } }"
LIST = """query($sort: ProductSortInput, $filter: ProductFilterInput, $search: String, $lang: String) {
  products(pageSize: 12, sort: $sort, filter: $filter, search: $search, language: $lang) {
    totalCount minPrice maxPrice products { %s } filterCounts } }"""
LIST = LIST % _PRICED
CONNECTION = """query($after: String, $lang: String) {
  productConnection(first: 10, after: $after, language: $lang) {
    totalCount pageInfo { endCursor hasNextPage } edges { cursor node { id name slug } } } }"""
TREE = (
    "query($lang: String) { categories(pageSize: 100, language: $lang) { categories { id name slug parent { id } } } }"
)
LOGIN = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) { user { id } } }"

Question = tuple[str, Mapping[str, Any]]


class Visitor:
    """Somebody who asks: a guest, or after `log_in` a customer."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self._client = AsgiClient(app)
        self._cookie: dict[str, str] = {}

    async def log_in(self, login: str, password: str) -> None:
        answer = await self._client.graphql(LOGIN, {"email": login, "password": password})
        assert answer.data["login"]["user"]["id"]
        self._cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}

    async def ask(self, question: Question) -> Answer:
        text, variables = question
        return await self._client.graphql(text, variables, self._cookie)

    async def ask_all(self, questions: Sequence[Question]) -> list[Answer]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(question: Question) -> Answer:
            async with gate:
                return await self.ask(question)

        return await asyncio.gather(*map(ask, questions))


def rows(double: Double, model: str) -> list[dict[str, Any]]:
    table = double.db.table(model)
    return [row for one in table.ids() if (row := table.get(one)) is not None]


def questions(double: Double, links: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Question]:
    """All that a visitor can open, in every language; ``links``: the products of a sitemap, by language."""
    categories = [row["id"] for row in rows(double, "product.public.category")]
    barcodes = [row["barcode"] for row in rows(double, "product.product") if row.get("barcode")]
    for lang in LANGUAGES:
        ids = [link["id"] for link in links[lang]]
        for link in links[lang]:
            yield PAGE, {"id": link["id"], "lang": lang}
            yield VARIANT, {"id": link["id"], "lang": lang}
        for link in links[lang][::5]:
            yield PAGE, {"slug": link["slug"], "lang": lang}
        for barcode in barcodes[::7]:
            yield PAGE, {"barcode": barcode, "lang": lang}
        for category in categories:
            yield CATEGORY, {"id": category, "ids": [category], "lang": lang}
        for key in ("id", "name", "newest", "price", "popular"):
            for direction in ("ASC", "DESC"):
                yield LIST, {"sort": {key: direction}, "lang": lang}
        yield LIST, {"filter": {"inStock": True}, "lang": lang}
        yield LIST, {"filter": {"ids": ids[3:9]}, "sort": {"id": "DESC"}, "lang": lang}
        yield LIST, {"filter": {"minPrice": 5, "maxPrice": 50}, "sort": {"price": "ASC"}, "lang": lang}
        yield LIST, {"search": links[lang][2]["name"].split()[0], "sort": {"id": "ASC"}, "lang": lang}
        yield CONNECTION, {"lang": lang}
        yield SITEMAP, {"lang": lang}
        yield TREE, {"lang": lang}
    yield PAGE, {"id": 987_654}
    yield PAGE, {"barcode": "no such code"}


async def links_of(visitor: Visitor) -> dict[str, list[dict[str, Any]]]:
    found = {lang: await visitor.ask((SITEMAP, {"lang": lang})) for lang in LANGUAGES}
    return {lang: answer.data["products"]["products"] for lang, answer in found.items()}


def shop_of(version: str) -> Double:
    return Double(generate(version, products=PRODUCTS, pricelists=PRICELISTS))


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_page_is_served_while_odoo_is_away(version: str, opensearch: OpenSearch, valkey: Valkey) -> None:
    """Nobody has ever opened any of these pages where they are asked for: of the shop only its tables are known."""
    double = shop_of(version)
    async with new_space(opensearch) as space, AsyncExitStack() as stack:
        odoo = stack.enter_context(DoubleServer(double))
        settings = settings_of(odoo, opensearch, space.name("shop"), valkey)
        await build(settings)
        other = settings.model_copy(update={"redis_namespace": fresh_namespace()})
        shop, reference = (
            await stack.enter_async_context(serving(settings)),
            await stack.enter_async_context(serving(other)),
        )
        for app in (reference, shop):
            await until_ready(app)
        visitors = [(guest, await other_of(double, guest)) for guest in (Visitor(reference), Visitor(shop))]
        links = await links_of(visitors[0][0])
        asked = list(questions(double, links))
        expected = [[answer.data for answer in await visitor.ask_all(asked)] for visitor in visitors[0]]
        assert expected[0] != expected[1], "the customer has the prices of a guest"

        odoo.stop()
        for visitor, answers in zip(visitors[1], expected, strict=True):
            for question, before, answer in zip(asked, answers, await visitor.ask_all(asked), strict=True):
                assert answer.data == before, question
                of_records = question[0] in (PAGE, VARIANT)  # lists may be the index's own
                assert not of_records or answer.json.get("extensions", {}).get("stale"), question
        assert set(await missing(shop)) == {"odoo"}

        # a process that starts meanwhile finds the tables in Redis
        late = await stack.enter_async_context(serving(settings))
        found = await Visitor(late).ask_all(asked[::9])
        assert [answer.data for answer in found] == expected[0][::9]

        changed = links["en"][4]["id"]
        double.write("product.template", [changed], {"name": "Written while the shop did not see it"})
        odoo.start()
        page = await fresh(visitors[1][0], (PAGE, {"id": changed, "lang": "en"}))
        assert page["product"]["name"] == "Written while the shop did not see it"


async def fresh(visitor: Visitor, question: Question) -> Any:
    """What is answered once Odoo is asked again."""

    async def unmarked() -> Any:
        answer = await visitor.ask(question)
        return None if answer.json.get("extensions") else answer

    return (await until(unmarked)).data


async def other_of(double: Double, guest: Visitor) -> Visitor:
    """A customer with a price list of their own, at the same shop."""
    login = "vet2@customer.example"
    customer = Visitor(guest.app)
    await customer.log_in(login, double.dataset.passwords[login])
    return customer
