"""What a verified token says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from identity.bearer_errors import InvalidTokenError
from identity.issuers import ClaimPath, ClaimPaths

_MAX_ROLES: Final = 512
_MAX_TEXT: Final = 512
_MAX_ID: Final = 2**31
_ABSENT: Final[tuple[Any, ...]] = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, as an issuer describes them. ``subject`` is unique within the issuer. Ids are Odoo's.

    ``roles``: sorted, without repetition. ``actor``: who acts for them, when it is not themselves.
    """

    subject: str
    roles: tuple[str, ...] = ()
    partner_id: int | None = None
    pricelist_id: int | None = None
    company_id: int | None = None
    language: str | None = None
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """A verified token: who, by whose word, and until when (Unix seconds). ``session``: the issuer's own session.

    ``payload``: all that the token says, under the issuer's names; not to be changed.
    """

    issuer: str
    principal: Principal
    expires: float
    issued: float | None = None
    token_id: str | None = None
    session: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def read_principal(payload: Mapping[str, Any], paths: ClaimPaths) -> Principal:
    """Raises `InvalidTokenError` when a claim is of another kind than it should be."""
    subject = _text(payload, paths.subject)
    if subject is None:
        raise InvalidTokenError("no subject")
    return Principal(
        subject=subject,
        roles=_texts(payload, paths.roles),
        partner_id=_id(payload, paths.partner_id),
        pricelist_id=_id(payload, paths.pricelist_id),
        company_id=_id(payload, paths.company_id),
        language=_text(payload, paths.language),
        email=_text(payload, paths.email),
        email_verified=walk(payload, paths.email_verified) is True,
        name=_text(payload, paths.name),
        actor=_text(payload, paths.actor),
    )


def walk(payload: Mapping[str, Any], path: ClaimPath) -> Any:
    """The value at the path; None where there is none."""
    value: Any = payload
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _odd(path: ClaimPath) -> InvalidTokenError:
    return InvalidTokenError(f"claim of an odd kind: {'.'.join(path)}")


def _text(payload: Mapping[str, Any], path: ClaimPath) -> str | None:
    value = walk(payload, path)
    if value in _ABSENT:
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT or not value.isprintable():
        raise _odd(path)
    return value


def _texts(payload: Mapping[str, Any], path: ClaimPath) -> tuple[str, ...]:
    value = walk(payload, path)
    if value in _ABSENT:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or len(values) > _MAX_ROLES:
        raise _odd(path)
    if not all(isinstance(one, str) and 0 < len(one) <= _MAX_TEXT and one.isprintable() for one in values):
        raise _odd(path)
    return tuple(sorted(set(values)))


def _id(payload: Mapping[str, Any], path: ClaimPath) -> int | None:
    value = walk(payload, path)
    if value in _ABSENT:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _MAX_ID:
        raise _odd(path)
    return value
