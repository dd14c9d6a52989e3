"""Where pages went whose path changed, whoever remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Renamings(Protocol):
    """Renamings that are known, by path."""

    async def all(self) -> Mapping[str, str]:
        """From -> to."""
        ...

    async def target(self, path: str) -> str | None:
        """Where one path leads; None where nothing was renamed."""
        ...


class NoRenamings:
    """Nobody remembers any."""

    async def all(self) -> Mapping[str, str]:
        return {}

    async def target(self, path: str) -> str | None:
        del path
        return None
