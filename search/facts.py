"""Records in the index: what Odoo told of products, to be read back when it does not answer.

A document of a language keeps the product as a record (``record``), but for what its variants cost to buy, and as a
match of a list (``match``). What is the same in all languages, price rules, stock and costs, is in documents of an
index of its own, the facts, which is built, used and followed together with those of the languages. Rights are given on
those of languages alone: nobody but the shop itself reads the facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, get_type_hints

import msgspec
from msgspec.structs import replace

from adapters.records import Product, ProductLinks, ProductMatch, StockLevel, TemplateValue
from adapters.records.pricing import PricelistRule
from search import codes

#: stands in the place of a language where indexes are named
FACTS: Final = "facts"
#: fields of a language's document: the whole record; the match, which the engine gives without reading the document
RECORD: Final = "record"
MATCH: Final = "match"

_ID: Final = {"type": "integer"}
_KEYWORD: Final = {"type": "keyword"}
_KEPT: Final = {"type": "object", "enabled": False}
#: the types of the fields of a document of facts. Those that are found by come first, with what is only kept after.
FACT_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "id": _ID,
    "variant_ids": _ID,
    "image_ids": _ID,
    # as they are written, letter by letter
    "sku": _KEYWORD,
    "barcode": _KEYWORD,
    # as they are looked for: `search.codes.forms`
    "sku_forms": _KEYWORD,
    "barcode_forms": _KEYWORD,
    # what tells whether the rules are others
    "rules_digest": {"type": "keyword", "index": False},
    "codes": _KEPT,
    "costs": _KEPT,
    "links": _KEPT,
    "values": _KEPT,
    "rules": _KEPT,
    "levels": _KEPT,
}


def facts_body(*, replicas: int = 1, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What makes the index of facts."""
    return {
        "settings": {"index": {"number_of_shards": 1, "number_of_replicas": replicas}},
        "mappings": {"dynamic": "strict", "_meta": dict(meta or {}), "properties": dict(FACT_FIELDS)},
    }


# -- writing --------------------------------------------------------------------------------------------------


def records_part(product: Product) -> dict[str, Any]:
    """What a language's document keeps of the record, which is encoded with the document."""
    variants = tuple(replace(variant, cost=_NO_COST) if variant.cost else variant for variant in product.variants)
    return {RECORD: replace(product, variants=variants), MATCH: msgspec.json.encode(_match(product)).decode()}


def found_part(product: Product) -> dict[str, Any]:
    """What facts are found by, and what of the product hangs on no language."""
    skus = [variant.sku for variant in product.variants if variant.sku is not None]
    barcodes = [variant.barcode for variant in product.variants if variant.barcode is not None]
    return {
        "id": product.id,
        "variant_ids": [variant.id for variant in product.variants],
        "image_ids": [image.id for image in product.images],
        "sku": skus,
        "barcode": barcodes,
        "sku_forms": codes.forms(skus),
        "barcode_forms": codes.forms(barcodes),
        "codes": [[variant.id, variant.sku, variant.barcode] for variant in product.variants],
        "costs": [(variant.id, variant.cost) for variant in product.variants if variant.cost],
        "links": ProductLinks(
            id=product.id,
            updated_at=product.updated_at,
            alternative_ids=product.alternative_ids,
            accessory_ids=product.accessory_ids,
        ),
        "values": product.values,
    }


def rules_part(rules: Iterable[PricelistRule]) -> dict[str, Any]:
    """The rules bound to a product and its variants, in the order in which Odoo tells them."""
    rows = [_row(rule) for rule in rules]
    encoded = msgspec.json.encode(rows)
    digest = hashlib.blake2b(encoded, digest_size=9).hexdigest()
    return {"rules": msgspec.Raw(encoded), "rules_digest": digest}


def levels_part(levels: Iterable[StockLevel]) -> dict[str, Any]:
    """What is free of each variant in each warehouse: nothing where there is no row."""
    return {"levels": [(level.variant_id, level.warehouse_id, level.free) for level in levels]}


# -- reading --------------------------------------------------------------------------------------------------


def product_of(source: Mapping[str, Any], facts: Mapping[str, Any]) -> Product:
    """The record of a language's document (``record``) and the product's facts (``costs``).

    Raises LookupError when there is none, or it is of another release.
    """
    product: Product = _converted(source, RECORD, Product)
    costs: dict[int, Decimal] = dict(_converted(facts, "costs", tuple[tuple[int, Decimal], ...]))
    if not costs:
        return product
    variants = (replace(one, cost=costs[one.id]) if one.id in costs else one for one in product.variants)
    return replace(product, variants=tuple(variants))


def match_of(text: str) -> ProductMatch:
    """The match of a language's document, from its field ``match``. Raises LookupError as `product_of` does."""
    try:
        return _match_decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise LookupError(f"no match: {error}") from error


