"""What is public says what it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules

#: a shorter function is explained by its name and its types; a method by its class too
LONG = 12


def _bare(module: Module) -> Iterator[str]:
    """Public classes and long functions of a module without a docstring."""
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node) and _needs_words(node):
            yield f"{module.file}:{node.lineno} {node.name}"


def _needs_words(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Resolvers are described by their field in the schema, tests by their names, ``main`` by its module."""
    if isinstance(node, ast.ClassDef):
        return True
    is_long = (node.end_lineno or node.lineno) - node.lineno >= LONG
    return is_long and not node.name.startswith(("resolve_", "test_")) and node.name != "main"


def test_modules_have_docstrings() -> None:
    bare = [module.file for module in modules().values() if not ast.get_docstring(module.tree)]
    assert not bare, "modules without a docstring:\n" + "\n".join(bare)


def test_public_classes_and_long_functions_have_docstrings() -> None:
    bare = [line for module in modules().values() for line in _bare(module)]
    assert not bare, "public, and without a docstring:\n" + "\n".join(bare)
