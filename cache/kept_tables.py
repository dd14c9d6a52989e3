"""The shop's small tables in the form in which they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, Final

import msgspec

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
from adapters.records.pricing import CurrencyRates, Pricelist, PricingPolicy, Tax, Uom
from cache.checkout_tables import CheckoutTables
from cache.kept_rules import KeptRule, packed, unpacked
from cache.kinds import Kind, Life
from cache.tables import Labels, ShopTables

_DAY: Final = 86_400.0
#: How long something is fresh is the operator's to say.
_LIFE: Final = Life(60.0, 7 * _DAY)

#: as `ShopTables`, field by field
KeptShop: Any = msgspec.defstruct(
    "KeptShop",
    [
        ("policy", PricingPolicy),
        ("websites", tuple[Website, ...]),
        ("companies", dict[int, Company]),
        ("languages", tuple[Language, ...]),
        ("currencies", dict[str, Currency]),
        ("pricelists", dict[int, Pricelist]),
        ("shop_rules", tuple[KeptRule, ...]),
        ("category_parents", dict[int, int | None]),
        ("rates", dict[int, CurrencyRates]),
        ("uoms", dict[int, Uom]),
        ("taxes", dict[int, Tax]),
        ("warehouses", tuple[Warehouse, ...]),
        ("fiscal_positions", tuple[FiscalPosition, ...]),
    ],
    frozen=True,
)


class KeptLabels(msgspec.Struct, frozen=True):
    """As `Labels`, field by field."""

    lang: str
    categories: dict[int, PublicCategory]
    attributes: dict[int, Attribute]
    values: dict[int, AttributeValue]
    tags: dict[int, ProductTag]
    ribbons: dict[int, Ribbon]


def _shape_of(kept: Any) -> str:
    """A short text that differs when what is kept does, down to every field: another release's is not read."""
    return hashlib.blake2b(repr(msgspec.inspect.type_info(kept)).encode(), digest_size=4).hexdigest()


def _values_of(tables: Any) -> dict[str, Any]:
    return {field.name: getattr(tables, field.name) for field in fields(tables)}


def _packed_shop(tables: ShopTables) -> Any:
    return KeptShop(**{**_values_of(tables), "shop_rules": packed(tables.shop_rules)})


def _unpacked_shop(kept: Any) -> ShopTables:
    values = msgspec.structs.asdict(kept)
    taxes = {tax_id: replace(tax, children=tuple(tax.children)) for tax_id, tax in kept.taxes.items()}
    return ShopTables(**{**values, "shop_rules": unpacked(kept.shop_rules), "taxes": taxes})


def _packed_labels(labels: Labels) -> KeptLabels:
    return KeptLabels(**_values_of(labels))


def _unpacked_labels(kept: KeptLabels) -> Labels:
    return Labels(**msgspec.structs.asdict(kept))


_Countries = dict[int, Country]
_Sold = dict[int, Decimal]
_Together = dict[int, tuple[int, ...]]

SHOP_TABLES: Final = Kind[ShopTables](f"shop:{_shape_of(KeptShop)}", KeptShop, _LIFE, _packed_shop, _unpacked_shop)
LABELS_OF: Final = Kind[Labels](f"labels:{_shape_of(KeptLabels)}", KeptLabels, _LIFE, _packed_labels, _unpacked_labels)
COUNTRIES_OF: Final = Kind[Mapping[int, Country]](f"countries:{_shape_of(_Countries)}", _Countries, _LIFE)
UNITS_SOLD: Final = Kind[Mapping[int, Decimal]](f"sold:{_shape_of(_Sold)}", _Sold, _LIFE)
BOUGHT_TOGETHER: Final = Kind[Mapping[int, tuple[int, ...]]](f"together:{_shape_of(_Together)}", _Together, _LIFE)
CHECKOUT_OF: Final = Kind[CheckoutTables](f"checkout:{_shape_of(CheckoutTables)}", CheckoutTables, _LIFE)
