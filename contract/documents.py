"""The GraphQL documents of the contract, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

QUERIES = Path(__file__).parent / "queries"


@cache
def document(name: str) -> str:
    """The text of ``queries/<name>.graphql``."""
    return (QUERIES / f"{name}.graphql").read_text(encoding="utf-8")


def document_names() -> list[str]:
    return sorted(path.stem for path in QUERIES.glob("*.graphql"))
