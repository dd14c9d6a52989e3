"""Content in answers: by language and role, kept, and shown while its source is away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.content.strapis import TOKEN, Strapi, running
from tests.identity.wired import Shop, shop
from tests.support.valkey import Valkey
from tests.support.waiting import until

SECRET = "a-secret-of-the-cms"
SKU, OTHER = "1009-000001-01", "1004-000002-01"
#: what is read of products alone
READ = {"product.image", "product.template", "product.template.attribute.value"}
PAGE = """query ($slug: String!, $language: String) { contentPage(slug: $slug, language: $language) {
  id slug title publishedAt seo { title image { url } }
  blocks { kind title html image { url alt } link { url label } data products { id name sku } }
  translations { language { code } slug } } }"""
PRODUCT = "{ product(id: 1) { name content { kind html } } }"
BANNERS = '{ contentBanners(place: "home") { id place block { title } } }'
MENU = '{ contentMenu(name: "main") { name items { label url items { label } } } }'
PAGES = "{ contentPages { totalCount pages { slug } } }"
WEBSITE_PAGES = """{ websitePages(pageSize: 100) { totalCount websitePages {
  id name websiteUrl content pageType isPublished publishingDate website { name } } } }"""


#: what they see of products is the same: their content is not
ROLES = """
[roles.guest]
documents = "all"
fields = ["Product.*"]

