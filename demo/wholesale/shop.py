"""The shop as a whole: all its entities but the pricelist rules."""

from __future__ import annotations

from dataclasses import dataclass

from demo.wholesale.goods import (
    Attribute,
    AttributeValue,
    Category,
    Location,
    PublicCategory,
    Quant,
    Ribbon,
    Tag,
    Template,
    Warehouse,
)
from demo.wholesale.trade import Order, Partner, PartnerCategory, Pricelist, User
from demo.wholesale.world import (
    Carrier,
    Company,
    Country,
    CountryGroup,
    Currency,
    CurrencyRate,
    Language,
    PaymentTerm,
    Precision,
    State,
    Tax,
    Uom,
    UomCategory,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything but the pricelist rules (see ``rules.RuleBook``)."""

    company: Company
    languages: tuple[Language, ...]
    currencies: tuple[Currency, ...]
    rates: tuple[CurrencyRate, ...]
    countries: tuple[Country, ...]
    states: tuple[State, ...]
    country_groups: tuple[CountryGroup, ...]
    precisions: tuple[Precision, ...]
    taxes: tuple[Tax, ...]
    payment_terms: tuple[PaymentTerm, ...]
    carriers: tuple[Carrier, ...]
    categories: tuple[Category, ...]
    public_categories: tuple[PublicCategory, ...]
    uom_categories: tuple[UomCategory, ...]
    uoms: tuple[Uom, ...]
    attributes: tuple[Attribute, ...]
    attribute_values: tuple[AttributeValue, ...]
    templates: tuple[Template, ...]
    ribbons: tuple[Ribbon, ...]
    tags: tuple[Tag, ...]
    warehouses: tuple[Warehouse, ...]
    locations: tuple[Location, ...]
    quants: tuple[Quant, ...]
    pricelists: tuple[Pricelist, ...]
    partner_categories: tuple[PartnerCategory, ...]
    partners: tuple[Partner, ...]
    users: tuple[User, ...]
    orders: tuple[Order, ...]
    website_name: str = "Vetwholesale"
    api_keys: tuple[tuple[str, str], ...] = ()  # (key, login)
