"""Which products a query finds: filters, order, facets, counts. Shared by both list fields of the schema."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.records import ProductMatch, ProductOrder, ProductQuery, TemplateValue
from resolvers.arguments import MAX_IDS, given, ids, words
from resolvers.categories import find_category
from resolvers.errors import BadInputError
from resolvers.view import ShopView

_ORDER_KEYS: dict[str, tuple[ProductOrder, ...]] = {
    "id": ("id",),
    "name": ("name",),
    "newest": ("create_date",),
    "price": ("list_price",),
}

#: attribute id -> value ids, any of which is wanted
AttributeFilter = Mapping[int, frozenset[int]]


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
        )

    def has_price(self, match: ProductMatch) -> bool:
        """Is the list price within the bounds?"""
        return match.list_price >= self.min_price and (not self.max_price or match.list_price <= self.max_price)


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many products offer a value."""

    value_id: int
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query found. ``found`` is in order; prices are list prices of all but the price filter."""

    found: tuple[ProductMatch, ...]
    min_price: Decimal | None
    max_price: Decimal | None
    values: tuple[ValueCount, ...]
    in_stock: int | None


async def find(
    view: ShopView,
    wanted: ProductFilter,
    sort: Mapping[str, Any] | None,
    *,
    with_values: bool,
    with_stock: bool,
) -> Matches:
    """Run the query. ``with_values`` and ``with_stock`` ask for facets and the count of what is in stock.

    The number of calls does not depend on how many products there are: one to find, one for attribute values if
    they matter, one for stock if it matters (and the popularity, kept for an hour, if it is sorted by).
    """
    query = _query(view, wanted, sort)
    if query is None:
        return Matches((), None, None, (), 0)
    candidates = await _ordered(view, await view.adapter.find_products(query, view.lang), sort)
    view.remember_matches(candidates)
    template_ids = [match.id for match in candidates]
    values, in_stock = await asyncio.gather(
        _values(view, template_ids, needed=with_values or bool(wanted.attributes)),
        _in_stock(view, template_ids, needed=with_stock or wanted.in_stock),
    )
    offered = _by_attribute(values)
    if wanted.in_stock:
        candidates = [match for match in candidates if match.id in in_stock]
    unpriced = [match for match in candidates if _offers(offered, match.id, wanted.attributes)]
    prices = [match.list_price for match in unpriced]
    found = [match for match in unpriced if wanted.has_price(match)]
    return Matches(
        found=tuple(found),
        min_price=min(prices, default=None),
        max_price=max(prices, default=None),
        values=_facets(view, wanted, candidates, offered) if with_values else (),
        in_stock=sum(match.id in in_stock for match in found) if with_stock else None,
    )


def _query(view: ShopView, wanted: ProductFilter, sort: Mapping[str, Any] | None) -> ProductQuery | None:
    """The query for the adapter; None when nothing can match."""
    category_ids = wanted.category_ids
    if wanted.category_slug:
        category = find_category(view, wanted.category_slug)
        if category is None:
            return None
        category_ids = (*category_ids, category.id)
    order = tuple(
        (key, direction == "DESC") for name, direction in given(sort).items() for key in _ORDER_KEYS.get(name, ())
    )
    return ProductQuery(
        website_id=view.website.id,
        company_id=view.website.company_id,
        ids=wanted.ids,
        category_ids=category_ids or None,
        words=wanted.words,
        name_words=wanted.name_words,
        order=order,
    )


async def _ordered(view: ShopView, matches: list[ProductMatch], sort: Mapping[str, Any] | None) -> list[ProductMatch]:
    """By units sold where that is asked for; Odoo's order decides between equals."""
    popular = given(sort).get("popular")
    if popular is None:
        return matches
    sold = await view.reference.units_sold()
    return sorted(matches, key=lambda match: sold.get(match.id, Decimal(0)), reverse=popular == "DESC")


async def _values(view: ShopView, template_ids: Sequence[int], *, needed: bool) -> list[TemplateValue]:
    if not needed or not template_ids:
        return []
    values = await view.adapter.template_values(template_ids)
    view.remember_values(template_ids, values)
    return values


async def _in_stock(view: ShopView, template_ids: Sequence[int], *, needed: bool) -> set[int]:
    return await view.in_stock(template_ids) if needed and template_ids else set()


_Offered = Mapping[int, Mapping[int, set[int]]]


def _by_attribute(values: Iterable[TemplateValue]) -> _Offered:
    """Product -> attribute -> values offered."""
    offered: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for value in values:
        offered[value.template_id][value.attribute_id].add(value.value_id)
    return offered


def _offers(offered: _Offered, template_id: int, wanted: AttributeFilter, *, but: int | None = None) -> bool:
    """Does the product offer a wanted value of every filtered attribute (leaving out ``but``)?"""
    if not wanted:
        return True
    of_product = offered.get(template_id, {})
    return all(
        value_ids & of_product.get(attribute_id, set())
        for attribute_id, value_ids in wanted.items()
        if attribute_id != but
    )


def _facets(
    view: ShopView, wanted: ProductFilter, candidates: Sequence[ProductMatch], offered: _Offered
) -> tuple[ValueCount, ...]:
    """Values to filter by. A filtered attribute is counted without its own filter, so its values stay selectable."""
    counts: Counter[int] = Counter()
    for attribute_id in {attribute for values in offered.values() for attribute in values}:
        attribute = view.labels.attributes.get(attribute_id)
        if attribute is None or not attribute.visible:
            continue
        for match in candidates:
            of_product = offered.get(match.id)
            if of_product is None or attribute_id not in of_product or not wanted.has_price(match):
                continue
            if _offers(offered, match.id, wanted.attributes, but=attribute_id):
                counts.update(of_product[attribute_id])
    selected = {value_id for value_ids in wanted.attributes.values() for value_id in value_ids}
    known = [value_id for value_id in counts if value_id in view.labels.values]
    return tuple(
        ValueCount(value_id, counts[value_id], value_id in selected)
        for value_id in sorted(known, key=view.labels.value_order)
    )


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


def _amount(value: float | None, argument: str) -> Decimal:
    if value is None:
        return Decimal(0)
    if value < 0:
        raise BadInputError(f"{argument} must not be negative.")
    return Decimal(repr(value))
