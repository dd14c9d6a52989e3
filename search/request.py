"""What can be asked of the index, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from search.inputs import Trees, Viewer

SortKey = Literal["relevance", "id", "name", "newest", "price", "list_price", "popular"]
Facet = Literal["attributes", "categories", "tags", "price", "list_price", "stock"]


@dataclass(frozen=True, eq=False)
class Asker:
    """Who asks, and where. ``pricelist_id``: theirs, in whose prices they see, sort and filter."""

    viewer: Viewer
    trees: Trees
    website_id: int | None = None
    company_id: int | None = None
    pricelist_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """By what; equals are in the order of the next one, and of their ids in the end."""

    key: SortKey
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """Which products. Empty members do not restrict.

    ``text``: what was typed, none of it mistyped if it is ``exact``; of ``any_word`` of it one is enough. ``name``:
    words that must all begin or be words of the name. ``name_parts``: texts that must all occur somewhere in it.
    ``category_ids``: in any of these or below.
    ``attributes``: by attribute, values of which any is wanted; with ``same_variant`` one variant has them all.
    ``min_price`` and ``max_price``: in prices as the asker sees them; ``min_list_price`` and ``max_list_price``: in
    list prices; 0 does not restrict. ``place``: where stock counts, a word of `search.documents.in_company` or
    ``in_warehouse``.
    """

    text: str = ""
    exact: bool = False
    any_word: bool = False
    name: str = ""
    name_parts: tuple[str, ...] = ()
    ids: tuple[int, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    tag_ids: tuple[int, ...] = ()
    attributes: Mapping[int, frozenset[int]] = field(default_factory=dict)
    same_variant: bool = False
    min_price: Decimal = Decimal(0)
    max_price: Decimal = Decimal(0)
    min_list_price: Decimal = Decimal(0)
    max_list_price: Decimal = Decimal(0)
    in_stock: bool = False
    place: str | None = None
    sort: tuple[Sort, ...] = ()
