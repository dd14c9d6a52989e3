"""`ProductFilterInput` and `ProductSortInput`, read and checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

from adapters.records import ProductMatch
from resolvers.arguments import MAX_IDS, given, ids, words
from resolvers.errors import BadInputError

#: attribute id -> value ids, any of which is wanted
AttributeFilter = Mapping[int, frozenset[int]]

#: the keys of `ProductSortInput`, in the order in which they count
SORT_KEYS: Final = ("popular", "unitPrice", "id", "name", "newest", "price")


class Sorting(NamedTuple):
    """A key of `ProductSortInput`, and its direction."""

    key: str
    descending: bool


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """A `ProductFilterInput` with `search`, read and checked; None or empty members do not restrict."""

    ids: tuple[int, ...] | None
    category_ids: tuple[int, ...]
    category_slug: str | None
    name_words: tuple[str, ...]
    words: tuple[str, ...]
    attributes: AttributeFilter
    min_price: Decimal
    max_price: Decimal
    in_stock: bool
    min_unit_price: Decimal = Decimal(0)
    max_unit_price: Decimal = Decimal(0)

    @classmethod
    def read(cls, filter_input: Mapping[str, Any] | None, search: str | None) -> ProductFilter:
        """Raises BadInputError for texts and lists that are too long, and for prices that are no amounts."""
        wanted = given(filter_input)
        return cls(
            ids=ids(wanted.get("ids"), "filter.ids"),
            category_ids=ids(wanted.get("categoryId"), "filter.categoryId") or (),
            category_slug=wanted.get("categorySlug") or None,
            name_words=words(wanted.get("name"), "filter.name"),
            words=words(search, "search"),
            attributes=_attribute_filter(wanted.get("attribValues") or ()),
            min_price=_amount(wanted.get("minPrice"), "filter.minPrice"),
            max_price=_amount(wanted.get("maxPrice"), "filter.maxPrice"),
            in_stock=bool(wanted.get("inStock")),
            min_unit_price=_amount(wanted.get("minUnitPrice"), "filter.minUnitPrice"),
            max_unit_price=_amount(wanted.get("maxUnitPrice"), "filter.maxUnitPrice"),
        )

    @property
    def beyond_query(self) -> Hashable:
        """What of it is not in the query that Odoo answers."""
        prices = (self.min_price, self.max_price, self.min_unit_price, self.max_unit_price)
        return (frozenset(self.attributes.items()), prices, self.in_stock)

    @property
    def has_unit_prices(self) -> bool:
        """Does it restrict what one unit costs?"""
        return bool(self.min_unit_price or self.max_unit_price)

    @property
    def selected_values(self) -> frozenset[int]:
        return frozenset(value_id for value_ids in self.attributes.values() for value_id in value_ids)

    def has_price(self, match: ProductMatch) -> bool:
        """Is the list price within the bounds?"""
        return _within(match.list_price, self.min_price, self.max_price)

    def has_unit_price(self, price: Decimal | None) -> bool:
        """Is what one unit costs within the bounds? What has no price is so only without bounds."""
        if not self.has_unit_prices:
            return True
        return price is not None and _within(price, self.min_unit_price, self.max_unit_price)


def sortings(sort: Mapping[str, Any] | None) -> tuple[Sorting, ...]:
    """The keys that are given, in the order in which they count."""
    wanted = given(sort)
    return tuple(Sorting(key, wanted[key] == "DESC") for key in SORT_KEYS if key in wanted)


def _within(price: Decimal, least: Decimal, most: Decimal) -> bool:
    return (not least or price >= least) and (not most or price <= most)


def _attribute_filter(tokens: Iterable[str | None]) -> AttributeFilter:
    """``attributeId-valueId`` tokens by attribute; badly formed ones are passed over: links may be old."""
    wanted: dict[int, set[int]] = defaultdict(set)
    listed = list(tokens)
    if len(listed) > MAX_IDS:
        raise BadInputError(f"filter.attribValues may have at most {MAX_IDS} entries.")
    for token in listed:
        attribute_id, _, value_id = (token or "").partition("-")
        if attribute_id.isascii() and attribute_id.isdigit() and value_id.isascii() and value_id.isdigit():
            wanted[int(attribute_id)].add(int(value_id))
    return {attribute_id: frozenset(value_ids) for attribute_id, value_ids in wanted.items()}


def _amount(value: float | Decimal | None, argument: str) -> Decimal:
    if value is None:
        return Decimal(0)
    if value < 0:
        raise BadInputError(f"{argument} must not be negative.")
    return value if isinstance(value, Decimal) else Decimal(repr(value))
