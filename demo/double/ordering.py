"""ORDER BY as Odoo means it: many2one by the other model's order, empty values last (first when descending)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.schema import NUMBERS

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env, Getter
    from demo.double.schema import Field

_TERM = re.compile(r"^\s*(\w+)(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$", re.IGNORECASE)
Key = Callable[["Env", "Row"], Any]


def parse_order(order: str) -> list[tuple[str, bool]]:
    """``"name desc, id"`` as [(field, descending)]."""
    terms = []
    for text in order.split(","):
        match = _TERM.match(text)
        if match is None:
            raise errors.user_error(
                f'Invalid "order" specified. A valid "order" specification is a comma-separated list of valid field '
                f"names (optionally followed by asc/desc for the direction): {order!r}"
            )
        terms.append((match[1], (match[2] or "").lower() == "desc"))
    return terms


def sort_ids(env: Env, model: str, ids: Iterable[int], order: str | None = None) -> list[int]:
    """The ids in the given order (or the model's own); ties keep the ascending id."""
    result = sorted(ids)
    if len(result) < 2:
        return result
    described = env.db.models.get(model)
    if described is None:
        return result
    terms = parse_order(order or described.order)
    if terms[0][0] == "id":
        return result[::-1] if terms[0][1] else result
    rows = [row for row in (env.row(model, record_id) for record_id in result) if row is not None]
    for key, reverse in reversed(_keys(env, model, terms, ())):
        rows.sort(key=lambda row, key=key: key(env, row), reverse=reverse)  # type: ignore[misc]
    return [row["id"] for row in rows]


def _keys(env: Env, model: str, terms: Sequence[tuple[str, bool]], seen: tuple[str, ...]) -> list[tuple[Key, bool]]:
    keys: list[tuple[Key, bool]] = []
    for name, reverse in terms:
        if name == "id":
            keys.append((lambda _env, row: row["id"], reverse))
            break
        item = _sortable(env, model, name)
        if item is None:
            continue
        getter = env.db.getter(model, name)
        relation = item.relation or ""
        if item.type == "many2one" and relation in env.db.models:
            if relation not in seen:
                keys.extend(_foreign(env, getter, relation, reverse, (*seen, relation)))
            continue
        keys.append((_scalar(getter, item), reverse))
    return keys


def _sortable(env: Env, model: str, name: str) -> Field | None:
    """The field, or None when the version sorts by something arbitrary instead of refusing."""
    described = env.db.model(model)
    item = described.fields.get(name)
    if item is None:
        raise errors.value_error(f"Invalid field {name!r} on model {model!r}")
    kept = item.store or described.inherited_through(name) is not None or name == "display_name"
    if item.is_many or item.type == "binary" or not kept:
        return None
    return item


def _scalar(getter: Getter, item: Field) -> Key:
    if item.type in NUMBERS and item.store and not item.related:
        # a number that was never set is NULL, though it reads as 0
        name = item.name
        return lambda _env, row: (row.get(name) is None, row.get(name) or 0)
    if item.type in NUMBERS:
        return lambda env, row: getter(env, row) or 0
    if item.type == "boolean":
        return lambda env, row: bool(getter(env, row))

    def key(env: Env, row: Row) -> tuple[bool, str]:
        value = getter(env, row)
        return (True, "") if value is False or value is None else (False, str(value))

    return key


def _foreign(env: Env, getter: Getter, relation: str, reverse: bool, seen: tuple[str, ...]) -> list[tuple[Key, bool]]:
    """The other model's order, looked up through the many2one; each target's key is worked out once."""
    inner = _keys(env, relation, parse_order(env.db.models[relation].order), seen)
    return [(_through(getter, relation, key), descending != reverse) for key, descending in inner]


def _through(getter: Getter, relation: str, key: Key) -> Key:
    known: dict[Any, tuple[bool, Any]] = {}

    def through(env: Env, row: Row) -> tuple[bool, Any]:
        target = getter(env, row)
        found = known.get(target)
        if found is None:
            other = env.row(relation, target)
            found = (True, _Least()) if other is None else (False, key(env, other))
            known[target] = found
        return found

    return through


class _Least:
    """Compares with nothing: stands beside the True of "no record"."""

    def __lt__(self, other: object) -> bool:
        return False
