"""What has to be looked at again, by the tags of what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cache.tags import ALL_PRICES, ALL_PRODUCTS, ALL_STOCK, CATEGORIES, CONTENT, SHOP


@dataclass(slots=True)
class Plan:
    """``everything``: all pages and all stock. ``products``: their pages and what is in stock of them.

    ``prices``, ``all_prices``: pages that tell prices. ``stock``, ``all_stock``: what is in stock alone.
    """

    everything: bool = False
    products: set[int] = field(default_factory=set)
    prices: set[int] = field(default_factory=set)
    stock: set[int] = field(default_factory=set)
    all_prices: bool = False
    all_stock: bool = False
    categories: bool = False
    pages: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.everything
            or self.products
            or self.prices
            or self.stock
            or self.all_prices
            or self.all_stock
            or self.categories
            or self.pages
        )

    def tell(self, tags: Iterable[str]) -> None:
        """These were invalidated; none at all: nobody knows what was."""
        told = frozenset(tags)
        self.everything |= not told or ALL_PRODUCTS in told
        # rates, pricelists and rules of no single product are among the shop's tables
        self.all_prices |= not told.isdisjoint({ALL_PRICES, SHOP})
        self.all_stock |= ALL_STOCK in told
        self.categories |= CATEGORIES in told
        self.pages |= CONTENT in told
        for tag in told:
            family, _, number = tag.partition(":")
            if number.isdecimal():
                ids = {"product": self.products, "price": self.prices, "stock": self.stock}.get(family)
                if ids is not None:
                    ids.add(int(number))

    def join(self, other: Plan) -> None:
        """This as well."""
        self.products |= other.products
        self.prices |= other.prices
        self.stock |= other.stock
        self.everything |= other.everything
        self.all_prices |= other.all_prices
        self.all_stock |= other.all_stock
        self.categories |= other.categories
        self.pages |= other.pages
