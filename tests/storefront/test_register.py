"""Each surprise that is known of the storefront stands in the document, with tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.architecture.source import ROOT
from tests.storefront.contract import KEPT

DOCUMENT = ROOT / "docs" / "storefront.md"
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.+?) \| ((?:`tests/\S+::\w+` ?)+)\|$", re.MULTILINE)


def listed() -> dict[str, list[str]]:
    """Tests by the name of the surprise, as the document has them."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = _ROW.findall(text)
    assert len(rows) == len({name for name, _, _ in rows})
    assert len(rows) == len(re.findall(r"(?m)^\| `[a-z0-9-]+` \|", text)), "a row is not as the others"
    return {name: re.findall(r"`(\S+)`", tests) for name, _, tests in rows}


@cache
def names_of_tests(path: str) -> frozenset[str]:
    """The names of the tests in a file, of classes too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def test_every_known_surprise_is_listed() -> None:
    known = set((KEPT / "surprises.txt").read_text(encoding="utf-8").split())
    assert listed().keys() == known


def test_every_listed_surprise_has_tests() -> None:
    missing = []
    for name, tests in listed().items():
        for test in tests:
            path, function = test.split("::")
            if not (ROOT / path).is_file() or function not in names_of_tests(path):
                missing.append(f"{name}: {test}")
    assert missing == []


def test_every_test_of_a_surprise_is_listed() -> None:
    """So that the document tells all that is known."""
    told = {test for tests in listed().values() for test in tests}
    for path in sorted((ROOT / "tests" / "storefront").glob("test_*_surprises.py")):
        name = path.relative_to(ROOT).as_posix()
        assert {f"{name}::{function}" for function in names_of_tests(name)} <= told
