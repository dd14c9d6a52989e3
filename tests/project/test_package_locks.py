"""What tests take from npm comes from wherever packages come from here, and is the same everywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "tests").glob("*/package.json")) + sorted(
    path.parent for path in (ROOT / "tests").glob("*/client/package.json")
)


def test_there_are_some() -> None:
    assert len(FOLDERS) == 2


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_packages_are_pinned_and_their_origin_is_not_named(folder: Path) -> None:
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert lock[""]["devDependencies"] == wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    for name, package in lock.items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
