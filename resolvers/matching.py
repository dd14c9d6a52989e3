"""Which products a query finds: filters, order, facets, counts. Shared by both list fields of the schema."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from adapters.records import ProductMatch, ProductOrder, ProductQuery, TemplateValue
from adapters.together import Together
from resolvers.arguments import MAX_IDS, given, ids, words
from resolvers.categories import find_category
from resolvers.errors import BadInputError
from resolvers.shown import shown_of
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

    @property
    def beyond_query(self) -> Hashable:
        """What of it is not in the query that Odoo answers."""
        return (frozenset(self.attributes.items()), self.min_price, self.max_price, self.in_stock)

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

    Neither the number of calls to Odoo nor that of round trips to the store depends on how many products there are.
    What was found is kept in the process, until one of the things that it was made of changes.
    """
    query = _query(view, wanted, sort)
    if query is None:
        return Matches((), None, None, (), 0)
    inputs = await _inputs(
        view,
        query,
        values=with_values or bool(wanted.attributes),
        stock=with_stock or wanted.in_stock,
        sold=given(sort).get("popular") is not None,
    )
    descending = given(sort).get("popular") == "DESC"
    seen = None if view.policy.sees_everything else view.policy.key
    key = (query, view.lang, wanted.beyond_query, descending, with_values, with_stock, seen)

    def compute() -> Matches:
        candidates = _by_popularity(inputs, descending=descending)
        return _matches(view, wanted, candidates, inputs, with_values=with_values, with_stock=with_stock)

    return view.outcomes.of(key, (*inputs, view.labels), compute, lambda matches: len(matches.found))


class _Inputs(NamedTuple):
    """What a query's outcome is made of; None for what does not matter."""

    matches: Sequence[ProductMatch]
    values: Sequence[TemplateValue] | None
    in_stock: frozenset[int] | None
    sold: Mapping[int, Decimal] | None


async def _inputs(view: ShopView, query: ProductQuery, *, values: bool, stock: bool, sold: bool) -> _Inputs:
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
    )


def _by_popularity(inputs: _Inputs, *, descending: bool) -> Sequence[ProductMatch]:
    """By units sold where that is asked for; Odoo's order decides between equals."""
    sold = inputs.sold
    if sold is None:
        return inputs.matches
    nothing = Decimal(0)
    return sorted(inputs.matches, key=lambda match: sold.get(match.id, nothing), reverse=descending)


def _matches(
    view: ShopView,
    wanted: ProductFilter,
    candidates: Sequence[ProductMatch],
    inputs: _Inputs,
    *,
    with_values: bool,
    with_stock: bool,
) -> Matches:
    values, in_stock = inputs.values or (), inputs.in_stock or frozenset()
    offered = view.outcomes.of(("offered", id(values)), (values,), lambda: _by_attribute(values), lambda _: len(values))
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
        category_ids = (*category_ids, category.category.id)
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
    visible = {attribute.id for attribute in view.labels.attributes.values() if attribute.visible}
    counts: Counter[int] = Counter()
    for match in candidates:
        of_product = offered.get(match.id)
        if of_product is None or not wanted.has_price(match):
            continue
        missed = _missed(of_product, wanted.attributes) if wanted.attributes else ()
        # what misses one filter alone still counts for that filter's own values
        counted: Iterable[int] = missed if len(missed) == 1 else () if missed else of_product
        for attribute_id in counted:
            if attribute_id in visible:
                counts.update(of_product.get(attribute_id, ()))
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
