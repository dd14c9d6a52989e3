"""``make schema``: write the golden copy of the schema anew."""

from __future__ import annotations

from resolvers.schema import build_schema
from tests.architecture.golden_schema import GOLDEN, printed

if __name__ == "__main__":
    GOLDEN.write_text(printed(build_schema()), encoding="utf-8")
    print(f"written: {GOLDEN}")  # noqa: T201  # a command's output
