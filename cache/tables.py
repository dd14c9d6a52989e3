"""The small tables of the shop: what is in them, and how they are read from Odoo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooAccessError
from adapters.once import reading_once
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
from adapters.records.contacts import FiscalPosition
from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, Tax, Uom
from adapters.together import Together

log = structlog.get_logger(__name__)


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
    fiscal_positions: tuple[FiscalPosition, ...] = ()


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


def same_tables(one: ShopTables | Labels, other: ShopTables | Labels) -> bool:
    """Have they the same contents?"""
    return all(getattr(one, field.name) == getattr(other, field.name) for field in fields(one))


async def load_shop(adapter: OdooAdapter) -> ShopTables:
    """Read them from Odoo. Raises OdooError."""
    async with reading_once(), Together() as group:
        policy = group.create_task(adapter.database_policy())
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
        positions = group.create_task(_fiscal_positions(adapter))
        if not await companies:
            raise OdooAccessError("no company may be seen")
        sites = _of_companies(await websites, {company.id for company in companies.result()})
        company_ids = {website.company_id for website in sites} or {companies.result()[0].id}
        rates = {one: group.create_task(adapter.currency_rates(one)) for one in sorted(company_ids)}
    return ShopTables(
        policy=policy.result(),
        websites=sites,
        companies={company.id: company for company in companies.result()},
        languages=tuple(languages.result()),
        currencies={currency.code: currency for currency in currencies.result()},
        pricelists={pricelist.id: pricelist for pricelist in pricelists.result()},
        shop_rules=tuple(rules.result()),
        category_parents=parents.result(),
        rates={company_id: task.result() for company_id, task in rates.items()},
        uoms={uom.id: uom for uom in uoms.result()},
        taxes={tax.id: tax for tax in taxes.result()},
        warehouses=tuple(warehouses.result()),
        fiscal_positions=positions.result(),
    )


async def _fiscal_positions(adapter: OdooAdapter) -> tuple[FiscalPosition, ...]:
    """None where the service user may not see them: then carts are estimated without."""
    try:
        return tuple(await adapter.fiscal_positions())
    except OdooAccessError as error:
        log.warning("odoo.fiscal_positions_hidden", error=str(error))
        return ()


async def load_labels(adapter: OdooAdapter, lang: str) -> Labels:
    """Read them from Odoo in a language. Raises OdooError."""
    async with reading_once(), Together() as group:
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


async def load_countries(adapter: OdooAdapter, lang: str) -> Mapping[int, Country]:
    """Read them from Odoo in a language, by id. Raises OdooError."""
    return {country.id: country for country in await adapter.countries(lang)}


def _of_companies(websites: Sequence[Website], company_ids: set[int]) -> tuple[Website, ...]:
    """The websites whose company may be seen: of the others neither currency nor prices are known."""
    hidden = [website.id for website in websites if website.company_id not in company_ids]
    if hidden:
        log.warning("odoo.company_hidden", website_ids=hidden)
    return tuple(website for website in websites if website.company_id in company_ids)
