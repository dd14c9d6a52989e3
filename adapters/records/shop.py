"""The shop around the catalogue: website, company, languages, currencies, countries, warehouses, pictures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from adapters.records.catalogue import Record, Seo


class Language(Record, frozen=True):
    """An active language. ``code`` is Odoo's (``fr_FR``), ``iso_code`` the short form (``fr``)."""

    code: str
    iso_code: str
    name: str


class Currency(Record, frozen=True):
    """``rounding`` is the smallest amount as text (``"0.01"``), ``digits`` its decimals; ``code`` is ISO 4217."""

    id: int
    code: str
    symbol: str
    symbol_first: bool
    rounding: str
    digits: int


class Company(Record, frozen=True):
    """A company of the shop's owner; its currency is that of list prices."""

    id: int
    name: str
    currency_code: str
    street: str | None
    street2: str | None
    zip: str | None
    city: str | None
    country_id: int | None
    phone: str | None
    email: str | None
    website_url: str | None
    tax_rounding: Literal["round_per_line", "round_globally"]
    vat: str | None = None


class Website(Record, frozen=True):
    """One shop front. ``domain`` is as Odoo stores it: with or without a scheme, or None."""

    id: int
    name: str
    domain: str | None
    company_id: int
    default_language: str
    languages: tuple[str, ...]
    public_pricelist_id: int | None
    prices_include_tax: bool
    social_urls: tuple[str, ...]
    seo: Seo
    updated_at: datetime

    @classmethod
    def standing_in(cls, company: Company, languages: tuple[str, ...]) -> Website:
        """A company's website where Odoo has no websites at all."""
        return cls(
            id=0,
            name=company.name,
            domain=company.website_url,
            company_id=company.id,
            default_language="en_US" if "en_US" in languages else languages[0],
            languages=languages,
            public_pricelist_id=None,
            prices_include_tax=False,
            social_urls=(),
            seo=Seo(),
            updated_at=datetime.fromtimestamp(0, tz=UTC),
        )


class CountryState(Record, frozen=True):
    """A state or province. ``code`` is unique in its country."""

    id: int
    country_id: int
    code: str
    name: str


class Country(Record, frozen=True):
    """A country with its states. ``code``: ISO 3166-1 alpha-2."""

    id: int
    code: str
    name: str
    states: tuple[CountryState, ...]


class Warehouse(Record, frozen=True):
    """``location_ids``: every internal location whose stock counts as the warehouse's."""

    id: int
    name: str
    code: str
    company_id: int
    location_ids: tuple[int, ...]


class Picture(Record, frozen=True):
    """Which picture: of a product, a variant, an extra image of a product, a public category, or a tag of products."""

    of: Literal["product", "variant", "image", "category", "tag"]
    id: int


class ImageContent(Record, frozen=True):
    """A picture's bytes (empty: there is no picture) and media type.

    ``updated_at``: when what it is made of was last written; of a variant first its product, then itself, as a variant
    without a picture has its product's. The last of them was read in one transaction with the bytes, the others
    after it.
    """

    content: bytes
    content_type: str
    updated_at: tuple[datetime, ...]
