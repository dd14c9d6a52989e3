"""Comparisons of a single value, with SQL's NULL as Odoo writes its queries around it."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.schema import NUMBERS

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.domain import Test
    from demo.double.env import Env, Getter
    from demo.double.schema import Field

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def scalar_test(env: Env, item: Field, getter: Getter, operator: str, value: Any) -> Test:
    """The test of one condition on a field that is no relation."""
    if operator in ("=", "!=") and isinstance(value, (list, tuple)):
        operator = "in" if operator == "=" else "not in"
    if operator in ("in", "not in"):
        return _membership(env, item, getter, operator, value)
    if operator in ("=", "!="):
        return _membership(env, item, getter, "in" if operator == "=" else "not in", [value])
    if operator in _COMPARE:
        return _comparison(env, item, getter, operator, value)
    return _like(env, getter, operator, value)


def _membership(env: Env, item: Field, getter: Getter, operator: str, value: Any) -> Test:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    wanted = {_canonical(env, item, single) for single in values}
    negative = operator == "not in"
    if item.type == "boolean":
        truths = {bool(single) for single in values}
        return lambda row: (bool(getter(env, row)) in truths) != negative
    empty_is_false = env.db.profile.empty_text_is_false
    if empty_is_false and "" in wanted:
        wanted.add(None)

    def test(row: Row) -> bool:
        return (_stored_value(item, getter(env, row), empty_is_false=empty_is_false, env=env) in wanted) != negative

    return test


def _stored_value(item: Field, value: Any, *, empty_is_false: bool, env: Env) -> Any:
    """The value as a key to compare: None for SQL's NULL."""
    if item.type in NUMBERS:
        return value or None  # numbers are never NULL in Odoo: 0 stands for empty
    if value is False or value is None or (empty_is_false and value == ""):
        return None
    if item.type == "datetime" and env.db.profile.datetime_precision == "second":
        return str(value)[:19]
    return value


def _canonical(env: Env, item: Field, value: Any) -> Any:
    """A value of the caller as a key to compare with stored ones."""
    if item.type in NUMBERS:
        return value or None
    if value is False or value is None:
        return None
    if item.type in ("date", "datetime"):
        return _moment(env, item, value, "=")
    return str(value) if item.type in ("char", "text", "html", "selection") else value


def _comparison(env: Env, item: Field, getter: Getter, operator: str, value: Any) -> Test:
    compare = _COMPARE[operator]
    if item.type in NUMBERS or item.type == "boolean":
        number = value or 0
        if isinstance(number, str):
            raise errors.OdooFault(errors.DATA_ERROR, f'invalid input syntax for type numeric: "{value}"')
        return lambda row: bool(compare(getter(env, row) or 0, number))
    if value is False or value is None:
        return lambda _row: False
    if item.type not in ("date", "datetime"):
        return lambda row: _compared(compare, getter(env, row), str(value))
    bound = _moment(env, item, value, operator)
    width = 19 if env.db.profile.datetime_precision == "second" else 26
    return lambda row: _compared(compare, getter(env, row), bound, width)


def _compared(compare: Callable[[Any, Any], Any], stored: Any, bound: str, width: int | None = None) -> bool:
    return stored is not False and stored is not None and bool(compare(str(stored)[:width], bound))


def _moment(env: Env, item: Field, value: Any, operator: str) -> str:
    """A date or moment of the caller as stored ones are written; a bare date covers its whole day."""
    text = value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)
    if not any(_parses(text, layout) for layout in _MOMENTS):
        raise _bad_moment(env, text)
    if item.type == "date":
        return text[:10]
    text = text.replace("T", " ")
    if len(text) == 10:
        text += " 23:59:59" if operator in (">", "<=") else " 00:00:00"
    return text[:19] if env.db.profile.datetime_precision == "second" else text


def _parses(text: str, layout: str) -> bool:
    try:
        datetime.strptime(text, layout)  # noqa: DTZ007 - Odoo's moments are naive UTC
    except ValueError:
        return False
    return True


def _bad_moment(env: Env, text: str) -> errors.OdooFault:
    if env.db.dataset.version != "19.0":
        return errors.OdooFault(errors.BAD_DATETIME, f'invalid input syntax for type timestamp: "{text}"')
    if re.match(r"^\d{4}-\d\d-\d\d[T ].*(Z|[+-]\d\d:?\d\d)$", text):
        return errors.value_error(f"expecting only datetimes with no timezone: {text!r}")
    return errors.value_error(f"Invalid term {text!r} in expression date: {text!r}")


def like_pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """SQL's LIKE: % any text, _ any character, backslash escapes."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    source = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like(env: Env, getter: Getter, operator: str, value: Any) -> Test:
    negative = operator.startswith("not ")
    kind = operator.removeprefix("not ")
    text = "" if value in (False, None) else str(value)
    if not text and not kind.startswith("="):
        return lambda _row: not negative
    matches = _matcher(text, kind)

    def test(row: Row) -> bool:
        stored = getter(env, row)
        found = stored is not False and stored is not None and matches(str(stored))
        return found != negative

    return test


def _matcher(text: str, kind: str) -> Callable[[str], bool]:
    ignore_case = kind.endswith("ilike")
    if kind.startswith("="):
        whole = like_pattern(text, ignore_case=ignore_case)
        return lambda stored: whole.fullmatch(stored) is not None
    if not re.search(r"[%_\\]", text):
        if not ignore_case:
            return lambda stored: text in stored
        lowered = text.lower()
        return lambda stored: lowered in stored.lower()
    pattern = like_pattern(text, ignore_case=ignore_case)
    return lambda stored: pattern.search(stored) is not None
