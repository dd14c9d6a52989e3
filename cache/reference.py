"""The small tables of the shop, kept in the process: they are needed by every page and change seldom."""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeVar, cast

import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooAccessError
from adapters.records import (
    Attribute,
    AttributeValue,
    Company,
    Country,
    Currency,
    Language,
    ProductTag,
    PublicCategory,
    Ribbon,
    Warehouse,
    Website,
)
from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, Tax, Uom
from adapters.together import Together
from cache.dependencies import Dependencies
from cache.refreshing import Refreshing
from cache.store import Store
from cache.tags import ATTRIBUTES, CATEGORIES, COUNTRIES, LABELS, SHOP

T = TypeVar("T")

log = structlog.get_logger(__name__)

AdapterProvider = Callable[[], Awaitable[OdooAdapter]]
Clock = Callable[[], datetime]
"""Tells the time as an aware datetime."""

POPULAR_FOR = timedelta(days=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class ShopTables:
    """What does not depend on a language."""

    policy: PricingPolicy
    websites: tuple[Website, ...]
    companies: Mapping[int, Company]
    languages: tuple[Language, ...]
    currencies: Mapping[str, Currency]
    pricelists: Mapping[int, Pricelist]
    shop_rules: tuple[PricelistRule, ...]
    category_parents: Mapping[int, int | None]
    rates: Mapping[int, CurrencyRates]  # by company
    uoms: Mapping[int, Uom]
    taxes: Mapping[int, Tax]
    warehouses: tuple[Warehouse, ...]


@dataclass(frozen=True, eq=False)
class Labels:
    """What does depend on a language: names of categories, attributes, values, tags, ribbons."""

    lang: str
    categories: Mapping[int, PublicCategory]  # in display order
    attributes: Mapping[int, Attribute]
    values: Mapping[int, AttributeValue]
    tags: Mapping[int, ProductTag]
    ribbons: Mapping[int, Ribbon]

    @cached_property
    def child_ids(self) -> Mapping[int | None, tuple[int, ...]]:
        """Category ids by parent, in display order; under None the top ones (their parent is missing or none)."""
        children: dict[int | None, list[int]] = {}
        for category in self.categories.values():
            parent_id = category.parent_id if category.parent_id in self.categories else None
            children.setdefault(parent_id, []).append(category.id)
        return {parent_id: tuple(ids) for parent_id, ids in children.items()}

    def value_order(self, value_id: int) -> tuple[int, int, int, int]:
        """Sort key of attribute values: by attribute, then within it, as Odoo shows them."""
        value = self.values[value_id]
        attribute = self.attributes[value.attribute_id]
        return (attribute.sequence, attribute.id, value.sequence, value.id)


_SHOP: Final = frozenset({SHOP})
_LABELS: Final = frozenset({CATEGORIES, ATTRIBUTES, LABELS})
_COUNTRIES: Final = frozenset({COUNTRIES})


class Reference:
    """Keeps the tables. ``seconds``: how long they count as fresh; they are served stale while Odoo is away.

    They stay the same objects for as long as they have the same contents. What the ``store`` announces is read anew
    before anybody is given it again; a difference that nobody had announced is announced by the reference itself.
    """

    def __init__(
        self, adapter: AdapterProvider, store: Store, *, seconds: float = 60.0, clock: Clock = utc_now
    ) -> None:
        self._adapter = adapter
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._shop = self._keep("shop tables", self._load_shop, _SHOP, same=_same_fields)
        self._sold = Refreshing("units sold", self._load_sold, seconds=max(seconds, 3600.0), same=operator.eq)
        self._by_lang: dict[tuple[frozenset[str], str], Refreshing[Any]] = {}
        self._missed = False
        store.on_invalidated(self._heard)

    async def shop(self, dependencies: Dependencies | None = None) -> ShopTables:
        """Raises OdooError when they were never read and cannot be."""
        return await self._get(self._shop, _SHOP, dependencies)

    async def labels(self, lang: str, dependencies: Dependencies | None = None) -> Labels:
        """Raises as `shop` does."""
        kept = self._by_lang.get((_LABELS, lang))
        if kept is None:
            kept = self._keep(f"labels {lang}", lambda: self._load_labels(lang), _LABELS, same=_same_fields)
            self._by_lang[_LABELS, lang] = kept
        return cast("Labels", await self._get(kept, _LABELS, dependencies))

    async def countries(self, lang: str, dependencies: Dependencies | None = None) -> Mapping[int, Country]:
        """By id. Raises as `shop` does."""
        kept = self._by_lang.get((_COUNTRIES, lang))
        if kept is None:
            kept = self._keep(f"countries {lang}", lambda: self._load_countries(lang), _COUNTRIES, same=operator.eq)
            self._by_lang[_COUNTRIES, lang] = kept
        return cast("Mapping[int, Country]", await self._get(kept, _COUNTRIES, dependencies))

    async def units_sold(self) -> Mapping[int, Decimal]:
        """Units sold lately, by product id."""
        return await self._sold.get()

    def invalidate(self) -> None:
        """Everything may be wrong: read it anew before it is given again."""
        for kept in self._all():
            kept.invalidate()

    @property
    def loaded(self) -> bool:
        """Have the shop tables been read?"""
        return self._shop.loaded

    async def close(self) -> None:
        for kept in self._all():
            await kept.close()

    def _all(self) -> list[Refreshing[Any]]:
        return [self._shop, self._sold, *self._by_lang.values()]

    def _keep(
        self, name: str, load: Callable[[], Awaitable[T]], tags: frozenset[str], *, same: Callable[[T, T], bool]
    ) -> Refreshing[T]:
        async def announce() -> None:
            log.info("reference.changed", what=name)
            await self._store.invalidate(tags)

        return Refreshing(name, load, seconds=self._seconds, same=same, on_difference=announce)

    async def _get(self, kept: Refreshing[T], tags: frozenset[str], dependencies: Dependencies | None) -> T:
        if self._store.listening and self._missed:
            self._missed = False
            self.invalidate()
        if dependencies is None:
            return await kept.get()
        dependencies.add(tags)
        if not self._store.listening:
            dependencies.mark_unsure()
        return await kept.get(dependencies.mark_stale)

    def _heard(self, tags: frozenset[str]) -> None:
        """Something was invalidated; without any tag: something may have been missed."""
        if not tags:
            self._missed = True
        if not tags.isdisjoint(_SHOP):
            self._shop.invalidate()
        for (of_table, _), kept in self._by_lang.items():
            if not tags.isdisjoint(of_table):
                kept.invalidate()

    async def _load_shop(self) -> ShopTables:
        adapter = await self._adapter()
        async with Together() as group:
            websites = group.create_task(adapter.websites())
            companies = group.create_task(adapter.companies())
            languages = group.create_task(adapter.languages())
            currencies = group.create_task(adapter.currencies())
            pricelists = group.create_task(adapter.pricelists())
            rules = group.create_task(adapter.shop_rules())
            parents = group.create_task(adapter.category_parents())
            uoms = group.create_task(adapter.uoms())
            taxes = group.create_task(adapter.taxes())
            warehouses = group.create_task(adapter.warehouses())
        if not companies.result():
            raise OdooAccessError("no company may be seen")
        sites = _of_companies(websites.result(), {company.id for company in companies.result()})
        company_ids = {website.company_id for website in sites} or {companies.result()[0].id}
        rates = {company_id: await adapter.currency_rates(company_id) for company_id in sorted(company_ids)}
        return ShopTables(
            policy=adapter.pricing_policy,
            websites=sites,
            companies={company.id: company for company in companies.result()},
            languages=tuple(languages.result()),
            currencies={currency.code: currency for currency in currencies.result()},
            pricelists={pricelist.id: pricelist for pricelist in pricelists.result()},
            shop_rules=tuple(rules.result()),
            category_parents=parents.result(),
            rates=rates,
            uoms={uom.id: uom for uom in uoms.result()},
            taxes={tax.id: tax for tax in taxes.result()},
            warehouses=tuple(warehouses.result()),
        )

    async def _load_labels(self, lang: str) -> Labels:
        adapter = await self._adapter()
        async with Together() as group:
            categories = group.create_task(adapter.categories(lang))
            attributes = group.create_task(adapter.attributes(lang))
            tags = group.create_task(adapter.tags(lang))
            ribbons = group.create_task(adapter.ribbons(lang))
        found_attributes, found_values = attributes.result()
        return Labels(
            lang=lang,
            categories={category.id: category for category in categories.result()},
            attributes={attribute.id: attribute for attribute in found_attributes},
            values={value.id: value for value in found_values},
            tags={tag.id: tag for tag in tags.result()},
            ribbons={ribbon.id: ribbon for ribbon in ribbons.result()},
        )

    async def _load_countries(self, lang: str) -> Mapping[int, Country]:
        adapter = await self._adapter()
        return {country.id: country for country in await adapter.countries(lang)}

    async def _load_sold(self) -> Mapping[int, Decimal]:
        adapter = await self._adapter()
        return await adapter.units_sold(self._clock() - POPULAR_FOR)


def _same_fields(one: ShopTables | Labels, other: ShopTables | Labels) -> bool:
    return all(getattr(one, field.name) == getattr(other, field.name) for field in fields(one))


def _of_companies(websites: Sequence[Website], company_ids: set[int]) -> tuple[Website, ...]:
    """The websites whose company may be seen: of the others neither currency nor prices are known."""
    hidden = [website.id for website in websites if website.company_id not in company_ids]
    if hidden:
        log.warning("odoo.company_hidden", website_ids=hidden)
    return tuple(website for website in websites if website.company_id in company_ids)
