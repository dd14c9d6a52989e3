"""What a shop sells, read through its own GraphQL: the material of the structural suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from contract.shop import Shop

#: products looked at closely; a shop of 18,000 is proven by as many as one of 100
SAMPLE = 30

T = TypeVar("T")

_LINKS = """
query { products(pageSize: 10000, sort: {id: ASC}) { totalCount products { id name slug price } } }
"""
_DETAILS = """
query ($ids: [Int], $size: Int) {
  products(filter: {ids: $ids}, pageSize: $size, sort: {id: ASC}) {
    products {
      id name slug price typeId
      attributeValues { id attribute { id variantCreateMode } search }
      categories { id slug }
      productVariants { id sku barcode variantAttributeValues { id } }
    }
  }
}
"""
_CATEGORIES = """
query {
  categories(pageSize: 10000) {
    totalCount
    categories { id name slug parent { id } childs { id } breadcrumb }
  }
}
"""


def spread(items: Sequence[T], number: int) -> list[T]:
    """``number`` of the items (all, where there are fewer), evenly spread, the first and the last among them."""
    if len(items) <= number:
        return list(items)
    step = (len(items) - 1) / (number - 1)
    return [items[round(index * step)] for index in range(number)]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``products``: every product's id, name, slug and price, by id. ``sample``: some of them with their variants."""

    products: Sequence[dict[str, Any]]
    total: int
    sample: Sequence[dict[str, Any]]
    categories: Sequence[dict[str, Any]]

    @property
    def ids(self) -> list[int]:
        return [product["id"] for product in self.products]

    @property
    def sampled_ids(self) -> list[int]:
        return [product["id"] for product in self.sample]

    @property
    def varied(self) -> list[dict[str, Any]]:
        """Those of the sample that have several variants."""
        return [product for product in self.sample if len(product["productVariants"] or ()) > 1]

    def descendants(self, category_id: int) -> set[int]:
        """The category and all below it."""
        children = {c["id"]: [child["id"] for child in c["childs"] or ()] for c in self.categories}
        found, pending = {category_id}, [category_id]
        while pending:
            for child in children.get(pending.pop(), []):
                if child not in found:
                    found.add(child)
                    pending.append(child)
        return found


async def read_catalogue(shop: Shop) -> Catalogue:
    """Raises AssertionError when the shop does not answer."""
    links = (await shop.query(_LINKS))["products"]
    products = links["products"]
    ids = [product["id"] for product in products]
    # the last ones added tend to have what the first ones have not: take the sample from all over
    chosen = spread(ids, SAMPLE)
    details = (
        (await shop.query(_DETAILS, ids=chosen, size=max(len(chosen), 1)))["products"]["products"] if chosen else []
    )
    categories = (await shop.query(_CATEGORIES))["categories"]["categories"]
    return Catalogue(products, links["totalCount"], details, categories)
