"""Tokens of the shop's own: short-lived, and verifiable by whoever reads ``/.well-known/jwks.json``."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from identity.bearer_claims import Principal
from identity.bearer_signatures import REGISTRY
from identity.issuers import Issuer
from identity.jwks import KeysAwayError, PublicKey, UnknownKeyError
from identity.keys import KeyFileError, KeyRing

#: RFC 9068: so that no other kind of token passes for one of ours
_KIND: Final = "at+jwt"
#: seconds between two looks for changed keys
_LOOK: Final = 5.0


class OwnKeys:
    """The shop's keys as they are now: to sign with, to publish, and (a `KeySource`) to verify with.

    ``ring``: gives the keys; it is asked every few seconds, and when an unknown key id comes up.
    """

    def __init__(self, ring: Callable[[], KeyRing], *, clock: Callable[[], float] = time.time) -> None:
        self._read = ring
        self._clock = clock
        self._looked = float("-inf")
        self._ring = KeyRing(())
        self._public: dict[str, PublicKey] = {}

    def ring(self) -> KeyRing:
        """Raises `KeyFileError` if there never were usable keys."""
        if abs(self._clock() - self._looked) >= _LOOK:
            self.look()
        return self._ring

    def look(self) -> KeyRing:
        """Read the keys again, however short a time ago that was done."""
        found = self._read()
        self._looked = self._clock()
        if found is not self._ring:
            known = {kid: key for kid, key in self._public.items() if self._same(found, kid)}
            self._ring, self._public = found, known
        return self._ring

    def known(self, kid: str) -> PublicKey | None:
        now = self._clock()
        try:
            published = self.ring().published(now)
        except KeyFileError:
            return None
        if not any(key.kid == kid for key in published):
            return None
        if kid not in self._public:
            key = JWKRegistry.import_key(self._ring.by_kid[kid].public())
            assert isinstance(key, RSAKey | ECKey | OKPKey)  # noqa: S101  # no other can sign
            self._public[kid] = key
        return self._public[kid]

    async def find(self, kid: str) -> PublicKey:
        try:
            key = self.known(kid)
            if key is None:
                self.look()  # a stat per file: cheap enough for every stranger's token
                key = self.known(kid)
        except KeyFileError as error:
            raise KeysAwayError from error
        if key is None:
            raise UnknownKeyError
        return key

    async def close(self) -> None:
        """Nothing is held open."""

    def _same(self, found: KeyRing, kid: str) -> bool:
        before, now = self._ring.by_kid.get(kid), found.by_kid.get(kid)
        return before is not None and now is not None and before.public() == now.public()


class Signer:
    """Signs what is known of somebody. ``seconds``: how long a token lives. ``audience``: who is to take it."""

    def __init__(
        self,
        keys: OwnKeys,
        *,
        issuer: str,
        audience: tuple[str, ...],
        seconds: float = 300.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = list(audience)
        self._seconds = seconds
        self._clock = clock

    @property
    def seconds(self) -> float:
        return self._seconds

    def to(self, *audience: str) -> Signer:
        """Signs with the same keys, for somebody else."""
        return Signer(self._keys, issuer=self._issuer, audience=audience, seconds=self._seconds, clock=self._clock)

    def sign(self, principal: Principal, *, session: str | None = None) -> str:
        """A token that says who they are; ``session`` goes into ``sid``. Raises `KeyFileError` without a key."""
        now = self._clock()
        key = self._keys.ring().signing(now)
        if key is None:
            raise KeyFileError("no key to sign with")
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + self._seconds),
            "jti": uuid.uuid4().hex,
            "sid": session,
            **_told(principal),
        }
        header = {"alg": key.algorithm, "kid": key.kid, "typ": _KIND}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, given, key.key, registry=REGISTRY)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys, as ``/.well-known/jwks.json`` gives them. Raises `KeyFileError`."""
        now = self._clock()
        return {"keys": [key.public() for key in self._keys.ring().published(now)]}

    def as_issuer(self, name: str = "shop") -> Issuer:
        """How to read these tokens: the shop is one more issuer."""
        return Issuer(
            name=name,
            issuer=self._issuer,
            audience=tuple(self._audience),
            algorithms=("EdDSA", "RS256"),
            types=(_KIND,),
            leeway=5.0,
            insecure=True,
        )


def _told(principal: Principal) -> dict[str, Any]:
    """The claims, named as `identity.issuers.ClaimPaths` names them unless told otherwise."""
    return {
        "sub": principal.subject,
        "roles": list(principal.roles),
        "partner_id": principal.partner_id,
        "pricelist": principal.pricelist_id,
        "company_id": principal.company_id,
        "locale": principal.language,
        "email": principal.email,
        "email_verified": principal.email_verified if principal.email else None,
        "name": principal.name,
        "act": {"sub": principal.actor} if principal.actor else None,
    }
