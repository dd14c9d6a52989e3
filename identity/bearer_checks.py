"""What a token must say to be taken: for whom it is, of what kind, and when it counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from identity.bearer_errors import ExpiredTokenError, InvalidTokenError
from identity.bearer_parsing import Parsed

#: the event of logout tokens; a token that has it is a message between servers and nobody's pass
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Expected:
    """``kinds``: of the header's ``typ``, in small letters; an empty one allows that there is none.

    ``audience``: one of them must be meant. ``required``: claims with exactly this value. ``event``: is it to be a
    logout token?
    """

    kinds: frozenset[str]
    audience: frozenset[str]
    required: Mapping[str, str] = field(default_factory=dict)
    event: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Unix seconds, as the token has them."""

    expires: float
    issued: float | None


def check(parsed: Parsed, expected: Expected, *, now: float, leeway: float) -> Times:
    """Raises `InvalidTokenError`, or `ExpiredTokenError` where that is all that is wrong."""
    payload = parsed.payload
    if parsed.kind not in expected.kinds:
        raise InvalidTokenError(f"a token of another kind: {parsed.kind[:32]!r}")
    if not audience_of(payload) & expected.audience:
        raise InvalidTokenError("for somebody else")
    for name, value in expected.required.items():
        if payload.get(name) != value:
            raise InvalidTokenError(f"claim {name} is not {value!r}")
    events = payload.get("events", {})
    if not isinstance(events, dict) or (LOGOUT_EVENT in events) != expected.event:
        raise InvalidTokenError("a logout token, or none where one is wanted")
    return _check_times(payload, now, leeway)


def audience_of(payload: Mapping[str, Any]) -> frozenset[str]:
    """The claim ``aud``, which is a text or a list of texts."""
    given = payload.get("aud")
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidTokenError("no usable audience")
    return frozenset(values)


def _check_times(payload: Mapping[str, Any], now: float, leeway: float) -> Times:
    expires, issued, begins = (_moment(payload, name) for name in ("exp", "iat", "nbf"))
    if expires is None:
        raise InvalidTokenError("no end")
    if begins is not None and begins > now + leeway:
        raise InvalidTokenError("not yet valid")
    if issued is not None and issued > now + leeway:
        raise InvalidTokenError("issued in the future")
    if expires <= now - leeway:
        raise ExpiredTokenError("expired")
    return Times(expires, issued)


def _moment(payload: Mapping[str, Any], name: str) -> float | None:
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**53 or not math.isfinite(value):
        raise InvalidTokenError(f"{name} is no moment")
    return float(value)
