"""read_group (10, 14, and deprecated in 19) and formatted_read_group (19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.access import check_fields, check_model
from demo.double.compute.names import display_name
from demo.double.methods.registry import ONLY_19, Call, rpc
from demo.double.ordering import parse_order, sort_ids
from demo.double.schema import NUMBERS
from demo.double.searching import matching_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: The date part a date groups by, as the length of the text that tells groups apart.
_DATE_PARTS = {"year": 4, "month": 7, "day": 10}
AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values) if values else 0.0,
    "min": lambda values: min(values, default=False),
    "max": lambda values: max(values, default=False),
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "array_agg": list,
}


@rpc(on_model=True)
def read_group(
    call: Call,
    domain: Any,
    fields: Any,
    groupby: Any,
    offset: int = 0,
    limit: int | None = None,
    orderby: Any = False,
    lazy: bool = True,
) -> Any:
    """Groups with their count and sums; by the first term alone when ``lazy``."""
    terms = [groupby] if isinstance(groupby, str) else list(groupby)
    used = terms[:1] if lazy else terms
    sums = _sums(call, fields or [], terms)
    count = f"{used[0].partition(':')[0]}_count" if lazy and used else "__count"
    answers = []
    for group in grouped(call, domain, used, offset, limit, orderby or None):
        answer = {term: group.shown[term] for term in used}
        answer[count] = len(group.rows)
        for name, field, function in sums:
            answer[name] = _aggregate(call, field, function, group.rows)
        answer["__domain"] = _joined(call, group.leaves, domain)
        if lazy and len(terms) > 1:
            answer["__context"] = {"group_by": terms[1:]}
        answers.append(answer)
    return answers


@rpc(on_model=True, versions=ONLY_19)
def formatted_read_group(
    call: Call,
    domain: Any,
    groupby: Any = (),
    aggregates: Any = (),
    having: Any = (),  # noqa: ARG001 - part of the signature
    offset: int = 0,
    limit: int | None = None,
    order: Any = None,
) -> Any:
    """Groups with the aggregates asked for (17.0 and later)."""
    answers = []
    for group in grouped(call, domain, list(groupby), offset, limit, order):
        answer = dict(group.shown)
        answer["__extra_domain"] = ["&"] * (len(group.leaves) - 1) + [list(leaf) for leaf in group.leaves]
        for aggregate in aggregates:
            name, _, function = aggregate.partition(":")
            answer[aggregate] = (
                len(group.rows) if aggregate == "__count" else _aggregate(call, name, function or "sum", group.rows)
            )
        answers.append(answer)
    return answers


class Group:
    """Rows that share the values of the grouping terms."""

    def __init__(self, shown: dict[str, Any], leaves: list[tuple[str, str, Any]], rows: list[Row]) -> None:
        self.shown = shown
        self.leaves = leaves
        self.rows = rows


def grouped(call: Call, domain: Any, terms: Sequence[str], offset: int, limit: int | None, order: Any) -> list[Group]:
    """The groups of the matching records, in the order asked for or that of the terms."""
    env, model = call.env, call.model
    check_model(env, model, "read")
    fields = env.db.model(model).fields
    for term in terms:
        if term.partition(":")[0] not in fields:
            raise errors.value_error(f"Invalid field {term.partition(':')[0]!r} on model {model!r}")
    keys = [(term, _key(env, model, term)) for term in terms]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for record_id in matching_ids(env, model, domain):
        row = env.row(model, record_id)
        if row is not None:
            groups.setdefault(tuple(key(row) for _, key in keys), []).append(row)
    if not terms and not groups:
        groups[()] = []
    ordered = _ordered(env, model, terms, groups, order)[offset : None if not limit else offset + limit]
    return [Group(_shown(env, model, terms, key), _leaves(terms, key), groups[key]) for key in ordered]


def _key(env: Env, model: str, term: str) -> Callable[[Row], Any]:
    name, _, part = term.partition(":")
    item, getter = env.db.model(model).fields[name], env.db.getter(model, name)
    if item.type in ("date", "datetime"):
        width = _DATE_PARTS.get(part or "month", 7)
        return lambda row: str(getter(env, row))[:width] if getter(env, row) else False
    return lambda row: getter(env, row)


def _ordered(
    env: Env, model: str, terms: Sequence[str], groups: Iterable[tuple[Any, ...]], order: Any
) -> list[tuple[Any, ...]]:
    """Groups by the terms' own order: many2one by the other model's, the rest by value, empty last."""
    result = list(groups)
    directions = dict(parse_order(order)) if order else {}
    for index in reversed(range(len(terms))):
        name = terms[index].partition(":")[0]
        item = env.db.model(model).fields[name]
        distinct = {key[index] for key in result}
        if item.type == "many2one" and item.relation:
            ids = sort_ids(env, item.relation, [value for value in distinct if value])
            ranks = {value: rank for rank, value in enumerate(ids)}
        else:
            values = sorted((value for value in distinct if value is not False and value is not None), key=_sortable)
            ranks = {value: rank for rank, value in enumerate(values)}
        result.sort(
            key=lambda key, index=index, ranks=ranks: ranks.get(key[index], len(ranks)),  # type: ignore[misc]
            reverse=directions.get(name, False),
        )
    return result


def _sortable(value: Any) -> tuple[bool, Any]:
    return isinstance(value, str), value


def _shown(env: Env, model: str, terms: Sequence[str], key: tuple[Any, ...]) -> dict[str, Any]:
    shown = {}
    for term, value in zip(terms, key, strict=True):
        item = env.db.model(model).fields[term.partition(":")[0]]
        many2one = item.type == "many2one" and item.relation and value
        shown[term] = [value, display_name(env, str(item.relation), value) or ""] if many2one else value
    return shown


def _leaves(terms: Sequence[str], key: tuple[Any, ...]) -> list[tuple[str, str, Any]]:
    return [(term.partition(":")[0], "=", value or False) for term, value in zip(terms, key, strict=True)]


def _joined(call: Call, leaves: list[tuple[str, str, Any]], domain: Any) -> list[Any]:
    """The domain of a group: the caller's and the group's own leaves, in the version's arrangement."""
    own, asked = [list(leaf) for leaf in leaves], list(domain)
    if not asked:
        return ["&"] * (len(own) - 1) + own
    if call.env.db.dataset.version == "19.0":
        joints = len(own) + sum(1 for term in asked if not isinstance(term, str)) - 1
        return ["&"] * (joints - sum(1 for term in asked if isinstance(term, str))) + asked + own
    return ["&"] * len(own) + own + asked


def _sums(call: Call, fields: Sequence[str], terms: Sequence[str]) -> list[tuple[str, str, str]]:
    """(name in the answer, field, function) of every aggregate asked for."""
    grouping = {term.partition(":")[0] for term in terms}
    described = call.env.db.model(call.model).fields
    found = []
    for entry in fields:
        name, _, function = entry.partition(":")
        field = function.partition("(")[2].rstrip(")") or name
        function = function.partition("(")[0]
        item = described.get(field)
        if item is None or field in grouping or (item.type not in NUMBERS and not function) or field == "id":
            continue
        if item.store or function:
            found.append((name, field, function or "sum"))
    return found


def _aggregate(call: Call, name: str, function: str, rows: list[Row]) -> Any:
    if name not in call.env.db.model(call.model).fields or function not in AGGREGATES:
        raise errors.value_error(f"Invalid aggregate specification '{name}:{function}'")
    check_fields(call.env, call.model, [name])
    getter = call.env.db.getter(call.model, name)
    return AGGREGATES[function]([getter(call.env, row) for row in rows])