def links_of(source: Mapping[str, Any]) -> ProductLinks:
    """What a product points to, of a document of facts. Raises LookupError as `product_of` does."""
    found: ProductLinks = _converted(source, "links", ProductLinks)
    return found


def values_of(source: Mapping[str, Any]) -> tuple[TemplateValue, ...]:
    """The attribute values that a product offers."""
    found: tuple[TemplateValue, ...] = _converted(source, "values", tuple[TemplateValue, ...])
    return found


def rules_of(source: Mapping[str, Any], pricelist_ids: Container[int] | None = None) -> tuple[PricelistRule, ...]:
    """Its price rules of these pricelists, or of all."""
    rows = source.get("rules")
    if pricelist_ids is not None and isinstance(rows, list):
        rows = [row for row in rows if row[_PRICELIST] in pricelist_ids]
    return tuple(_rule(row) for row in _converted({"rules": rows}, "rules", tuple[_Row, ...]))


def pricelist_of_row(row: Sequence[Any]) -> int:
    """Whose rule it is, of a rule as the facts keep it."""
    pricelist_id: int = row[_PRICELIST]
    return pricelist_id


def base_of_row(row: Sequence[Any]) -> int | None:
    """The pricelist on whose price a rule builds, as `pricing.evaluation.chained_pricelist` tells it."""
    if len(row) <= _BASE_LIST or row[_BASE] != "pricelist" or row[_COMPUTED] == "fixed":
        return None
    base: int | None = row[_BASE_LIST]
    return base


def levels_of(source: Mapping[str, Any]) -> tuple[StockLevel, ...]:
    """Its stock in all warehouses."""
    rows = _converted(source, "levels", tuple[tuple[int, int, Decimal], ...])
    return tuple(StockLevel(variant_id=one, warehouse_id=place, free=free) for one, place, free in rows)


def codes_of(source: Mapping[str, Any]) -> tuple[tuple[int, str | None, str | None], ...]:
    """Its variants: id, SKU and barcode as they are written."""
    found: tuple[tuple[int, str | None, str | None], ...] = _converted(source, "codes", _Codes)
    return found


def _converted(source: Mapping[str, Any], name: str, kind: Any) -> Any:
    try:
        return msgspec.convert(source[name], kind, strict=True)
    except (KeyError, msgspec.ValidationError) as error:
        raise LookupError(f"no {name} in the index: {error}") from error


def _match(product: Product) -> ProductMatch:
    return ProductMatch(
        id=product.id,
        name=product.name,
        list_price=product.list_price,
        updated_at=product.updated_at,
        variant_ids=tuple(variant.id for variant in product.variants),
    )


# -- rules as rows --------------------------------------------------------------------------------------------

_HINTS: Final = get_type_hints(PricelistRule)
_Codes: Final[Any] = tuple[tuple[int, str | None, str | None], ...]
_NO_COST: Final = Decimal(0)
_DATES: Final = frozenset({"date_start", "date_end"})
#: what most rules have comes first: the rest of a row is left out where it is what it is by itself
_COMMON: Final = ("id", "pricelist_id", "scope", "target_id", "compute_price", "min_quantity", "fixed_price")
_DATED: Final = (*_COMMON, "date_start", "date_end", "percent_price", "discount", "base", "base_pricelist_id")
_PRICELIST: Final = _COMMON.index("pricelist_id")
_COMPUTED: Final = _COMMON.index("compute_price")
_BASE: Final = _DATED.index("base")
_BASE_LIST: Final = _DATED.index("base_pricelist_id")
_NAMES: Final = (*_DATED, *(field.name for field in fields(PricelistRule) if field.name not in _DATED))
_DEFAULTS: Final = {field.name: field.default for field in fields(PricelistRule) if field.default is not MISSING}
_ENDS: Final = tuple(
    (len(names), tuple(_DEFAULTS[name] for name in _NAMES[len(names) :])) for names in (_COMMON, _DATED)
)
#: a row of a rule; msgspec decodes no field that is a date or a datetime
_Row: Any = msgspec.defstruct(
    "_Row",
    [
        (name, str | None if name in _DATES else _HINTS[name], *((_DEFAULTS[name],) if name in _DEFAULTS else ()))
        for name in _NAMES
    ],
    array_like=True,
    frozen=True,
)
_values: Final = attrgetter(*_NAMES)
_match_decoder: Final = msgspec.json.Decoder(ProductMatch)
_DAY: Final = len("2026-01-31")


def _row(rule: PricelistRule) -> Sequence[Any]:
    row: tuple[Any, ...] = _values(rule)
    for length, rest in _ENDS:
        if row[length:] == rest:
            return row[:length]
    return row


def _rule(row: Any) -> PricelistRule:
    found = {name: getattr(row, name) for name in _NAMES}
    for name in _DATES:
        found[name] = _moment(found[name])
    return PricelistRule(**found)


def _moment(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == _DAY else datetime.fromisoformat(text)
