"""What was typed, as a query: a code that fits whole comes first, then names, brands, categories, descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from search import codes
from search.analysis import PLAIN
from search.fields import checked, sees
from search.request import Asker
from search.role_filter import NOTHING, Query

#: what a text is looked for in, with its weight
_TEXTS: Final = (
    ("name", 10),
    ("value_names", 4),
    ("category_names", 3),
    ("tag_names", 2),
    ("description", 1),
    ("website_description", 0.5),
)
#: in these, typing errors are forgiven
_FORGIVING: Final = (("name.plain", 4), ("value_names.plain", 2), ("category_names.plain", 1))
_WHOLE_CODE: Final = 1_000.0
_CODE_BEGINS: Final = 100.0
_SHORTEST_CODE: Final = 3
_EVERY_WORD_IN_NAME: Final = 3.0
_MISTYPED: Final = 0.2
_CODES: Final = ("sku_forms", "barcode_forms")


def text_query(asker: Asker, text: str) -> Query:
    """Products that a text means, the likeliest first. Only fields that they see are looked into."""
    should = [*_codes(asker, text), *_words(asker, text)]
    return {"bool": {"should": should, "minimum_should_match": 1}} if should else NOTHING


def name_query(asker: Asker, name: str) -> Query:
    """Every word is in the name, or begins a word of it. Raises HiddenFieldError."""
    checked(asker.viewer, "name", asker.pricelist_id)
    return {"match": {"name.prefix": {"query": name, "operator": "and"}}}


def _codes(asker: Asker, text: str) -> list[Query]:
    found: list[Query] = []
    asked = codes.asked(text)
    for field in _visible(asker, _CODES):
        if asked:
            found.append({"constant_score": {"filter": {"terms": {field: asked}}, "boost": _WHOLE_CODE}})
        begun = codes.squeezed(text)
        if len(begun) >= _SHORTEST_CODE and any(map(str.isdigit, begun)):
            query = {"prefix": {field: {"value": begun}}}
            found.append({"constant_score": {"filter": query, "boost": _CODE_BEGINS}})
    return found


def _words(asker: Asker, text: str) -> list[Query]:
    found: list[Query] = []
    shown = set(_visible(asker, (field for field, _ in _TEXTS)))
    if texts := [f"{field}^{weight}" for field, weight in _TEXTS if field in shown]:
        found.append(_multi(text, texts, type="cross_fields"))
    if "name" in shown:
        found.append({"match": {"name": {"query": text, "operator": "and", "boost": _EVERY_WORD_IN_NAME}}})
        found.append({"match": {"name.prefix": {"query": text, "operator": "and"}}})
    forgiving = [(field, weight) for field, weight in _FORGIVING if field.partition(".")[0] in shown]
    for field, weight in forgiving:
        typed = {"query": text, "operator": "and", "fuzziness": "AUTO:4,7", "prefix_length": 1, "analyzer": PLAIN}
        found.append({"match": {field: {**typed, "max_expansions": 30, "boost": weight * _MISTYPED}}})
    return found


def _multi(text: str, fields: list[str], **options: Any) -> Query:
    return {"multi_match": {"query": text, "fields": fields, "operator": "and", **options}}


def _visible(asker: Asker, fields: Iterable[str]) -> list[str]:
    return [field for field in fields if sees(asker.viewer, field, asker.pricelist_id)]
