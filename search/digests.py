"""Digests of searches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


def digest_of(*parts: Mapping[str, Any] | Sequence[Any], size: int = 8) -> str:
    """Tells searches apart, by so many bytes."""
    return hashlib.blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=size).hexdigest()
