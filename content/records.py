"""Content in one language, as every source gives it. HTML is safe to show: `content.html` makes it so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec


class Picture(msgspec.Struct, frozen=True, omit_defaults=True):
    """``url``: absolute, or a path of the shop."""

    url: str
    alt: str | None = None


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """``url``: absolute, or a path of the shop."""

    url: str
    label: str | None = None


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a page. ``kind``: what it is to the shop, such as ``text`` or ``hero``.

    ``skus``: products to show in it. ``data``: whatever else the source has of it, as JSON.
    """

    kind: str = "text"
    title: str | None = None
    html: str | None = None
    picture: Picture | None = None
    link: Link | None = None
    skus: tuple[str, ...] = ()
    data: Mapping[str, Any] = {}


class ContentSeo(msgspec.Struct, frozen=True, omit_defaults=True):
    """What search engines are told of a page."""

    title: str | None = None
    description: str | None = None
    keywords: str | None = None
    picture: Picture | None = None


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """``key``: the same in all languages. ``slug``: begins with ``/``. ``roles``: who sees it; empty for everybody.

    Times are UTC.
    """

    id: int
    key: str
    slug: str
    title: str
    blocks: tuple[Block, ...] = ()
    seo: ContentSeo = ContentSeo()
    roles: frozenset[str] = frozenset()
    published_at: datetime | None = None
    updated_at: datetime | None = None


class MenuItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link, or a heading over other items. ``roles``: who sees it; empty for everybody."""

    label: str
    url: str | None = None
    roles: frozenset[str] = frozenset()
    items: tuple[MenuItem, ...] = ()


class Menu(msgspec.Struct, frozen=True, omit_defaults=True):
    """``name``: what the shop asks for, such as ``footer``."""

    name: str
    items: tuple[MenuItem, ...] = ()


class Banner(msgspec.Struct, frozen=True, omit_defaults=True):
    """``place``: where in the shop. Shown from ``begins`` to before ``ends`` (UTC), those of low ``position`` first."""

    id: int
    place: str
    block: Block
    position: int = 0
    begins: datetime | None = None
    ends: datetime | None = None
    roles: frozenset[str] = frozenset()

    def shown_at(self, now: datetime) -> bool:
        """Is it shown at a moment (aware)?"""
        return (self.begins is None or self.begins <= now) and (self.ends is None or now < self.ends)


class ProductContent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Blocks for the products that have one of the SKUs or slugs."""

    skus: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    roles: frozenset[str] = frozenset()


class Content(msgspec.Struct, frozen=True, dict=True):
    """All content in a language."""

    lang: str
    pages: tuple[Page, ...] = ()
    menus: tuple[Menu, ...] = ()
    banners: tuple[Banner, ...] = ()
    products: tuple[ProductContent, ...] = ()

    @cached_property
    def page_by_slug(self) -> Mapping[str, Page]:
        return {page.slug: page for page in reversed(self.pages)}

    @cached_property
    def page_by_id(self) -> Mapping[int, Page]:
        return {page.id: page for page in reversed(self.pages)}

    @cached_property
    def page_by_key(self) -> Mapping[str, Page]:
        return {page.key: page for page in reversed(self.pages)}

    @cached_property
    def menu_by_name(self) -> Mapping[str, Menu]:
        return {menu.name: menu for menu in reversed(self.menus)}

    @cached_property
    def by_sku(self) -> Mapping[str, tuple[ProductContent, ...]]:
        return _grouped((sku, one) for one in self.products for sku in one.skus)

    @cached_property
    def by_slug(self) -> Mapping[str, tuple[ProductContent, ...]]:
        return _grouped((slug, one) for one in self.products for slug in one.slugs)


def _grouped(pairs: Any) -> Mapping[str, tuple[ProductContent, ...]]:
    found: dict[str, tuple[ProductContent, ...]] = {}
    for key, one in pairs:
        found[key] = (*found.get(key, ()), one)
    return found
