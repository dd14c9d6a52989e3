"""Filters as functions of a product: made once, called for every product of the shop."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias, cast

from adapters.records import Product
from identity.filter_words import TREES, Vocabulary
from identity.filters import And, Compare, Everything, Filter, Flag, Not, Nothing, OneOf, Or, StartsWith

Predicate: TypeAlias = Callable[[Product], bool]

_FLAGS: Final[Mapping[str, Callable[[Product], bool]]] = {
    "published": operator.attrgetter("published"),
    "saleable": operator.attrgetter("sale_ok"),
    "storable": operator.attrgetter("storable"),
}
#: fields of one value, and fields of several
_SINGLE: Final[Mapping[str, Callable[[Product], Any]]] = {
    "id": operator.attrgetter("id"),
    "internal_category": operator.attrgetter("internal_category_id"),
    "ribbon": operator.attrgetter("ribbon_id"),
    "type": lambda product: product.product_type,
}
_SEVERAL: Final[Mapping[str, Callable[[Product], Any]]] = {
    "category": operator.attrgetter("public_category_ids"),
    "tag": operator.attrgetter("tag_ids"),
    "value": lambda product: [value.value_id for value in product.values],
    "sku": lambda product: [variant.sku for variant in product.variants],
    "barcode": lambda product: [variant.barcode for variant in product.variants],
}
_NUMBERS: Final[Mapping[str, Callable[[Product], Decimal]]] = {"list_price": operator.attrgetter("list_price")}
_SIGNS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def predicate(node: Filter, vocabulary: Vocabulary) -> Predicate:
    """Does a product match? ``node`` is a filter that `identity.filter_words.resolve` made."""
    match node:
        case Everything():
            return lambda _: True
        case Nothing():
            return lambda _: False
        case Flag(name):
            return _FLAGS[name]
        case OneOf(field, values):
            return _one_of(
                field, vocabulary.below(field, cast("tuple[int, ...]", values)) if field in TREES else values
            )
        case StartsWith(field, text):
            return _starts_with(field, text)
        case Compare(field, sign, number):
            compare, read = _SIGNS[sign], _NUMBERS[field]
            return lambda product: compare(read(product), number)
        case Not(operand):
            inner = predicate(operand, vocabulary)
            return lambda product: not inner(product)
        case And(operands):
            return _every(tuple(predicate(operand, vocabulary) for operand in operands))
        case Or(operands):
            return _some(tuple(predicate(operand, vocabulary) for operand in operands))


def _one_of(field: str, wanted: Iterable[Any]) -> Predicate:
    values = frozenset(wanted)
    if field in _SINGLE:
        read = _SINGLE[field]
        return lambda product: read(product) in values
    read = _SEVERAL[field]
    return lambda product: not values.isdisjoint(read(product))


def _starts_with(field: str, text: str) -> Predicate:
    read = _SEVERAL[field]

    def starts(product: Product) -> bool:
        return any(one is not None and one.startswith(text) for one in read(product))

    return starts


def _every(parts: tuple[Predicate, ...]) -> Predicate:
    def every(product: Product) -> bool:
        for part in parts:  # noqa: SIM110  # half the time of all()
            if not part(product):
                return False
        return True

    return every


def _some(parts: tuple[Predicate, ...]) -> Predicate:
    def some(product: Product) -> bool:
        for part in parts:  # noqa: SIM110  # half the time of any()
            if part(product):
                return True
        return False

    return some
