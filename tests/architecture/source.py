"""The project's own modules and what they import, read from their source: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: the packages of the application, of its double and of the contract suite
ROOMS = (
    "adapters",
    "cache",
    "cart",
    "content",
    "contract",
    "demo",
    "identity",
    "pricing",
    "resolvers",
    "search",
    "server",
    "storefront",
    "subscriptions",
)


@dataclass(frozen=True)
class Module:
    """One file of Python. ``name`` is dotted: ``adapters.versions.v10``."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def file(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, order=True)
class Import:
    """``importer`` imports ``imported`` (a module of ours) in ``line``.

    ``loads``: it does so when it is loaded itself, not for a type checker or within a function.
    """

    importer: str
    imported: str
    line: int
    loads: bool = True


@cache
def modules() -> dict[str, Module]:
    """All modules of the rooms, by name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import between modules of ours, wherever it stands: in functions and for type checkers alone too."""
    known = modules()
    return tuple(
        Import(module.name, target, node.lineno, loads)
        for module in known.values()
        for name, node, loads in _imported_names(module)
        if (target := _nearest(name, known)) is not None
    )


def _imported_names(module: Module) -> Iterator[tuple[str, ast.stmt, bool]]:
    at_load = {id(node) for node in _run_at_load(module.tree.body)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node, id(node) in at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            yield from ((f"{base}.{alias.name}", node, id(node) in at_load) for alias in node.names)


def _run_at_load(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is loaded, as far as they may be imports."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            guarded = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            yield from _run_at_load([*([] if guarded else node.body), *node.orelse])
        elif isinstance(node, ast.Try):
            handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from _run_at_load([*node.body, *handlers, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.ClassDef | ast.With):
            yield from _run_at_load(node.body)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _nearest(name: str, known: dict[str, Module]) -> str | None:
    """The module that an imported name is or stands in."""
    while name:
        if name in known:
            return name
        name = name.rpartition(".")[0]
    return None


def text_literals(module: Module) -> Iterator[tuple[str, int]]:
    """Every text in the code with its line, the fixed parts of f-strings among them; docstrings are left out."""
    documentation = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value, node.lineno
