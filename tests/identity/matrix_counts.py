"""What a list within filters counts, worked out anew and naively from what a persona sees of the shop's rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.identity.matrix_shop import Persona
from tests.identity.test_matrix import Matrix

LIST = "query($filter: ProductFilterInput) { productConnection(first: 500, filter: $filter) { %s } }"
PARTS: Mapping[str, str] = {
    "totalCount": "totalCount",
    "facets": "facets { values { value { id } count } }",
    "categoryFacets": "categoryFacets { category { id } count }",
    "priceRange": "priceRange { min { amount } max { amount } }",
    "inStockCount": "inStockCount",
}
#: of all products, without roles
TRUTH = """
{ productConnection(first: 500) { nodes { id attributeValues { id attribute { id filterVisibility } } } } }
"""


IN_STOCK = "{ products(pageSize: 500, filter: { inStock: true }) { products { id } } }"


@dataclass(frozen=True)
class Item:
    """A product that is sold. ``values``: by attribute, of those that may be filtered by."""

    id: int
    price: float
    in_stock: bool
    values: Mapping[int, frozenset[int]]
    categories: frozenset[int]


class Counting:
    """Asks for lists within filters."""

    def __init__(self, matrix: Matrix, draw: random.Random) -> None:
        self._matrix = matrix
        self._draw = draw
        self._items: list[Item] = []

    async def of(self, persona: Persona, *, lists: int) -> None:
        self._items = self._items or await self._all()
        rights, visible = self._matrix.oracle.rights(persona), self._matrix.oracle.visible(persona)
        parts = {name: text for name, text in PARTS.items() if rights.shows(f"ProductConnection.{name}")}
        for _ in range(lists):
            wanted = {
                name: value for name, value in self._filter().items() if rights.shows(f"ProductFilterInput.{name}")
            }
            answer = await self._matrix.world.roles.ask(LIST % " ".join(parts.values()), {"filter": wanted}, persona)
            if "errors" in answer:
                self._matrix.told(f"{persona} {wanted}: {answer}", ok=False)
                continue
            seen = [item for item in self._items if item.id in visible]
            found = _read(answer["data"]["productConnection"])
            for name, expected in _expected(seen, wanted).items():
                if name in parts:
                    where = f"{persona} {wanted} {name}: {found[name]} instead of {expected}"
                    self._matrix.told(where, found[name] == expected)

    async def _all(self) -> list[Item]:
        rows = {row["id"]: row for row in self._matrix.oracle.sold}
        answer, stocked = [await self._matrix.world.all.ask(text, {}, Persona(())) for text in (TRUTH, IN_STOCK)]
        in_stock = {one["id"] for one in stocked["data"]["products"]["products"]}
        return [
            Item(
                id=node["id"],
                price=float(rows[node["id"]]["list_price"]),
                in_stock=node["id"] in in_stock,
                values=_by_attribute(node["attributeValues"]),
                categories=frozenset(self._matrix.oracle.categories_of(rows[node["id"]])),
            )
            for node in answer["data"]["productConnection"]["nodes"]
        ]

    def _filter(self) -> dict[str, Any]:
        """One that finds something among all products, hidden ones too."""
        draw, item = self._draw, self._draw.choice(self._items)
        given: dict[str, Any] = {}
        if draw.random() < 0.3:
            given["ids"] = sorted({item.id, *(one.id for one in draw.sample(self._items, len(self._items) // 2))})
        if item.categories and draw.random() < 0.4:
            given["categoryId"] = [draw.choice(sorted(item.categories))]
        if item.values and draw.random() < 0.5:
            attribute = draw.choice(sorted(item.values))
            values = {draw.choice(sorted(item.values[attribute])), *self._values(attribute)}
            given["attribValues"] = [f"{attribute}-{value}" for value in sorted(values)]
        if draw.random() < 0.4:
            given[draw.choice(("minPrice", "maxPrice"))] = item.price
        if draw.random() < 0.2:
            given["inStock"] = True
        return given

    def _values(self, attribute: int) -> Iterable[int]:
        """At most one more."""
        every = sorted({value for item in self._items for value in item.values.get(attribute, ())})
        return self._draw.sample(every, self._draw.randint(0, 1))


def _by_attribute(values: Iterable[Mapping[str, Any]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for value in values:
        if value["attribute"]["filterVisibility"] == "Visible":
            found.setdefault(value["attribute"]["id"], set()).add(value["id"])
    return {attribute: frozenset(ids) for attribute, ids in found.items()}


def _read(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Counts by id, and a range as two numbers."""
    found = dict(answer)
    if found.get("facets") is not None:
        found["facets"] = {one["value"]["id"]: one["count"] for facet in found["facets"] for one in facet["values"]}
    if found.get("categoryFacets") is not None:
        found["categoryFacets"] = {one["category"]["id"]: one["count"] for one in found["categoryFacets"]}
    if found.get("priceRange") is not None:
        found["priceRange"] = [float(found["priceRange"][end]["amount"]) for end in ("min", "max")]
    return found


def _expected(seen: Iterable[Item], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Each facet without its own filter, so that its values stay selectable."""
    items = [item for item in seen if "ids" not in wanted or item.id in wanted["ids"]]
    found = [item for item in items if _fits(item, wanted)]
    filtered = {int(token.partition("-")[0]) for token in wanted.get("attribValues", ())}
    facets: Counter[int] = Counter()
    for item in items:
        for attribute, values in item.values.items():
            if _fits(item, wanted, but="attribValues" if attribute in filtered else None):
                facets.update(values)
    categories = Counter(one for item in items if _fits(item, wanted, but="categoryId") for one in item.categories)
    prices = [item.price for item in items if _fits(item, wanted, but="Price")]
    return {
        "totalCount": len(found),
        "facets": dict(facets),
        "categoryFacets": dict(categories),
        "priceRange": [min(prices), max(prices)] if prices else None,
        "inStockCount": sum(item.in_stock for item in found),
    }


def _fits(item: Item, wanted: Mapping[str, Any], *, but: str | None = None) -> bool:
    """``but``: without the filters whose names end so."""
    return all(
        check(item, wanted[name])
        for name, check in _CHECKS.items()
        if name in wanted and not (but and name.endswith(but))
    )


def _offers(item: Item, tokens: Iterable[str]) -> bool:
    pairs = [tuple(map(int, token.split("-"))) for token in tokens]
    return any(value in item.values.get(attribute, ()) for attribute, value in pairs)


_CHECKS: Mapping[str, Callable[[Item, Any], bool]] = {
    "categoryId": lambda item, ids: not item.categories.isdisjoint(ids),
    "attribValues": _offers,
    "minPrice": lambda item, least: item.price >= least,
    "maxPrice": lambda item, most: item.price <= most,
    "inStock": lambda item, wanted: not wanted or item.in_stock,
}
