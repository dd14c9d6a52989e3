"""Entities of what surrounds the goods, in no Odoo version's terms: languages, money, places, taxes, units.

Ids are the ids the records have in every version; money is in integer cents of the company currency (EUR).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple


class Text(NamedTuple):
    """A text and its translations (fr_FR, nl_NL)."""

    en: str
    fr: str = ""
    nl: str = ""

    def format(self, *parts: str) -> Text:
        """Each language's text with its ``{}`` filled in by the same parts."""
        return Text(*(text.format(*parts) if text else "" for text in self))


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the shop speaks."""

    id: int
    code: str
    iso_code: str
    name: str
    date_format: str
    decimal_point: str
    thousands_sep: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency; inactive ones cannot be used."""

    id: int
    name: str  # ISO 4217 code
    symbol: str
    full_name: str
    position: Literal["before", "after"]
    active: bool


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """``rate`` units of the currency for 1 EUR from ``day`` on."""

    id: int
    currency_id: int
    day: date
    rate: float


@dataclass(frozen=True, slots=True)
class Country:
    """A country, with what its addresses need."""

    id: int
    code: str
    name: Text
    currency_id: int | None
    phone_code: int
    vat_label: Text
    name_position: str
    state_required: bool
    zip_required: bool


@dataclass(frozen=True, slots=True)
class State:
    """A state or province of a country."""

    id: int
    country_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CountryGroup:
    """Countries that pricelists or taxes treat alike."""

    id: int
    name: str
    country_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Precision:
    """How many decimals Odoo keeps of a kind of number."""

    id: int
    name: str
    digits: int


@dataclass(frozen=True, slots=True)
class Tax:
    """A sale tax, on top of the price. ``percent``: 21 means 21 %."""

    id: int
    name: str
    label: str
    percent: float


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """When an invoice is due."""

    id: int
    name: Text
    days: int
    end_of_month: bool


@dataclass(frozen=True, slots=True)
class Carrier:
    """``free_over`` in cents (None: never free); the product is a service that carries the name."""

    id: int
    name: Text
    variant_id: int
    price: int
    free_over: int | None
    country_codes: tuple[str, ...]
    by_rule: bool = False


@dataclass(frozen=True, slots=True)
class UomCategory:
    """Units that convert into each other."""

    id: int
    name: Text


@dataclass(frozen=True, slots=True)
class Uom:
    """``ratio`` reference units make one of this unit (Dozen: 12); ``rounding`` is its smallest quantity."""

    id: int
    name: Text
    category_id: int
    reference_id: int
    ratio: float
    rounding: float


@dataclass(frozen=True, slots=True)
class Company:
    """The company that owns the shop."""

    id: int
    name: str
    partner_id: int
    currency_id: int
    country_id: int
