"""The cookie that a session's id travels in."""

from __future__ import annotations

import math
import re
from typing import Final

SESSION_COOKIE: Final = "session_id"
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def session_cookie(session_id: str, seconds: float, *, secure: bool) -> str:
    """The value of ``Set-Cookie``. ``secure``: the shop is reached by TLS. For this host alone: there is no Domain.

    Raises ValueError for what is no id.
    """
    if not _VALUE.fullmatch(session_id):
        raise ValueError("not the id of a session")
    return _cookie(session_id, max(1, math.floor(seconds)), secure=secure)


def expired_cookie(*, secure: bool) -> str:
    """The value of ``Set-Cookie`` that takes the cookie away."""
    return _cookie("", 0, secure=secure)


def _cookie(value: str, seconds: int, *, secure: bool) -> str:
    parts = [f"{SESSION_COOKIE}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)
