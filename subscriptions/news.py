"""What a customer is told, once it is certain that they may know it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from subscriptions.model import Batch, Event, Target


class NoFollowerError(Exception):
    """Whoever followed is no customer any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product, or a variant of it. ``path``: of its page. ``price``: of one unit, as they see it; None: hidden."""

    product_id: int
    variant_id: int | None
    name: str
    path: str
    sku: str | None = None
    price: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What happened to one thing that they follow. ``title``: its name, as far as it has one; ``path``: of its page.

    ``text``: the discount of a promotion. ``until``: its last day, as ``2026-12-31``.
    """

    event: Event
    target: Target
    title: str | None
    path: str | None
    entries: tuple[Entry, ...] = ()
    promotion_id: str | None = None
    text: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """All of a batch that may be told. ``lang``: Odoo's code; ``iso_code``: the language's short form.

    ``pricelist_id``: whose promotions they see. ``over``: targets and turns of subscriptions that end by it.
    ``site``: where the shop is, without a slash at the end; None: that is not known.
    """

    partner_id: int
    website_id: int
    lang: str
    iso_code: str
    name: str
    email: str | None
    shop: str
    site: str | None
    pricelist_id: int | None
    sections: tuple[Section, ...]
    over: tuple[tuple[Target, int], ...]


class NewsReader(Protocol):
    """Decides what of a batch may be told."""

    async def news_of(self, batch: Batch) -> News:
        """Without any section: nothing of it may be told, or it is true no more.

        Raises OdooError, also where what is known is not certain; NoFollowerError.
        """
        ...
