"""The pages that are asked for: the shop's own documents, and variables that nobody has used before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec

from bench.load import post
from contract.documents import document

#: how many pages of a list, and how many products, are asked for in turn
PAGES = 25
_FIRST = 1_000_001


@dataclass(frozen=True)
class Target:
    """A page of the shop. ``variants``: variables of requests that read different records.

    ``unasked`` makes of such variables and a number others that answer the same, but are another question.
    """

    name: str
    document: str
    variants: Sequence[Mapping[str, Any]]

    @property
    def text(self) -> str:
        return document(self.document)

    def request(self, variables: Mapping[str, Any], path: str = "/graphql") -> bytes:
        return post(path, msgspec.json.encode({"query": self.text, "variables": variables}))

    @property
    def usual(self) -> bytes:
        """The request that is asked again and again."""
        return self.request(self.variants[0])

    @property
    def all(self) -> list[bytes]:
        return [self.request(variables) for variables in self.variants]

    def unasked(self, numbers: Iterator[int]) -> Iterator[bytes]:
        """Requests that were never sent, over the variants in turn, without end."""
        templates = [self.request(_marked(self.name, variables)) for variables in self.variants]
        parts = [template.split(b"1000001") for template in templates]
        while True:
            for first, last in parts:
                yield b"%s%d%s" % (first, next(numbers), last)


def _marked(name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """With a number of seven digits that changes the question and not the answer."""
    if name == "list":  # an argument that the schema declares as ignored
        return {**variables, "filter": {**variables["filter"], "attributeValueId": [_FIRST]}}
    if name == "page":  # the words of a slug do not matter, the id at its end does
        return {"slug": f"/product/x{_FIRST}-{variables['slug'].rpartition('-')[2]}"}
    return {**variables, "currentPage": -_FIRST}  # pages of 0 or less are the first


def numbers() -> Iterator[int]:
    """Numbers for `Target.unasked`: as long as each other, and none twice."""
    return count(_FIRST)


def product_list() -> Target:
    variants = [
        {"pageSize": 20, "currentPage": page, "sort": {"popular": "DESC"}, "filter": {"categorySlug": None}}
        for page in range(1, PAGES + 1)
    ]
    return Target("list", "product_list", variants)


def product_page(slugs: Sequence[str]) -> Target:
    return Target("page", "product", [{"slug": slug} for slug in slugs])


def category_tree() -> Target:
    return Target("tree", "categories", [{"filter": {"parent": True, "id": None}, "pageSize": 100}])
