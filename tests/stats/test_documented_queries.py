"""The queries that the documents show can be asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from resolvers.schema import build_schema

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["stats.md", "backoffice.md"])
def test_the_queries_shown(name: str) -> None:
    found = re.findall(r"```graphql\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL)
    assert found
    for text in found:
        assert validate(build_schema(), parse(text)) == []
