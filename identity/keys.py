"""The shop's own signing keys: what one is, and which of several signs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, OKPKey, RSAKey

OwnAlgorithm = Literal["EdDSA", "RS256"]
PrivateKey = OKPKey | RSAKey
#: a key's algorithm, by its kind
_ALGORITHMS: Final[Mapping[str, OwnAlgorithm]] = {"OKP": "EdDSA", "RSA": "RS256"}
_RSA_BITS: Final = 3072


class KeyFileError(Exception):
    """Keys that cannot be used, and why; nothing of a key is in it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair, and when it counts (Unix seconds): it signs from ``begins`` on, and is published until ``ends``.

    One that has an end signs no more: an end is set when a successor takes over.
    """

    kid: str
    algorithm: OwnAlgorithm
    key: PrivateKey = field(repr=False)
    begins: float
    ends: float | None = None

    def public(self) -> dict[str, Any]:
        """What others need to verify: a JWK (RFC 7517)."""
        found: dict[str, Any] = dict(self.key.as_dict(private=False))
        return {
            **{name: found[name] for name in ("kty", "crv", "x", "n", "e") if name in found},
            "kid": self.kid,
            "use": "sig",
            "alg": self.algorithm,
        }

    def stored(self) -> dict[str, Any]:
        """All of it, private half too: a JWK with ``nbf`` and ``exp``."""
        found: dict[str, Any] = {**self.public(), **dict(self.key.as_dict(private=True))}
        found |= {"kid": self.kid, "use": "sig", "alg": self.algorithm, "nbf": int(self.begins)}
        return found if self.ends is None else {**found, "exp": int(self.ends)}


class KeyRing:
    """Keys, by id. Which of them signs and which are published depends on the time."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        found = tuple(keys)
        self.by_kid: Mapping[str, SigningKey] = {key.kid: key for key in found}
        if len(self.by_kid) != len(found):
            raise KeyFileError("two keys have the same kid")

    def signing(self, now: float) -> SigningKey | None:
        """The youngest that has begun. An ended one may still do so while its successor has not begun."""
        begun = [key for key in self.published(now) if key.begins <= now]
        return max(begun, key=lambda key: (key.begins, key.ends is None, key.kid), default=None)

    def published(self, now: float) -> list[SigningKey]:
        """Those that somebody may still need, or will soon: successors are announced before they sign."""
        keys = sorted(self.by_kid.values(), key=lambda key: (-key.begins, key.kid))
        return [key for key in keys if key.ends is None or key.ends > now]


def generate(algorithm: OwnAlgorithm, begins: float) -> SigningKey:
    """A new key. Its id is its thumbprint (RFC 7638)."""
    key: PrivateKey = OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else RSAKey.generate_key(_RSA_BITS)
    return SigningKey(kid=key.thumbprint(), algorithm=algorithm, key=key, begins=begins)


def read_key(document: Any) -> SigningKey:
    """A key as `SigningKey.stored` writes it; ``kid`` and ``nbf`` may be missing. Raises `KeyFileError`."""
    if not isinstance(document, dict) or "kty" not in document:
        raise KeyFileError("not a JWK")
    if document["kty"] not in _ALGORITHMS:
        raise KeyFileError("not a private key of the kind OKP or RSA")
    values = dict(document)
    begins, ends = values.pop("nbf", 0), values.pop("exp", None)
    if not isinstance(begins, int | float) or not isinstance(ends, int | float | None):
        raise KeyFileError("nbf and exp are to be numbers")
    try:
        key = JWKRegistry.import_key(values)
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeyFileError("not a JWK that can be read") from None  # the cause would tell of the key
    if not isinstance(key, OKPKey | RSAKey) or not key.is_private:
        raise KeyFileError("not a private key of the kind OKP or RSA")
    return SigningKey(
        kid=key.kid or key.thumbprint(), algorithm=_checked(key, values), key=key, begins=begins, ends=ends
    )


def _checked(key: PrivateKey, values: Mapping[str, Any]) -> OwnAlgorithm:
    """The algorithm that the key is for."""
    if isinstance(key, OKPKey) and key.curve_name != "Ed25519":
        raise KeyFileError("an OKP key of another curve than Ed25519")
    if isinstance(key, RSAKey) and key.public_key.key_size < 2048:
        raise KeyFileError("an RSA key of less than 2048 bits")
    algorithm = _ALGORITHMS[key.key_type]
    if values.get("alg", algorithm) != algorithm:
        raise KeyFileError(f"a key of the kind {key.key_type} is for {algorithm} here")
    return algorithm


def ring_of(text: str | bytes) -> KeyRing:
    """The keys of a JWK set, or of a single JWK. Raises `KeyFileError`."""
    try:
        document = json.loads(text)
    except ValueError:
        raise KeyFileError("not JSON") from None
    entries = document.get("keys", [document]) if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise KeyFileError("not a JWK set")
    return KeyRing(read_key(entry) for entry in entries)
