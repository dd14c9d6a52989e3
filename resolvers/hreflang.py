"""The same page in every language of the website: what search engines want to be told as `hreflang`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.records import Language
from resolvers.categories import CategoryNode, category_type
from resolvers.content import PageNode, page_type, translated
from resolvers.context import languages_of
from resolvers.info import Info
from resolvers.product_nodes import ProductNode
from resolvers.products import product_type
from resolvers.slugs import category_slug, product_slug
from resolvers.view import ShopView

#: for whoever reads none of the languages
DEFAULT: Final = "x-default"
#: how Odoo's codes name a script -> how BCP 47 does
_SCRIPTS: Final[Mapping[str, str]] = {"latin": "Latn", "cyrillic": "Cyrl"}


def language_tag(language: Language) -> str:
    """The language as HTML names it (BCP 47): ``fr``, ``nl-BE``, ``sr-Latn``."""
    words, _, script = language.iso_code.partition("@")
    primary, *regions = words.replace("_", "-").split("-")
    named = [_SCRIPTS.get(script.lower(), script.title())] if script else []
    return "-".join([primary, *named, *regions])


def links(slugs: Iterable[tuple[Language, str | None]]) -> list[dict[str, Any]]:
    """`HreflangLink`s of a page from its path in each language, the website's own first; None where it has none."""
    found = [
        {"hreflang": language_tag(language), "language": language, "slug": slug} for language, slug in slugs if slug
    ]
    return [*found, {**found[0], "hreflang": DEFAULT}] if found else []


@product_type.field("hreflang")
async def resolve_of_product(node: ProductNode, _: Info) -> list[dict[str, Any]]:
    view, product = node.view, node.product
    languages = languages_of(view.tables, view.website)
    names = {**await view.names(product.id, [language.code for language in languages]), view.lang: product.name}
    return links(
        (language, product_slug(names[language.code], product.id)) for language in languages if language.code in names
    )


@category_type.field("hreflang")
async def resolve_of_category(node: CategoryNode, info: Info) -> list[dict[str, Any]]:
    slugs = await category_slugs(await info.context.view())
    return links((language, of.get(node.category.id)) for language, of in slugs)


async def category_slugs(view: ShopView) -> list[tuple[Language, Mapping[int, str]]]:
    """For each language of the website the paths of its categories, by id."""
    found: list[tuple[Language, Mapping[int, str]]] = []
    for language in languages_of(view.tables, view.website):
        labels = await view.reference.labels(language.code, view.dependencies)
        slugs = {
            one.id: category_slug(one.name, one.id, one.slug)
            for one in labels.categories.values()
            if view.shows_category(one)
        }
        found.append((language, slugs))
    return found


@page_type.field("hreflang")
async def resolve_of_page(node: PageNode, _: Info) -> list[dict[str, Any]]:
    slugs: list[tuple[Language, str | None]] = []
    for language in languages_of(node.view.tables, node.view.website):
        page = node.page if language.code == node.view.lang else await translated(node, language.code)
        slugs.append((language, None if page is None else page.slug))
    return links(slugs)


BINDABLES: list[Any] = []
