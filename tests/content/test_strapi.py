"""Strapi as a source: what versions 4 and 5 answer becomes the same content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog.testing

from content.records import Content, Picture
from content.source import ContentError, ContentUnavailableError
from content.strapi import StrapiSource
from tests.content.strapis import TOKEN, Strapi, file, running

VERSIONS = (4, 5)


def page(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": number,
        "documentId": f"doc{number % 10}",
        "slug": f"page-{number}",
        "title": f"Page {number}",
        "publishedAt": "2026-03-01T10:00:00.000Z",
        "createdAt": "2026-02-01T10:00:00.000Z",
        "locale": "en",
        **values,
    }


def entries(strapi: Strapi) -> None:
    strapi.entries = {
        ("pages", "en"): [
            page(
                1,
                slug="about",
                body="Some **Markdown**",
                seo={"id": 3, "metaTitle": "T", "metaImage": file("/uploads/seo.png")},
                blocks=[
                    {
                        "__component": "shared.hero",
                        "id": 4,
                        "title": "Hello",
                        "image": file("/uploads/a.png", "A"),
                        "link": {"id": 9, "url": "/go", "label": "Go"},
                        "dark": True,
                    },
                    {
                        "__component": "shared.rich-text",
                        "id": 5,
                        "content": [{"type": "paragraph", "children": [{"type": "text", "text": "tree"}]}],
                    },
                    {"__component": "shop.products", "id": 6, "skus": "A-1, A-2"},
                ],
            ),
            *(page(number) for number in (2, 3, 4, 5)),
        ],
        ("pages", "fr-BE"): [
            page(11, slug="a-propos", localizations={"data": [{"id": 1, "attributes": {}}]}),
        ],
        ("banners", "en"): [{"id": 1, "documentId": "b", "place": "home", "title": "Sale", "image": file("/s.png")}],
        ("menus", "en"): [
            {"id": 1, "documentId": "m", "name": "footer", "items": [{"id": 8, "label": "About", "url": "/about"}]}
        ],
    }


@asynccontextmanager
async def at(url: str, token: str = TOKEN) -> AsyncIterator[StrapiSource]:
    source = StrapiSource(url, token, timeout=5.0)
    try:
        yield source
    finally:
        await source.close()


@asynccontextmanager
async def source_of(strapi: Strapi) -> AsyncIterator[StrapiSource]:
    async with running(strapi), at(strapi.url) as source:
        yield source


def slugs_of(content: Content) -> set[str]:
    return {one.slug for one in content.pages}


@pytest.mark.parametrize("version", VERSIONS)
async def test_everything(version: int) -> None:
    strapi = Strapi(version)
    entries(strapi)
    async with source_of(strapi) as source:
        content = await source.read("en_US")
    about = content.page_by_slug["/about"]
    assert len(content.pages) == 5
    text, hero, rich, products = about.blocks
    assert text.html == "<p>Some <strong>Markdown</strong></p>\n"
    assert (hero.kind, hero.title, hero.data) == ("hero", "Hello", {"dark": True})
    assert hero.picture == Picture(f"{strapi.url}/uploads/a.png", "A")
    assert hero.link is not None
    assert hero.link.label == "Go"
    assert rich.html == "<p>tree</p>"
    assert products.skus == ("A-1", "A-2")
    assert about.seo.picture == Picture(f"{strapi.url}/uploads/seo.png")
    assert content.banners[0].block.picture == Picture(f"{strapi.url}/s.png")
    assert content.menu_by_name["footer"].items[0].label == "About"
    assert content.products == ()  # there is no such collection


@pytest.mark.parametrize("version", VERSIONS)
async def test_translations_have_the_same_key(version: int) -> None:
    strapi = Strapi(version)
    entries(strapi)
    async with source_of(strapi) as source:
        english, french = await source.read("en_US"), await source.read("fr_BE")
    assert french.pages[0].slug == "/a-propos"
    assert english.page_by_slug["/about"].key == french.pages[0].key


async def test_ids_stay_when_a_page_is_published_anew() -> None:
    strapi = Strapi(5)
    strapi.entries = {("pages", "en"): [page(1)]}
    async with source_of(strapi) as source:
        before = (await source.read("en")).pages[0]
        strapi.entries = {("pages", "en"): [page(1, id=99)]}
        assert (await source.read("en")).pages[0].id == before.id


async def test_a_language_that_strapi_does_not_have_is_empty_and_costs_one_request() -> None:
    strapi = Strapi(5)
    entries(strapi)
    async with source_of(strapi) as source:
        assert await source.read("de_DE") == Content("de_DE")
    assert len(strapi.asked) == 1


async def test_without_languages_all_have_the_same() -> None:
    strapi = Strapi(5, locales=None)
    entries(strapi)
    async with source_of(strapi) as source:
        assert len((await source.read("de_DE")).pages) == 5
    assert all("locale" not in parameters for _, parameters in strapi.asked)


async def test_a_passing_failure_is_tried_again() -> None:
    strapi = Strapi(5, failing=1)
    entries(strapi)
    async with source_of(strapi) as source:
        assert len((await source.read("en_US")).pages) == 5


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_it_is_away(status: int) -> None:
    async with source_of(Strapi(5, down=status)) as source:
        with pytest.raises(ContentUnavailableError):
            await source.read("en_US")


async def test_nobody_is_there() -> None:
    async with at("http://127.0.0.1:9") as source:
        with pytest.raises(ContentUnavailableError):
            await source.read("en_US")


async def test_a_token_that_may_not_says_what_it_may_not() -> None:
    strapi = Strapi(5)
    async with running(strapi), at(strapi.url, "wrong") as source:
        with pytest.raises(ContentError, match="i18n/locales"):
            await source.read("en_US")


async def test_a_bad_entry_is_left_out() -> None:
    strapi = Strapi(5)
    strapi.entries = {("pages", "en"): [page(1, blocks="none"), page(2)]}
    async with source_of(strapi) as source:
        with structlog.testing.capture_logs() as told:
            content = await source.read("en_US")
            await source.read("en_US")
    assert slugs_of(content) == {"/page-2"}
    assert [one["event"] for one in told] == ["content.entry_left_out"]
