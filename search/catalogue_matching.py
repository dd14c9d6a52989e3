"""What a query of products finds in the index: as Odoo finds and orders them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from adapters.records import ProductMatch, ProductOrder, ProductQuery
from search import facts
from search.role_filter import Query


def body_of(query: ProductQuery, size: int) -> dict[str, Any]:
    """What asks for so many of those that a query may find, ascending by id; each hit makes a `Candidate`."""
    # documents are large: unless their texts are looked into, they are not opened, not even for their ids
    opened = {"_source": ["description", "sku"]} if query.words else {"_source": False, "stored_fields": "_none_"}
    return {
        "query": {"bool": {"filter": list(_filters(query))}},
        **opened,
        "docvalue_fields": ["id", facts.MATCH, "created_at"],
        "size": size,
        "sort": [{"id": "asc"}],
        "track_total_hits": False,
    }


def found_by(query: ProductQuery, candidates: list[Candidate]) -> list[ProductMatch]:
    """Those that say all words of the query, in its order and then by id. They come by id."""
    says = _test(query)
    return [one.match for one in _ordered([one for one in candidates if one.short is not None and says(one)], query)]


class Candidate:
    """A match, and what of it only orders and words need."""

    __slots__ = ("created_at", "id", "short", "source")

    def __init__(self, hit: Mapping[str, Any]) -> None:
        fields = hit["fields"]
        self.id = int(fields["id"][0])
        self.short: ProductMatch | None = facts.match_of(fields[facts.MATCH][0]) if facts.MATCH in fields else None
        self.created_at: str = fields["created_at"][0]
        self.source: Mapping[str, Any] = hit.get("_source", {})

    @property
    def match(self) -> ProductMatch:
        assert self.short is not None  # noqa: S101  # what stays without one is left out
        return self.short


def _filters(query: ProductQuery) -> Iterator[Query]:
    """What of a query the engine decides. Everything in the index is published and for sale."""
    for field, own in (("website_id", query.website_id), ("company_id", query.company_id)):
        if own is not None:
            nobodys = {"bool": {"must_not": [{"exists": {"field": field}}]}}
            yield {"bool": {"should": [{"term": {field: own}}, nobodys]}}
    if query.ids is not None:
        yield {"terms": {"id": list(query.ids)}}
    if query.category_ids is not None:
        yield {"terms": {"category_tree_ids": list(query.category_ids)}}


def _test(query: ProductQuery) -> Callable[[Candidate], bool]:
    """Does it say all words?"""
    in_name = [_like(word) for word in query.name_words]
    anywhere = [_like(word) for word in query.words]

    def says(found: Candidate) -> bool:
        name, source = found.match.name, found.source
        if not all(like.search(name.lower()) for like in in_name):
            return False
        texts = [name, source.get("description") or "", *source.get("sku", ())] if anywhere else ()
        return all(any(like.search(text.lower()) for text in texts) for like in anywhere)

    return says


def _like(word: str) -> re.Pattern[str]:
    """As Odoo's database compares small letters with LIKE: ``%`` for any text, ``_`` for any character."""
    parts = re.findall(r"\\.|.", word.lower(), re.DOTALL)
    return re.compile("".join(_WILD.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


_WILD: Final = {"%": ".*", "_": "."}

#: what an order looks at. Odoo's databases compare texts character by character
_KEYS: Final[Mapping[ProductOrder, Callable[[Candidate], Any]]] = {
    "id": lambda found: found.match.id,
    "name": lambda found: found.match.name,
    "list_price": lambda found: found.match.list_price,
    "create_date": lambda found: found.created_at,
}


def _ordered(found: list[Candidate], query: ProductQuery) -> list[Candidate]:
    """In the query's order, and then by id. They come by id."""
    for key, descending in reversed(query.order):
        found.sort(key=_KEYS[key], reverse=descending)
    return found
