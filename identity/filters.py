"""Which products a role sees, as a tree: what a filter means, and how it is written.

A tree is made by `identity.filter_parser.parse`, or by hand. `identity.filter_words.resolve` turns names into ids;
what comes out of it is what a search engine is asked with: see there for what may occur in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, TypeAlias

Value: TypeAlias = int | str
Sign: TypeAlias = Literal["<", "<=", "=", ">=", ">"]


class Kind(Enum):
    """What a field is compared with."""

    ID = "a number (its id)"
    WORD = "a number (its id) or a text (its name)"
    TEXT = "a text"
    CHOICE = "one of the texts it may be"
    NUMBER = "a number"


#: the fields that a filter may compare
FIELDS: Final[Mapping[str, Kind]] = {
    "id": Kind.ID,
    "category": Kind.WORD,
    "internal_category": Kind.ID,
    "tag": Kind.WORD,
    "ribbon": Kind.WORD,
    "value": Kind.ID,
    "sku": Kind.TEXT,
    "barcode": Kind.TEXT,
    "type": Kind.CHOICE,
    "list_price": Kind.NUMBER,
}
#: compared by the name or id of an attribute, as in ``attribute("Colour") = "Red"``
ATTRIBUTE: Final = "attribute"
#: true or false by themselves
FLAGS: Final = ("published", "saleable", "storable")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"type": ("goods", "service", "combo")}


@dataclass(frozen=True, slots=True)
class Everything:
    """Every product: ``all``."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No product: ``nothing``."""


@dataclass(frozen=True, slots=True)
class Flag:
    """``published``, ``saleable`` or ``storable``."""

    name: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field is (or one of its values is) one of these. ``of``: which attribute, for the field `ATTRIBUTE`."""

    field: str
    values: tuple[Value, ...]
    of: Value | None = None


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The text of the field (one of them, where a product has several) begins with this one."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """The number of the field is less, greater or the same."""

    field: str
    sign: Sign
    number: Decimal


@dataclass(frozen=True, slots=True)
class Not:
    """What the operand is not."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of them: two or more, and none of them an `And`."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them: two or more, and none of them an `Or`."""

    operands: tuple[Filter, ...]


Leaf: TypeAlias = Flag | OneOf | StartsWith | Compare
Filter: TypeAlias = Everything | Nothing | Leaf | Not | And | Or

EVERYTHING: Final = Everything()
NOTHING: Final = Nothing()


def negated(operand: Filter) -> Filter:
    """What it is not; twice is none."""
    return operand.operand if isinstance(operand, Not) else Not(operand)


def all_of(operands: Iterable[Filter]) -> Filter:
    """Of none: everything."""
    flat = [part for one in operands for part in (one.operands if isinstance(one, And) else (one,))]
    return And(tuple(flat)) if len(flat) > 1 else flat[0] if flat else EVERYTHING


def any_of(operands: Iterable[Filter]) -> Filter:
    """Of none: nothing."""
    flat = [part for one in operands for part in (one.operands if isinstance(one, Or) else (one,))]
    return Or(tuple(flat)) if len(flat) > 1 else flat[0] if flat else NOTHING


def text_of(node: Filter) -> str:
    """The filter as it is written, in its normal form: `parse` makes the same tree of it."""
    return _WRITERS[type(node)](node)


def literal(value: Value) -> str:
    """A number, or a text in quotes."""
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _one_of(node: OneOf, *, negative: bool = False) -> str:
    field = node.field if node.of is None else f"{node.field}({literal(node.of)})"
    if len(node.values) == 1:
        return f"{field} {'!=' if negative else '='} {literal(node.values[0])}"
    return f"{field} {'not in' if negative else 'in'} ({', '.join(map(literal, node.values))})"


def _not(node: Not) -> str:
    operand = node.operand
    if isinstance(operand, OneOf):
        return _one_of(operand, negative=True)
    return f"not {_within(operand, And, Or)}"


def _within(node: Filter, *weaker: type) -> str:
    text = text_of(node)
    return f"({text})" if isinstance(node, weaker) else text


_WRITERS: Final[Mapping[type, Callable[..., str]]] = {
    Everything: lambda _: "all",
    Nothing: lambda _: "nothing",
    Flag: lambda node: node.name,
    OneOf: _one_of,
    StartsWith: lambda node: f"{node.field} starts with {literal(node.text)}",
    Compare: lambda node: f"{node.field} {node.sign} {node.number.normalize():f}",
    Not: _not,
    And: lambda node: " and ".join(_within(operand, Or) for operand in node.operands),
    Or: lambda node: " or ".join(map(text_of, node.operands)),
}
