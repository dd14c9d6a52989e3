"""Is a signature that of a key? joserfc answers; here stands which algorithms it may be asked for."""

from __future__ import annotations

from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from identity.bearer_errors import InvalidTokenError
from identity.bearer_parsing import Parsed
from identity.issuers import ASYMMETRIC
from identity.jwks import PublicKey

_MAX_BYTES: Final = 65_536


class _Registry(jws.JWSRegistry):
    """Knows the asymmetric algorithms alone. Headers that we do not use (jwk, jku, x5u …) mean nothing to it."""

    max_header_length = _MAX_BYTES
    max_payload_length = _MAX_BYTES
    max_signature_length = 2048

    def get_alg(self, name: str) -> Any:
        # joserfc's own warns of the name EdDSA, in favour of Ed25519 (RFC 9864); most others know EdDSA alone
        if name not in ASYMMETRIC:
            raise JoseError(f"not allowed: {name}")
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        """Done before: `identity.bearer_parsing`."""


REGISTRY: Final = _Registry(strict_check_header=False)


def check_signature(parsed: Parsed, key: PublicKey) -> None:
    """Raises `InvalidTokenError` unless the key has signed it with the algorithm that the token names.

    The key's kind decides which algorithms it is for: an RSA key never verifies ES256, and nothing verifies HS256.
    """
    if key.alg not in (None, parsed.algorithm):
        raise InvalidTokenError(f"the key is for {key.alg}, not for {parsed.algorithm}")
    try:
        jws.deserialize_compact(parsed.token, key, registry=REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidTokenError("wrong signature") from error
