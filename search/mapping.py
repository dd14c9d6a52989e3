"""The types of a document's fields: every one is named here, and a document with another is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from search.analysis import OTHER, PLAIN, PREFIX, SORTED, TEXT, TEXT_HTML, TEXT_SEARCH, analysis
from search.facts import MATCH, RECORD
from search.other_languages import OTHER_NAMES
from search.prices import price_key

#: for reading alone: neither found nor sorted by
_SHOWN: Final = {"type": "keyword", "index": False, "doc_values": False}
_SHOWN_OBJECT: Final = {"type": "object", "enabled": False}
_KEYWORD: Final = {"type": "keyword"}
_ID: Final = {"type": "integer"}
_FLAG: Final = {"type": "boolean"}
_NUMBER: Final = {"type": "double"}
_SHOWN_NUMBER: Final = {"type": "double", "index": False, "doc_values": False}
_MOMENT: Final = {"type": "date", "format": "strict_date_time"}
_TEXT: Final = {"type": "text", "analyzer": TEXT, "search_analyzer": TEXT_SEARCH}
_PLAIN: Final = {"type": "text", "analyzer": PLAIN}

_NAME: Final = {
    **_TEXT,
    "fields": {
        "plain": _PLAIN,
        "prefix": {"type": "text", "analyzer": PREFIX, "search_analyzer": PLAIN},
        "sort": {"type": "keyword", "normalizer": SORTED},
    },
}

_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "id": _ID,
    "name": _NAME,
    OTHER_NAMES: {"type": "text", "analyzer": OTHER},
    "slug": _KEYWORD,
    "description": _TEXT,
    "website_description": {**_TEXT, "analyzer": TEXT_HTML},
    "seo": _SHOWN_OBJECT,
    "type": _KEYWORD,
    "storable": _FLAG,
    "published": _FLAG,
    "saleable": _FLAG,
    "website_id": _ID,
    "company_id": _ID,
    "list_price": _NUMBER,
    "internal_category_id": _ID,
    "uom_id": _ID,
    "tax_ids": _ID,
    "allow_out_of_stock": _FLAG,
    "out_of_stock_message": _SHOWN,
    "show_available_quantity": _FLAG,
    "rating_average": _NUMBER,
    "rating_count": _ID,
    "alternative_ids": _ID,
    "accessory_ids": _ID,
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "images": _SHOWN_OBJECT,
    # codes as they are written, for what roles see; and as they are looked for
    "sku": _KEYWORD,
    "barcode": _KEYWORD,
    "sku_forms": _KEYWORD,
    "barcode_forms": _KEYWORD,
    "category_ids": _ID,
    "category_tree_ids": _ID,
    "category_names": {**_TEXT, "fields": {"plain": _PLAIN}},
    "categories": _SHOWN_OBJECT,
    "breadcrumb": _SHOWN_OBJECT,
    "attributes": _KEYWORD,
    "value_ids": _ID,
    "value_names": {**_TEXT, "fields": {"plain": _PLAIN}},
    "values": _SHOWN_OBJECT,
    "price_extras": _SHOWN_OBJECT,
    "tag_ids": _ID,
    "tag_names": _TEXT,
    "tags": _SHOWN_OBJECT,
    "ribbon_id": _ID,
    "ribbon": _SHOWN_OBJECT,
    "variants": {
        "type": "nested",
        "dynamic": "strict",
        "properties": {
            "id": _ID,
            "sku": _KEYWORD,
            "barcode": _KEYWORD,
            "attributes": _KEYWORD,
            "value_ids": _ID,
            "weight": _SHOWN_NUMBER,
            "updated_at": _MOMENT,
        },
    },
    "first_prices": _SHOWN_OBJECT,
    "tiers": _SHOWN_OBJECT,
    "prices_until": _MOMENT,
    "in_stock": _KEYWORD,
    "variants_in_stock": _KEYWORD,
    "popularity": _NUMBER,
    # for the shop alone: what lists and pages are made of when Odoo does not answer
    RECORD: _SHOWN_OBJECT,
    # (a product with thousands of variants has a record alone: words of an engine are bounded)
    MATCH: {"type": "keyword", "index": False, "ignore_above": 8_000},
}


def properties(pricelist_ids: Iterable[int]) -> dict[str, Any]:
    """The types of all fields. Prices are members of an object, so that rights can be given to single ones."""
    return {**_FIELDS, **price_properties(pricelist_ids)}


def price_properties(pricelist_ids: Iterable[int]) -> dict[str, Any]:
    """The types of the prices: what an index lacks when there is a new pricelist."""
    by_key = {price_key(one): _NUMBER for one in sorted(pricelist_ids)}
    return {"prices": {"type": "object", "dynamic": "strict", "properties": by_key}}


def index_body(
    lang: str,
    pricelist_ids: Sequence[int],
    *,
    parts: Sequence[str] = (),
    synonyms: Sequence[str] = (),
    replicas: int = 1,
    meta: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What makes an index in a language code of Odoo. One shard: relevance is that of the whole catalogue."""
    return {
        "settings": {
            "index": {
                "number_of_shards": 1,
                "number_of_replicas": replicas,
                "mapping.total_fields.limit": 500 + 2 * len(pricelist_ids),
                "max_ngram_diff": 20,
            },
            "analysis": analysis(lang, parts=parts, synonyms=synonyms),
        },
        "mappings": {"dynamic": "strict", "_meta": dict(meta or {}), "properties": properties(pricelist_ids)},
    }


def fingerprint(body: Mapping[str, Any]) -> str:
    """Tells index bodies apart, but for their metadata: a build goes on only with the very same one."""
    mappings = {key: value for key, value in body["mappings"].items() if key != "_meta"}
    text = json.dumps([body["settings"], mappings], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
