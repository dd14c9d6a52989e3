"""What the names in a filter stand for, and filters with ids in their place."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from cache.reference import Labels
from identity.filters import (
    ATTRIBUTE,
    EVERYTHING,
    NOTHING,
    And,
    Everything,
    Filter,
    Not,
    Nothing,
    OneOf,
    Or,
    Value,
    all_of,
    any_of,
    negated,
    text_of,
)

#: fields of which a value stands for all below it
TREES: Final = frozenset({"category", "internal_category"})
#: between the names of a category's path
_STEP: Final = "/"


def folded(name: str) -> str:
    """Names are the same whatever their capitals and spaces are, and however their accents are encoded."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The shop's words: name and id of everything that filters refer to, in the language of the role file.

    ``parents``, ``internal_parents``: of public and of internal categories, by id. ``value_attributes``: the
    attribute of each value.
    """

    names: Mapping[str, Mapping[int, str]]  # by field: category, tag, ribbon, attribute, value
    parents: Mapping[int, int | None]
    internal_parents: Mapping[int, int | None]
    value_attributes: Mapping[int, int]

    @classmethod
    def of(cls, labels: Labels, internal_parents: Mapping[int, int | None]) -> Vocabulary:
        """``internal_parents``: `cache.reference.ShopTables.category_parents`."""
        named: Mapping[str, Mapping[int, Named]] = {
            "category": labels.categories,
            "tag": labels.tags,
            "ribbon": labels.ribbons,
            ATTRIBUTE: labels.attributes,
            "value": labels.values,
        }
        return cls(
            names={field: {id_: record.name for id_, record in table.items()} for field, table in named.items()},
            parents={id_: category.parent_id for id_, category in labels.categories.items()},
            internal_parents=internal_parents,
            value_attributes={id_: value.attribute_id for id_, value in labels.values.items()},
        )

    def ids(self, field: str, value: Value) -> frozenset[int]:
        """What the id or the name stands for: empty if there is no such thing, several if several have the name.

        Of a category the name may have those above it in front: ``Dogs / Food``.
        """
        if isinstance(value, int):
            known = self.internal_parents if field == "internal_category" else self.names.get(field, {})
            return frozenset({value} if value in known else ())
        name = _path(value) if field == "category" else folded(value)
        return self._by_name.get((field, name), frozenset())

    def below(self, field: str, ids: Iterable[int]) -> frozenset[int]:
        """These categories, and all below them; of other fields: these."""
        children = self._children.get(field, {})
        found: set[int] = set()
        waiting = list(ids)
        while waiting:
            id_ = waiting.pop()
            if id_ not in found:
                found.add(id_)
                waiting.extend(children.get(id_, ()))
        return frozenset(found)

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], frozenset[int]]:
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for field, names in self.names.items():
            for id_, name in names.items():
                for called in self._category_paths(id_) if field == "category" else (folded(name),):
                    found[field, called].add(id_)
        return {called: frozenset(ids) for called, ids in found.items()}

    @cached_property
    def _children(self) -> Mapping[str, Mapping[int, list[int]]]:
        tables = {"category": self.parents, "internal_category": self.internal_parents}
        children: dict[str, dict[int, list[int]]] = {field: defaultdict(list) for field in tables}
        for field, table in tables.items():
            for id_, parent in table.items():
                if parent is not None:
                    children[field][parent].append(id_)
        return children

    def _category_paths(self, id_: int) -> Iterator[str]:
        """The name, then with its parent's in front, and so on to the top."""
        names, seen = self.names["category"], set[int]()
        path: list[str] = []
        at: int | None = id_
        while at is not None and at in names and at not in seen:
            seen.add(at)
            path.insert(0, names[at])
            yield _path(_STEP.join(path))
            at = self.parents.get(at)


def _path(text: str) -> str:
    return _STEP.join(folded(part) for part in text.split(_STEP))


def unknown_words(node: Filter, vocabulary: Vocabulary) -> list[OneOf]:
    """The comparisons with what the shop does not have, one value each."""
    match node:
        case Not(operand):
            return unknown_words(operand, vocabulary)
        case And(operands) | Or(operands):
            return [found for operand in operands for found in unknown_words(operand, vocabulary)]
        case OneOf(field, values, of) if field in _LOOKED_UP:
            return [OneOf(field, (value,), of) for value in values if not _ids(vocabulary, field, value, of)]
    return []


def categories_in(node: Filter) -> list[OneOf]:
    """The comparisons whose meaning depends on which category is below which."""
    match node:
        case Not(operand):
            return categories_in(operand)
        case And(operands) | Or(operands):
            return [found for operand in operands for found in categories_in(operand)]
        case OneOf(field) if field in TREES:
            return [node]
    return []


def resolve(node: Filter, vocabulary: Vocabulary) -> Filter:
    """The same filter in ids, and in a form of its own: filters that mean the same mostly become the same.

    What may occur: `Everything` or `Nothing`, alone; `And`, `Or`; leaves, and `Not` of a leaf. `OneOf` has ascending
    ids for ``id``, ``category``, ``internal_category``, ``tag``, ``ribbon`` and ``value`` (attributes become
    values), and texts for ``sku``, ``barcode`` and ``type``. Categories stand for all below them.

    What is compared with something that the shop does not have is unknown, and unknown is not seen: neither
    ``tag = "gone"`` nor ``not tag = "gone"`` holds. So a tag renamed in Odoo hides too much, and never too little.
    """
    return _resolved(node, vocabulary, positive=True)


def _resolved(node: Filter, words: Vocabulary, *, positive: bool) -> Filter:
    match node:
        case Not(operand):
            return _resolved(operand, words, positive=not positive)
        case And(operands) | Or(operands):
            together = isinstance(node, And) is positive
            parts = [_resolved(operand, words, positive=positive) for operand in operands]
            return _joined(parts, together=together)
        case Everything() | Nothing():
            return EVERYTHING if isinstance(node, Everything) is positive else NOTHING
        case OneOf(field, values, of):
            return _one_of(field, values, of, words, positive=positive)
    return node if positive else Not(node)


def _joined(parts: Iterable[Filter], *, together: bool) -> Filter:
    neutral, absorbing = (EVERYTHING, NOTHING) if together else (NOTHING, EVERYTHING)
    join: Callable[[Iterable[Filter]], Filter] = all_of if together else any_of
    joined = join(part for part in parts if part != neutral)
    operands = joined.operands if isinstance(joined, And if together else Or) else (joined,)
    if absorbing in operands:
        return absorbing
    return join(sorted(set(operands), key=text_of))


_LOOKED_UP: Final = frozenset({"category", "internal_category", "tag", "ribbon", "value", ATTRIBUTE})


def _ids(words: Vocabulary, field: str, value: Value, of: Value | None) -> frozenset[int]:
    if of is None:
        return words.ids(field, value)
    attributes = words.ids(ATTRIBUTE, of)
    return frozenset(id_ for id_ in words.ids("value", value) if words.value_attributes.get(id_) in attributes)


def _one_of(field: str, values: tuple[Value, ...], of: Value | None, words: Vocabulary, *, positive: bool) -> Filter:
    if field not in _LOOKED_UP:
        found: Filter = OneOf(field, tuple(sorted(set(values), key=str if field != "id" else None)))
        return found if positive else negated(found)
    each = [_ids(words, field, value, of) for value in values]
    ids = frozenset().union(*each)
    if not ids or not (positive or all(each)):
        return NOTHING
    found = OneOf("value" if field == ATTRIBUTE else field, tuple(sorted(ids)))
    return found if positive else negated(found)
