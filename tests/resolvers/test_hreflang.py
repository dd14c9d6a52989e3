"""The same page in every language of the website, for products, categories, pages, and as a sitemap."""

from __future__ import annotations

import asyncio

import pytest

from adapters.patience import Patience
from adapters.records import Language
from resolvers.hreflang import language_tag, links
from resolvers.slugs import product_slug
from tests.conftest import BffOf
from tests.support.bff import running, settings_for
from tests.support.doubles import DoubleOf

VERSIONS = ("10.0", "14.0", "19.0")
LINKS = "hreflang { hreflang slug language { code } }"
LIST = f"""query ($size: Int, $language: String) {{
  products(pageSize: $size, language: $language) {{ products {{ id slug {LINKS} }} }} }}"""
CATEGORIES = f"{{ categories(pageSize: 100) {{ categories {{ id slug {LINKS} }} }} }}"


@pytest.mark.parametrize(
    ("iso_code", "tag"),
    [("fr", "fr"), ("nl_BE", "nl-BE"), ("zh_CN", "zh-CN"), ("sr@latin", "sr-Latn"), ("sr_RS@Cyrl", "sr-Cyrl-RS")],
)
def test_languages_as_html_names_them(iso_code: str, tag: str) -> None:
    assert language_tag(Language(code="xx", iso_code=iso_code, name="")) == tag


def test_what_is_in_no_language_has_no_links() -> None:
    language = Language(code="fr_FR", iso_code="fr", name="")
    assert links([(language, None)]) == []
    assert [one["hreflang"] for one in links([(language, "/x")])] == ["fr", "x-default"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_products_page_in_every_language(bff: BffOf, version: str) -> None:
    """In whichever language it is asked for the links are the same, and each is the slug in that language."""
    shop = await bff(version)
    website = (await shop.query("{ website { defaultLanguage languages { code isoCode } } }")).data["website"]
    languages = {one["code"]: one["isoCode"] for one in website["languages"]}
    assert len(languages) >= 2
    told = {}
    for code in languages:
        data = (await shop.query(LIST, {"size": 12, "language": code})).data
        told[code] = {one["id"]: one for one in data["products"]["products"]}
    common = set.intersection(*(set(one) for one in told.values()))
    assert common
    for product_id in common:
        first = told[website["defaultLanguage"]][product_id]["hreflang"]
        assert [(one["hreflang"], one["slug"]) for one in first] == [
            *((languages[code].replace("_", "-"), told[code][product_id]["slug"]) for code in languages),
            ("x-default", told[website["defaultLanguage"]][product_id]["slug"]),
        ]
        assert all(told[code][product_id]["hreflang"] == first for code in languages)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_list_is_one_call_for_each_language(own_double: DoubleOf, version: str) -> None:
    """However long it is; and nothing is asked for what is known."""
    odoo = own_double(version)
    calls = {}
    for size in (2, 20):
        async with running(settings_for(odoo.url, local_cache_bytes=32_000_000), odoo) as shop:
            await shop.ready()
            plain = "query ($size: Int) { products(pageSize: $size) { products { id slug name sku } } }"
            await shop.query(plain, {"size": size})
            before = len(odoo.double.calls)
            found = (await shop.query(LIST, {"size": size})).data["products"]["products"]
            assert len(found) == size
            calls[size] = len(odoo.double.calls) - before
            await shop.query(LIST.replace("id slug", "slug id"), {"size": size})
            assert len(odoo.double.calls) - before == calls[size]
    languages = await _languages(odoo.url)
    assert calls == {2: languages, 20: languages}


async def _languages(url: str) -> int:
    async with running(settings_for(url)) as shop:
        await shop.ready()
        return len((await shop.query("{ website { languages { code } } }")).data["website"]["languages"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_categorys_page_in_every_language(bff: BffOf, version: str) -> None:
    shop = await bff(version)
    by_language = {}
    for code in ("fr", "nl"):
        answer = await shop.query(CATEGORIES, **{"accept-language": code})
        by_language[code] = {one["id"]: one for one in answer.data["categories"]["categories"]}
    for category_id, told in by_language["fr"].items():
        slugs = {one["hreflang"]: one["slug"] for one in told["hreflang"]}
        assert slugs["fr"] == told["slug"]
        assert slugs["nl"] == by_language["nl"][category_id]["slug"]
        assert slugs["x-default"] in slugs.values()
        assert by_language["nl"][category_id]["hreflang"] == told["hreflang"]
    assert any(one["slug"] != by_language["nl"][key]["slug"] for key, one in by_language["fr"].items())


async def test_a_renamed_product_has_its_new_address_in_that_language(own_double: DoubleOf) -> None:
    odoo = own_double("19.0")
    async with running(settings_for(odoo.url, local_cache_bytes=32_000_000, poll_seconds=0.1), odoo) as shop:
        await shop.ready()
        data = (await shop.query(LIST, {"size": 1})).data["products"]["products"][0]
        odoo.double.write("product.template", [data["id"]], {"name": "Nieuwe naam"}, {"lang": "nl_NL"})
        one, slugs = f"query ($id: Int) {{ product(id: $id) {{ {LINKS} }} }}", {"nl": ""}
        async with Patience(20):
            while slugs["nl"] != product_slug("Nieuwe naam", data["id"]):
                await asyncio.sleep(0.02)
                links_now = (await shop.query(one, {"id": data["id"]})).data["product"]["hreflang"]
                slugs = {link["hreflang"]: link["slug"] for link in links_now}
        assert slugs["fr"] == {link["hreflang"]: link["slug"] for link in data["hreflang"]}["fr"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_sitemap_has_every_page_that_guests_are_shown(bff: BffOf, version: str) -> None:
    shop = await bff(version)
    pages = (await shop.get("/vsf/sitemap")).body
    assert pages == (await shop.get("/alokai/sitemap")).body
    listed = (await shop.query(LIST, {"size": 100})).data["products"]["products"]
    products = {one["id"]: one["hreflang"] for one in pages if one["kind"] == "product"}
    assert products == {one["id"]: {link["hreflang"]: link["slug"] for link in one["hreflang"]} for one in listed}
    categories = (await shop.query(CATEGORIES)).data["categories"]["categories"]
    assert {one["id"]: one["hreflang"]["x-default"] for one in pages if one["kind"] == "category"} == {
        one["id"]: {link["hreflang"]: link["slug"] for link in one["hreflang"]}["x-default"] for one in categories
    }
    assert all(one["updatedAt"].endswith("Z") for one in pages)
    paths = {one["path"] for one in (await shop.get("/vsf/products")).body}
    assert paths <= {slug for slugs in products.values() for slug in slugs.values()}
