"""What the Alokai storefront for Odoo sends, and what it takes for an answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.architecture.source import ROOT

KEPT: Final = ROOT / "tests" / "data" / "storefront"
#: of `Operation.status`: nothing sends it
DEAD: Final = "dead"


@dataclass(frozen=True)
class Operation:
    """A document of the storefront's. ``paths``: of every leaf that it selects, ``a.b[].c``; ``text``: as it is sent.

    ``route``: which of the routes of its own server the storefront sends it through; None: straight to us.
    """

    name: str
    kind: str
    status: str
    root: str
    paths: tuple[str, ...]
    text: str
    route: str | None


@cache
def operations() -> Mapping[str, Operation]:
    """Those that are sent, by name."""
    kept = json.loads((KEPT / "operations.json").read_text(encoding="utf-8"))["operations"]
    found = {one["name"]: _operation(one) for one in kept if one["status"] != DEAD}
    assert Counter(one["status"] for one in kept)[DEAD] == len(kept) - len(found)
    return found


def _operation(entry: Mapping[str, Any]) -> Operation:
    (root,) = entry["rootFields"]
    name, kind = entry["name"], entry["kind"]
    inline = entry.get("inlineArguments") or {}
    variables = {one["name"]: one["type"] for one in entry["variables"]}
    given = [
        *(f"{key}: ${key}" for key in variables),
        *(f"{key}: {json.dumps(value)}" for key, value in inline.items()),
    ]
    declared = ", ".join(f"${key}: {type_}" for key, type_ in variables.items())
    body = _selection(_tree(entry["selectedPaths"]), "  ").replace(root, root + _in_brackets(", ".join(given)), 1)
    text = f"# {name}\n{kind} {entry.get('documentOperationName') or ''}{_in_brackets(declared)} {body}\n"
    return Operation(name, kind, entry["status"], root, tuple(entry["selectedPaths"]), text, _route(entry["transport"]))


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""


def _route(transport: str) -> str | None:
    routes = ("/api/odoo/mutation", "/api/odoo/query-no-cache", "/api/odoo/query")
    return next((route for route in routes if route in transport), None)


def _tree(paths: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        place = tree
        for part in path.replace("[]", "").split("."):
            place = place.setdefault(part, {})
    return tree


def _selection(tree: Mapping[str, Any], indent: str) -> str:
    lines = [f"{indent}{name}{' ' + _selection(below, indent + '  ') if below else ''}" for name, below in tree.items()]
    return "{\n" + "\n".join(lines) + f"\n{indent[2:]}}}"


@cache
def types() -> Mapping[str, Any]:
    """The storefront's types by name."""
    found: Mapping[str, Any] = json.loads((KEPT / "types.json").read_text(encoding="utf-8"))["types"]
    return found


def mismatches(data: Any, operation: Operation) -> list[str]:
    """Where an answer's ``data`` is otherwise than the storefront's types say, or lacks or adds a selected field."""
    root = types()["Mutation" if operation.kind == "mutation" else "Query"]
    tree = _tree(operation.paths)
    return list(_of_object(data, root, tree, ""))


def _of_object(value: Any, kind: Mapping[str, Any], tree: Mapping[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no object"
        return
    if value.keys() != tree.keys():
        yield f"{at}: fields {sorted(value.keys() ^ tree.keys())} are missing, or were not asked for"
    for name in tree.keys() & value.keys():
        yield from _of_type(value[name], kind["fields"][name]["type"], tree[name], f"{at}.{name}" if at else name)


def _of_type(value: Any, type_: str, tree: Mapping[str, Any], at: str) -> Iterator[str]:
    if type_.endswith("!"):
        if value is None:
            yield f"{at}: null, not {type_}"
            return
        type_ = type_[:-1]
    if value is None:
        return
    if type_.startswith("["):
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for place, item in enumerate(value):
            yield from _of_type(item, type_[1:-1], tree, f"{at}[{place}]")
        return
    kind = types()[type_]
    if kind["kind"] in {"object", "interface"}:
        yield from _of_object(value, kind, tree, at)
    elif not _is_leaf(value, type_, kind):
        yield f"{at}: {value!r} is no {type_}"


def _is_leaf(value: Any, name: str, kind: Mapping[str, Any]) -> bool:
    """As JSON has it: a number is no text, and true is no number."""
    if kind["kind"] == "enum":
        return value in kind["values"]
    match name:
        case "Int":
            return type(value) is int
        case "Float":
            return type(value) in {int, float}
        case "String" | "ID":
            return isinstance(value, str)
        case "Boolean":
            return isinstance(value, bool)
    assert name == "GenericScalar", name
    return True


def reached(data: Any, operation: Operation) -> set[str]:
    """Of the selected paths those that an answer comes to: their last field is there, null or not."""
    return {path for path in operation.paths if _is_reached(data, path.split("."))}


def _is_reached(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(_is_reached(item, path) for item in value)
    if not path:
        return True
    name = path[0].removesuffix("[]")
    return isinstance(value, dict) and name in value and (len(path) == 1 or _is_reached(value[name], path[1:]))
