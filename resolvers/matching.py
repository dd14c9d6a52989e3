"""Which products a query finds in Odoo: filters, order, facets, counts. Shared by both list fields of the schema."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from adapters.records import ProductMatch, ProductOrder, ProductQuery, TemplateValue
from adapters.together import Together
from resolvers.categories import find_category
from resolvers.search_filter import AttributeFilter, ProductFilter, Sorting
from resolvers.search_prices import unit_prices
from resolvers.shown import shown_of
from resolvers.view import ShopView
from search.collation import collation_key

__all__ = ["Matches", "ProductFilter", "ValueCount", "find", "value_counts"]

#: What Odoo sorts by. Not by name: each database compares texts in a way of its own, none as the index does.
_ORDER_KEYS: Mapping[str, ProductOrder] = {
    "id": "id",
    "newest": "create_date",
    "price": "list_price",
}


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many products offer a value."""

    value_id: int
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query found. ``found`` is in order.

    ``min_price`` and ``max_price``: list prices of all but the filter of them; ``min_unit_price`` and
    ``max_unit_price``: what one unit costs whoever asks, of all but the filter of that, if it was asked for.
    """

    found: tuple[ProductMatch, ...]
    min_price: Decimal | None
    max_price: Decimal | None
    values: tuple[ValueCount, ...]
    in_stock: int | None
    min_unit_price: Decimal | None = None
    max_unit_price: Decimal | None = None


async def find(
    view: ShopView,
    wanted: ProductFilter,
    order: Sequence[Sorting],
    *,
    with_values: bool,
    with_stock: bool,
    with_unit_prices: bool = False,
) -> Matches:
    """Run the query. ``with_values`` and ``with_stock`` ask for facets and the count of what is in stock.

    Neither the number of calls to Odoo nor that of round trips to the store depends on how many products there are,
    but for what one unit costs: for that the matches are read. What was found is kept in the process, until one of
    the things that it was made of changes.
    """
    query = query_of(view, wanted, order)
    if query is None:
        return Matches((), None, None, (), 0)
    sorted_by = {one.key for one in order}
    inputs = await _inputs(
        view,
        query,
        values=with_values or bool(wanted.attributes),
        stock=with_stock or wanted.in_stock,
        sold="popular" in sorted_by,
        costs=with_unit_prices or wanted.has_unit_prices or "unitPrice" in sorted_by,
    )
    computed = _computed(order)
    seen = None if view.policy.sees_everything else view.policy.key
    key = (query, view.lang, wanted.beyond_query, computed, with_values, with_stock, seen)

    def compute() -> Matches:
        candidates = _ordered(inputs, computed)
        return _matches(view, wanted, candidates, inputs, with_values=with_values, with_stock=with_stock)

    return view.outcomes.of(key, (*inputs, view.labels), compute, lambda matches: len(matches.found))


class _Inputs(NamedTuple):
    """What a query's outcome is made of; None for what does not matter."""

    matches: Sequence[ProductMatch]
    values: Sequence[TemplateValue] | None
    in_stock: frozenset[int] | None
    sold: Mapping[int, Decimal] | None
    costs: Mapping[int, Decimal] | None


async def _inputs(
    view: ShopView, query: ProductQuery, *, values: bool, stock: bool, sold: bool, costs: bool
) -> _Inputs:
    warehouses = view.warehouses
    await view.records.prefetch_matches(query, view.lang, values=values, warehouses=warehouses if stock else None)
    matches = await view.records.find_products(query, view.lang)
    async with Together() as group:
        valued = group.create_task(view.records.values_of(query, view.lang, matches)) if values else None
        stocked = group.create_task(view.records.in_stock_of(query, view.lang, matches, warehouses)) if stock else None
        popular = group.create_task(view.reference.units_sold()) if sold else None
    shown = await shown_of(view, query, matches)
    return _Inputs(
        matches=shown,
        values=valued.result() if valued else None,
        in_stock=stocked.result() if stocked else None,
        sold=popular.result() if popular else None,
        costs=await unit_prices(view, query, shown) if costs else None,
    )


def _computed(order: Sequence[Sorting]) -> tuple[Sorting, ...]:
    """What of an order is not Odoo's. What comes after ids decides nothing."""
    keys = [one.key for one in order]
    deciding = order[: keys.index("id")] if "id" in keys else order
    return tuple(one for one in deciding if one.key not in _ORDER_KEYS)


def _ordered(inputs: _Inputs, order: Sequence[Sorting]) -> Sequence[ProductMatch]:
    """By what Odoo cannot sort by: units sold, what one unit costs, names. Its own order decides between equals."""
    found = inputs.matches
    for one in reversed(order):
        if one.key == "name":
            found = sorted(found, key=lambda match: collation_key(match.name), reverse=one.descending)
            continue
        of_key = inputs.sold if one.key == "popular" else inputs.costs
        found = _sorted(found, of_key or {}, descending=one.descending, unknown_last=one.key == "unitPrice")
    return found


