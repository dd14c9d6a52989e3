"""Equal, or of the same shape."""

from __future__ import annotations

from math import isclose
from typing import Any

#: Fields whose lists have no order of their own in the recorded server (ties in its database's sort).
UNORDERED = frozenset({"attribute_value_ids", "groups_id", "group_ids", "all_group_ids", "company_ids"})


def equal(expected: Any, actual: Any, name: str = "") -> bool:
    """The same value; floats to the 12th digit (their noise depends on the order of additions)."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, float) or isinstance(actual, float):
        numbers = isinstance(expected, (int, float)) and isinstance(actual, (int, float))
        return numbers and isclose(expected, actual, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(equal(expected[key], actual[key], key) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return False
        if name in UNORDERED:
            return sorted(expected) == sorted(actual)
        return all(equal(left, right) for left, right in zip(expected, actual, strict=True))
    return bool(expected == actual)


def same_shape(expected: Any, actual: Any) -> bool:
    """The same types and keys. False is every type's empty value; lists may differ in length."""
    if expected is False or actual is False or expected is None or actual is None:
        return True
    if isinstance(expected, dict) and isinstance(actual, dict):
        if _by_id(expected) and _by_id(actual):
            return all(same_shape(left, right) for left in expected.values() for right in actual.values())
        return expected.keys() == actual.keys() and all(same_shape(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        if _many2one(expected) or _many2one(actual):
            return _many2one(expected) == _many2one(actual) or not expected or not actual
        return not expected or all(any(same_shape(known, item) for known in expected) for item in actual)
    numbers = isinstance(expected, (int, float)) and isinstance(actual, (int, float))
    return numbers or type(expected) is type(actual)


def _by_id(value: dict[str, Any]) -> bool:
    return bool(value) and all(key.isdigit() for key in value)


def _many2one(value: list[Any]) -> bool:
    return len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str)


def first_difference(expected: Any, actual: Any, path: str = "") -> str:
    """Where two values part, for a message."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected.keys() | actual.keys():
            if key not in expected or key not in actual:
                return f"{path}.{key} only {'recorded' if key in expected else 'answered'}"
            if not equal(expected[key], actual[key], key):
                return first_difference(expected[key], actual[key], f"{path}.{key}")
    if isinstance(expected, list) and isinstance(actual, list):
        for index, (left, right) in enumerate(zip(expected, actual, strict=False)):
            if not equal(left, right):
                return first_difference(left, right, f"{path}[{index}]")
        if len(expected) != len(actual):
            return f"{path}: {len(expected)} recorded, {len(actual)} answered"
    return f"{path}: recorded {str(expected)[:90]}, answered {str(actual)[:90]}"
