"""Requests that have the storefront forget what it cached, signed as it wants them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

import msgspec

from storefront.places import Kind

_PREFIX: Final = "/api/internal/cache/invalidate/"
HOME: Final = "/"


def request_for(path: str, kind: Kind) -> tuple[str, dict[str, Any]]:
    """The address and the body that have the page at a path forgotten. The home page is ``/``, whatever its kind."""
    if path == HOME:
        return f"{_PREFIX}homepage", {}
    if kind == "page":
        return "/api/internal/invalidate-cache", {"path": path}
    return f"{_PREFIX}{kind}", {"path": path}


def body_of(values: dict[str, Any]) -> bytes:
    """Compact JSON, keys in order at every level."""
    return msgspec.json.encode(values, order="deterministic")


def headers_for(path: str, body: bytes, *, key: str, secret: str, milliseconds: int) -> dict[str, str]:
    """``path``: with what follows it. ``milliseconds``: Unix time; may be five minutes off."""
    told = f"POST:{path}:{milliseconds}:".encode() + body
    return {
        "content-type": "application/json",
        "x-invalidation-key": key,
        "x-invalidation-timestamp": str(milliseconds),
        "x-invalidation-signature": hmac.new(secret.encode(), told, hashlib.sha256).hexdigest(),
    }
