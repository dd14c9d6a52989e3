"""A token's parts, before anything in it is believed."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from identity.bearer_errors import InvalidTokenError

#: three parts, all there: five would be an encrypted token, an empty third one an unsigned token
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_MAX_KID: Final = 256


@dataclass(frozen=True, slots=True)
class Parsed:
    """A signed token, taken apart; nothing of it is verified.

    ``kind``: the header's ``typ``, in small letters and without ``application/``; empty when there is none.
    """

    token: str
    algorithm: str
    kid: str
    kind: str
    payload: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        issuer = self.payload.get("iss")
        if not isinstance(issuer, str):
            raise InvalidTokenError("no issuer")
        return issuer


def bearer_of(header: str | None) -> str | None:
    """The token in an ``Authorization`` header. None: there is no header, or it is of another scheme than Bearer."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def parse(token: str, max_bytes: int) -> Parsed:
    """Take a token apart. Raises `InvalidTokenError`; a token that is too long is not even looked at."""
    if len(token) > max_bytes:
        raise InvalidTokenError("too long")
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise InvalidTokenError("not three parts")
    header = _decode(match[1], "header")
    if "crit" in header or "b64" in header:
        raise InvalidTokenError("extensions that must be understood")
    return Parsed(
        token=token,
        algorithm=_word(header, "alg"),
        kid=_word(header, "kid"),
        kind=_kind(header),
        payload=_decode(match[2], "payload"),
    )


def _decode(part: str, what: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unrepeated, parse_constant=_no_number)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidTokenError(f"{what} cannot be read") from error
    if not isinstance(value, dict):
        raise InvalidTokenError(f"{what} is no object")
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two members they take, so neither is."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _word(header: Mapping[str, Any], name: str) -> str:
    value = header.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_KID or not value.isprintable():
        raise InvalidTokenError(f"no usable {name} in the header")
    return value


def _kind(header: Mapping[str, Any]) -> str:
    value = header.get("typ", "")
    if not isinstance(value, str):
        raise InvalidTokenError("no usable typ in the header")
    return value.lower().removeprefix("application/")
