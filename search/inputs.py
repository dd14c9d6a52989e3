"""What the index is made of and asked with: seen from here, given by whoever assembles the shop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from adapters.base import OdooAdapter
from adapters.records import (
    Attribute,
    AttributeValue,
    Company,
    Currency,
    Language,
    ProductTag,
    PublicCategory,
    Ribbon,
    Warehouse,
    Website,
)
from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, Tax, Uom
from identity.filters import Filter


class Tables(Protocol):
    """The shop's small tables that depend on no language."""

    @property
    def policy(self) -> PricingPolicy: ...
    @property
    def websites(self) -> Sequence[Website]: ...
    @property
    def companies(self) -> Mapping[int, Company]: ...
    @property
    def languages(self) -> Sequence[Language]: ...
    @property
    def currencies(self) -> Mapping[str, Currency]: ...
    @property
    def pricelists(self) -> Mapping[int, Pricelist]: ...
    @property
    def shop_rules(self) -> Sequence[PricelistRule]: ...
    @property
    def category_parents(self) -> Mapping[int, int | None]: ...
    @property
    def rates(self) -> Mapping[int, CurrencyRates]: ...
    @property
    def uoms(self) -> Mapping[int, Uom]: ...
    @property
    def taxes(self) -> Mapping[int, Tax]: ...
    @property
    def warehouses(self) -> Sequence[Warehouse]: ...


class Labels(Protocol):
    """Names in one language: of categories, attributes, values, tags and ribbons, by id."""

    @property
    def categories(self) -> Mapping[int, PublicCategory]: ...
    @property
    def attributes(self) -> Mapping[int, Attribute]: ...
    @property
    def values(self) -> Mapping[int, AttributeValue]: ...
    @property
    def tags(self) -> Mapping[int, ProductTag]: ...
    @property
    def ribbons(self) -> Mapping[int, Ribbon]: ...


LoadTables: TypeAlias = Callable[[OdooAdapter], Coroutine[Any, Any, Tables]]
LoadLabels: TypeAlias = Callable[[OdooAdapter, str], Coroutine[Any, Any, Labels]]


class Paths(Protocol):
    """The paths of pages."""

    def product(self, name: str, template_id: int) -> str: ...

    def category(self, name: str, category_id: int, own: str | None) -> str:
        """``own``: the path set by hand in Odoo."""


class Trees(Protocol):
    """Which categories are below which."""

    def below(self, field: str, ids: Iterable[int]) -> frozenset[int]:
        """These (of ``category`` or ``internal_category``), and all below them."""


class Viewer(Protocol):
    """What whoever asks may see: `identity.policy.EffectivePolicy`, for one.

    ``documents`` is a filter in ids, as `identity.filter_words.resolve` makes it.
    """

    @property
    def documents(self) -> Filter: ...

    def field_visible(self, type_name: str, field: str) -> bool: ...

    def shows_prices(self, pricelist_id: int | None, own: int | None) -> bool: ...