[roles.practice]
documents = "all"
fields = ["Product.*"]
granted.signed_in = true
"""


def files(folder: Path) -> None:
    told: dict[str, Any] = {
        "en/pages/about.json": {
            "title": "About",
            "published_at": "2026-01-02",
            "blocks": [{"kind": "products", "title": "Best", "skus": [OTHER, "nobody", SKU], "columns": 3}],
        },
        "fr/pages/about.json": {"title": "Nous", "slug": "/nous", "markdown": "Bonjour"},
        "nl/pages/about.json": {"title": "Wij", "slug": "/wij", "roles": ["practice"]},
        "en/pages/members.json": {"title": "Members", "markdown": "Secret", "roles": ["practice"]},
        "en/menus/main.json": {
            "items": [{"label": "A", "url": "/a"}, {"label": "Members", "url": "/members", "roles": ["practice"]}]
        },
        "en/products/one.json": {"skus": [SKU], "markdown": "Keep cold"},
        "en/products/secret.json": {"skus": [SKU], "markdown": "Members pay less", "roles": ["practice"]},
        "en/banners/now.json": {"place": "home", "title": "Now"},
        "en/banners/first.json": {"place": "home", "title": "First", "position": -1},
        "en/banners/over.json": {"place": "home", "title": "Over", "ends": "2020-01-01"},
        "en/banners/later.json": {"place": "home", "title": "Later", "begins": "2099-01-01"},
        "en/banners/elsewhere.json": {"place": "cart", "title": "Elsewhere"},
    }
    for name, values in told.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")


@asynccontextmanager
async def with_folder(folder: Path, **settings: Any) -> AsyncIterator[Shop]:
    files(folder)
    kept = {"local_cache_bytes": 1 << 24, "content_webhook_secret": SECRET, "roles_file": None, **settings}
    async with shop(content_dir=folder, **kept) as found:
        yield found


async def test_a_page_with_its_products_and_translations(tmp_path: Path) -> None:
    async with with_folder(tmp_path) as of:
        page = (await of.query(PAGE, {"slug": "/about", "language": "en_US"})).data["contentPage"]
        (block,) = page["blocks"]
        assert [one["id"] for one in block["products"]] == [2, 1]
        assert (block["kind"], block["title"], block["data"]) == ("products", "Best", {"columns": 3})
        assert page["publishedAt"] == "2026-01-02T00:00:00Z"
        assert page["translations"] == [{"language": {"code": "fr_FR"}, "slug": "/nous"}]
        french = (await of.query(PAGE, {"slug": "nous", "language": "fr"})).data["contentPage"]
        assert french["blocks"][0]["html"] == "<p>Bonjour</p>\n"
        assert (await of.query(PAGE, {"slug": "/nowhere"})).data == {"contentPage": None}


async def test_what_is_for_some_roles_is_for_them_alone(tmp_path: Path) -> None:
    """Guests and practices ask the same again and again: an answer kept for the ones is not shown to the others."""
    seen = {}
    roles = tmp_path / "roles.toml"
    roles.write_text(ROLES, encoding="utf-8")
    async with with_folder(tmp_path / "content", roles_file=roles) as of:
        for who in ("guest", "practice", "guest"):
            if who == "practice":
                await of.log_in(1)
            for _ in range(2):
                pages = (await of.query(PAGES)).data["contentPages"]
                about = (await of.query(PAGE, {"slug": "/members"})).data["contentPage"]
                menu = (await of.query(MENU)).data["contentMenu"]
                product = (await of.query(PRODUCT)).data["product"]
                website = (await of.query(WEBSITE_PAGES)).data["websitePages"]
                seen[who] = (
                    pages["totalCount"],
                    about and about["title"],
                    [one["label"] for one in menu["items"]],
                    [one["html"] for one in product["content"]] if product else None,
                    website["totalCount"],
                )
            of.cookie = None
    cold, less = "<p>Keep cold</p>\n", "<p>Members pay less</p>\n"
    assert seen["practice"] == (2, "Members", ["A", "Members"], [cold, less], 2)
    assert seen["guest"] == (1, None, ["A"], [cold], 1)


async def test_banners_of_now_in_their_order(tmp_path: Path) -> None:
    async with with_folder(tmp_path) as of:
        banners = (await of.query(BANNERS)).data["contentBanners"]
        assert [one["block"]["title"] for one in banners] == ["First", "Now"]


async def test_pages_as_the_storefront_knows_them(tmp_path: Path) -> None:
    async with with_folder(tmp_path) as of:
        (page,) = (await of.query(WEBSITE_PAGES)).data["websitePages"]["websitePages"]
        assert page["websiteUrl"] == "/about"
        assert page["publishingDate"] == "2026-01-02"
        one = "query ($id: Int, $slug: String) { websitePage(id: $id, pageSlug: $slug) { name } }"
        for asked in ({"id": page["id"]}, {"slug": "/about"}, {"slug": "about"}):
            assert (await of.query(one, asked)).data == {"websitePage": {"name": "About"}}
        for asked in ({"id": 1}, {"slug": "/members"}, {}):
            assert (await of.query(one, asked)).data == {"websitePage": None}


async def test_products_that_a_role_does_not_see_are_not_in_blocks(tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text('[roles.guest]\ndocuments = "published and not id = 2"\nfields = ["Product.*"]\n')
    async with with_folder(tmp_path / "content", roles_file=roles) as of:
        page = (await of.query(PAGE, {"slug": "/about"})).data["contentPage"]
        assert [one["id"] for one in page["blocks"][0]["products"]] == [1]


async def test_the_products_of_a_page_are_read_together(tmp_path: Path) -> None:
    async with with_folder(tmp_path) as of:
        counts = []
        skus = [f"{one}" for one in (SKU, OTHER, "1013-000003-01", "1014-000004-01", "1002-000005-01")]
        for number in (1, 5):
            blocks = [{"kind": "products", "skus": [sku]} for sku in skus[:number]]
            (tmp_path / f"en/pages/p{number}.json").write_text(json.dumps({"title": "P", "blocks": blocks}))
            await changed(of)
            await of.query(PAGES)
            before = of.asked()  # what is read behind requests does not count
            page = (await of.query(PAGE, {"slug": f"/p{number}"})).data["contentPage"]
            assert sum(len(block["products"]) for block in page["blocks"]) == number
            counts.append(sum(call.model in READ for call in of.double.calls[before:]))
        assert counts[1] <= counts[0] != 0


async def test_what_is_written_for_the_products_of_a_list_is_found_together(tmp_path: Path) -> None:
    asked = """query ($ids: [Int]) { products(filter: {ids: $ids}) { products { id content { products { id } } } } }"""
    async with with_folder(tmp_path) as of:
        skus = [SKU, OTHER, "1013-000003-01", "1014-000004-01", "1002-000005-01"]
        for sku, other in zip(skus, skus[::-1], strict=True):
            blocks = [{"kind": "products", "skus": [other]}]
            (tmp_path / f"en/products/{sku}.json").write_text(json.dumps({"skus": [sku], "blocks": blocks}))
        await changed(of)
        counts = []
        for ids in ([1], [2, 3, 4, 5]):
            before = of.asked()
            listed = (await of.query(asked, {"ids": ids}, **{"accept-language": "en"})).data["products"]["products"]
            assert all(block["products"] for one in listed for block in one["content"] if one["id"] != 1)
            calls = of.double.calls[before:]
            counts.append(sum("default_code" in str(call.args) and "barcode" in str(call.args) for call in calls))
        assert counts[1] <= counts[0] != 0


async def changed(of: Shop, secret: str = SECRET) -> int:
    answer = await of.send("POST", "/webhooks/content", headers={"authorization": f"Bearer {secret}"}, json={})
    return answer.status


async def test_a_cms_says_that_something_changed(tmp_path: Path) -> None:
    async with with_folder(tmp_path) as of:
        asked = {"slug": "/about", "language": "fr"}
        assert (await of.query(PAGE, {"slug": "/nous", "language": "fr"})).data["contentPage"]["title"] == "Nous"
        (tmp_path / "fr/pages/about.json").write_text(json.dumps({"title": "Vous"}))
        assert (await of.query(PAGE, asked)).data["contentPage"] is None
        assert await changed(of, "a-wrong-secret") == 401
        assert (await of.query(PAGE, asked)).data["contentPage"] is None
        assert await changed(of) == 202
        assert (await of.query(PAGE, asked)).data["contentPage"]["title"] == "Vous"


async def test_without_content_there_is_none() -> None:
    async with shop(roles_file=None) as of:
        assert (await of.query(PAGE, {"slug": "/about"})).data == {"contentPage": None}
        assert (await of.query(BANNERS)).data == {"contentBanners": []}
        assert (await of.query(MENU)).data == {"contentMenu": None}
        assert (await of.query(PRODUCT)).data["product"]["content"] == []
        assert (await of.send("POST", "/webhooks/content", json={})).status == 404


def strapi() -> Strapi:
    told = {"id": 1, "documentId": "d", "slug": "about", "title": "About", "body": "Hello"}
    return Strapi(5, {("pages", "en"): [told]})


def settings(found: Strapi, redis: Valkey, namespace: str) -> dict[str, Any]:
    return {
        "strapi_url": found.url,
        "strapi_token": TOKEN,
        "strapi_timeout": 2.0,
        "content_webhook_secret": SECRET,
        "redis_url": redis.url,
        "redis_namespace": namespace,
        "cart_durability": "memory",
        "roles_file": None,
    }


@pytest.mark.parametrize("failure", ["down", "gone"])
async def test_while_the_cms_is_away_its_content_is_shown(failure: str, own_valkey: Valkey) -> None:
    """By the process that read it, by one that is started meanwhile, and when it is known to be old."""
    found = strapi()
    asked = {"slug": "/about", "language": "en_US"}
    async with running(found) as server:
        async with shop(**settings(server, own_valkey, "content")) as of:
            assert (await of.query(PAGE, asked)).data["contentPage"]["title"] == "About"
            found.down = 500
            if failure == "gone":
                found.url = "http://127.0.0.1:9"
            assert await changed(of) == 202
            answer = await of.query(PAGE, asked)
            assert answer.body["data"]["contentPage"]["title"] == "About"
            assert answer.body["extensions"] == {"stale": True}
        async with shop(**settings(found, own_valkey, "content")) as again:
            answer = await again.query(PAGE, asked)
            assert answer.body["data"]["contentPage"]["title"] == "About"
            assert (await again.query(PRODUCT)).data["product"]["content"] == []


async def test_a_cms_that_was_never_there_fails_no_page(own_valkey: Valkey) -> None:
    found = strapi()
    found.down = 500
    asked = {"slug": "/about", "language": "en_US"}
    async with running(found) as server, shop(**settings(server, own_valkey, "never")) as of:
        answer = await of.query(PRODUCT)
        assert answer.status == 200
        assert answer.body["data"]["product"] == {"name": answer.body["data"]["product"]["name"], "content": []}
        assert answer.body["extensions"] == {"stale": True}
        assert (await of.query(PAGE, asked)).body["data"] == {"contentPage": None}
        found.down = None

        async def is_there() -> bool:
            return (await of.query(PAGE, asked)).body["data"]["contentPage"] is not None

        await until(is_there)
