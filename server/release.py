"""Telling what this release kept from what another one kept: their answers may differ."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from graphql import GraphQLSchema, print_schema

#: what answers are made by, beside what they are made of
_MADE_BY: Final = ("resolvers", "pricing", "adapters")


def release_of(schema: GraphQLSchema) -> str:
    """A short text that differs when the schema or the code that makes answers does."""
    whole = hashlib.blake2b(print_schema(schema).encode(), digest_size=6)
    try:
        whole.update(version("headless-odoo").encode())
    except PackageNotFoundError:  # run from its folder, without being installed
        whole.update(b"not installed")
    root = Path(__file__).parents[1]
    for package in _MADE_BY:
        for file in sorted((root / package).rglob("*.py")):
            whole.update(file.read_bytes())
    return whole.hexdigest()
