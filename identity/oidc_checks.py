"""What the messages of an OpenID provider must say beyond their signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

from identity.bearer import Verified
from identity.bearer_checks import audience_of
from identity.bearer_errors import InvalidTokenError

#: a logout token is posted as soon as it is made (seconds)
LOGOUT_AGE: Final = 300.0
#: by the end of an algorithm's name; Ed25519 hashes with SHA-512
_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "256": hashlib.sha256,
    "384": hashlib.sha384,
    "512": hashlib.sha512,
    "DSA": hashlib.sha512,
    "519": hashlib.sha512,
}


def check_id_token(verified: Verified, client_id: str, nonce: str | None, access_token: str) -> None:
    """OpenID Connect Core 3.1.3.7: made for this client alone, for this very login, and beside this access token.

    ``nonce``: None after a refresh, where none is promised. Raises `InvalidTokenError`.
    """
    payload = verified.payload
    if nonce is not None and not _same(payload.get("nonce"), nonce):
        raise InvalidTokenError("id token with another nonce")
    authorized = payload.get("azp")
    if authorized != client_id and (authorized is not None or len(audience_of(payload)) > 1):
        raise InvalidTokenError("id token for another client")
    if "at_hash" in payload and not _same(payload["at_hash"], _half_hash(verified.algorithm, access_token)):
        raise InvalidTokenError("id token beside another access token")


def read_logout(verified: Verified, now: float) -> tuple[str, str | None, str | None]:
    """OpenID Connect Back-Channel Logout 1.0, 2.6: (jti, the issuer's session, subject); one of the two is there."""
    payload = verified.payload
    if "nonce" in payload:
        raise InvalidTokenError("logout token with a nonce")
    if verified.times.issued is None or verified.times.issued < now - LOGOUT_AGE:
        raise InvalidTokenError("logout token without a time, or too old")
    token_id, session, subject = (_text(payload, name) for name in ("jti", "sid", "sub"))
    if token_id is None or (session is None and subject is None):
        raise InvalidTokenError("logout token without jti, or of nobody")
    return token_id, session, subject


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    value = payload.get(name)
    if value is not None and not (isinstance(value, str) and 0 < len(value) <= 512):
        raise InvalidTokenError(f"logout token with an odd {name}")
    return value


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())


def _half_hash(algorithm: str, token: str) -> str:
    digest: bytes = _HASHES[algorithm[-3:]](token.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