def _sorted(
    matches: Sequence[ProductMatch], values: Mapping[int, Decimal], *, descending: bool, unknown_last: bool
) -> Sequence[ProductMatch]:
    known = [match for match in matches if match.id in values] if unknown_last else matches
    nothing = Decimal(0)
    found = sorted(known, key=lambda match: values.get(match.id, nothing), reverse=descending)
    return found + [match for match in matches if match.id not in values] if unknown_last else found


def _matches(
    view: ShopView,
    wanted: ProductFilter,
    candidates: Sequence[ProductMatch],
    inputs: _Inputs,
    *,
    with_values: bool,
    with_stock: bool,
) -> Matches:
    values, in_stock, costs = inputs.values or (), inputs.in_stock or frozenset(), inputs.costs or {}
    offered = view.outcomes.of(("offered", id(values)), (values,), lambda: _by_attribute(values), lambda _: len(values))
    if wanted.in_stock:
        candidates = [match for match in candidates if match.id in in_stock]
    affordable = (
        [match for match in candidates if wanted.has_unit_price(costs.get(match.id))]
        if wanted.has_unit_prices
        else candidates
    )
    unpriced = [match for match in affordable if _offers(offered, match.id, wanted.attributes)]
    prices = [match.list_price for match in unpriced]
    found = [match for match in unpriced if wanted.has_price(match)]
    unit = [
        costs[match.id]
        for match in (candidates if costs else ())
        if match.id in costs and wanted.has_price(match) and _offers(offered, match.id, wanted.attributes)
    ]
    return Matches(
        found=tuple(found),
        min_price=min(prices, default=None),
        max_price=max(prices, default=None),
        values=_facets(view, wanted, affordable, offered) if with_values else (),
        in_stock=sum(match.id in in_stock for match in found) if with_stock else None,
        min_unit_price=min(unit, default=None),
        max_unit_price=max(unit, default=None),
    )


def query_of(view: ShopView, wanted: ProductFilter, order: Iterable[Sorting]) -> ProductQuery | None:
    """The query for the adapter; None when nothing can match."""
    category_ids = wanted_categories(view, wanted)
    if category_ids is None:
        return None
    return ProductQuery(
        website_id=view.website.id,
        company_id=view.website.company_id,
        ids=wanted.ids,
        category_ids=category_ids or None,
        words=wanted.words,
        name_words=wanted.name_words,
        order=tuple((_ORDER_KEYS[one.key], one.descending) for one in order if one.key in _ORDER_KEYS),
    )


def wanted_categories(view: ShopView, wanted: ProductFilter) -> tuple[int, ...] | None:
    """In any of which products have to be; empty: in whichever; None: there is no such category."""
    if not wanted.category_slug:
        return wanted.category_ids
    category = find_category(view, wanted.category_slug)
    return None if category is None else (*wanted.category_ids, category.category.id)


_Offered = Mapping[int, Mapping[int, set[int]]]


def _by_attribute(values: Iterable[TemplateValue]) -> _Offered:
    """Product -> attribute -> values offered."""
    offered: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for value in values:
        offered[value.template_id][value.attribute_id].add(value.value_id)
    return offered


def _offers(offered: _Offered, template_id: int, wanted: AttributeFilter) -> bool:
    """Does the product offer a wanted value of every filtered attribute?"""
    return not wanted or not _missed(offered.get(template_id, {}), wanted)


def _missed(of_product: Mapping[int, set[int]], wanted: AttributeFilter) -> list[int]:
    """The filtered attributes of which the product offers no wanted value."""
    return [
        attribute_id
        for attribute_id, value_ids in wanted.items()
        if value_ids.isdisjoint(of_product.get(attribute_id, ()))
    ]


def _facets(
    view: ShopView, wanted: ProductFilter, candidates: Sequence[ProductMatch], offered: _Offered
) -> tuple[ValueCount, ...]:
    """Values to filter by. A filtered attribute is counted without its own filter, so its values stay selectable."""
    counts: Counter[tuple[int, int]] = Counter()
    for match in candidates:
        of_product = offered.get(match.id)
        if of_product is None or not wanted.has_price(match):
            continue
        missed = _missed(of_product, wanted.attributes) if wanted.attributes else ()
        # what misses one filter alone still counts for that filter's own values
        counted: Iterable[int] = missed if len(missed) == 1 else () if missed else of_product
        for attribute_id in counted:
            counts.update((attribute_id, value_id) for value_id in of_product.get(attribute_id, ()))
    return value_counts(view, wanted, counts)


def value_counts(
    view: ShopView, wanted: ProductFilter, counts: Mapping[tuple[int, int], int]
) -> tuple[ValueCount, ...]:
    """Counts by attribute and value as facets: of attributes that are offered as filters, in display order."""
    labels, selected = view.labels, wanted.selected_values
    known = {
        value_id: count
        for (attribute_id, value_id), count in counts.items()
        if value_id in labels.values and attribute_id in labels.attributes and labels.attributes[attribute_id].visible
    }
    return tuple(
        ValueCount(value_id, known[value_id], value_id in selected)
        for value_id in sorted(known, key=labels.value_order)
    )
