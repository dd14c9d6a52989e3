"""Tokens of the issuers we trust, verified."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import structlog

from identity.bearer_checks import Expected, Times, check
from identity.bearer_claims import Claims, Principal, read_principal, walk
from identity.bearer_errors import InvalidTokenError, TokenError, UnverifiableTokenError
from identity.bearer_parsing import Parsed, parse
from identity.bearer_signatures import check_signature
from identity.issuers import Issuer, distinct
from identity.jwks import KeysAwayError, KeySource, PublicKey, UnknownKeyError

log = structlog.get_logger(__name__)

#: kinds that ID tokens have; OpenID Connect asks for none
_ID_TOKEN_KINDS: Final = frozenset({"", "jwt"})
_LOGOUT_TOKEN_KINDS: Final = frozenset({"", "jwt", "logout+jwt"})


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer, and where its keys are found."""

    issuer: Issuer
    keys: KeySource


@dataclass(frozen=True, slots=True)
class Verified:
    """A token with a good signature, and all that was asked for."""

    issuer: Issuer
    payload: Mapping[str, Any]
    algorithm: str
    times: Times


@dataclass(frozen=True, slots=True)
class _Kept:
    claims: Claims
    until: float
    kid: str
    key: PublicKey
    keys: KeySource


class Verifier:
    """Verifies tokens. All its methods raise `TokenError` alone, and log the reason.

    ``max_bytes``: longer tokens are refused unread. ``kept``: so many verified tokens are remembered, each until it
    ends, or until its issuer no longer has the key that signed it.
    """

    def __init__(
        self,
        trusted: Iterable[Trusted],
        *,
        max_bytes: int = 8192,
        kept: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        found = tuple(trusted)
        distinct(one.issuer for one in found)
        self._trusted = {one.issuer.issuer: one for one in found}
        self._bearers = {one.issuer.issuer: _bearer(one.issuer) for one in found}
        self._max_bytes = max_bytes
        self._max_kept = kept
        self._clock = clock
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def remembered(self, token: str) -> Claims | None:
        """What `bearer` would return for a token that was verified before; no waiting."""
        if len(token) > self._max_bytes:
            return None
        digest = _digest(token)
        entry = self._kept.get(digest)
        if entry is None:
            return None
        if entry.until <= self._clock() or entry.keys.known(entry.kid) is not entry.key:
            del self._kept[digest]
            return None
        self._kept.move_to_end(digest)
        return entry.claims

    async def bearer(self, token: str) -> Claims:
        """Who sends this access token."""
        claims = self.remembered(token)
        if claims is not None:
            return claims
        try:
            return await self._bearer(token)
        except TokenError as error:
            raise _logged(error) from error.__cause__

    async def id_token(self, token: str, issuer: str) -> Verified:
        """An ID token that this issuer has made for the shop as its client; nonce and azp are still to be checked."""
        return await self._message(token, issuer, _ID_TOKEN_KINDS, event=False)

    async def logout_token(self, token: str, issuer: str | None = None) -> Verified:
        """A logout token for the shop, of this issuer or of any; ``jti`` and the rest are still to be checked."""
        return await self._message(token, issuer, _LOGOUT_TOKEN_KINDS, event=True)

    def principal(self, verified: Verified) -> Principal:
        """Who a verified token is about."""
        return read_principal(verified.payload, verified.issuer.claims)

    async def close(self) -> None:
        for one in self._trusted.values():
            await one.keys.close()

    async def _bearer(self, token: str) -> Claims:
        parsed = parse(token, self._max_bytes)
        trusted = self._of(parsed)
        key = await self._key(parsed, trusted)
        times = check(parsed, self._bearers[trusted.issuer.issuer], now=self._clock(), leeway=trusted.issuer.leeway)
        claims = claims_of(Verified(trusted.issuer, parsed.payload, parsed.algorithm, times))
        self._keep(token, _Kept(claims, times.expires + trusted.issuer.leeway, parsed.kid, key, trusted.keys))
        return claims

    async def _message(self, token: str, issuer: str | None, kinds: frozenset[str], *, event: bool) -> Verified:
        try:
            parsed = parse(token, self._max_bytes)
            trusted = self._of(parsed)
            client = trusted.issuer.client
            if client is None or (issuer is not None and issuer != trusted.issuer.issuer):
                raise InvalidTokenError("of another issuer than the one asked")
            await self._key(parsed, trusted)
            expected = Expected(kinds=kinds, audience=frozenset({client.client_id}), event=event)
            times = check(parsed, expected, now=self._clock(), leeway=trusted.issuer.leeway)
            return Verified(trusted.issuer, parsed.payload, parsed.algorithm, times)
        except TokenError as error:
            raise _logged(error) from error.__cause__

    def _of(self, parsed: Parsed) -> Trusted:
        trusted = self._trusted.get(parsed.issuer)
        if trusted is None:
            raise InvalidTokenError("of an issuer that is not trusted")
        if parsed.algorithm not in trusted.issuer.algorithms:
            raise InvalidTokenError(f"algorithm not allowed: {parsed.algorithm[:32]!r}")
        return trusted

    async def _key(self, parsed: Parsed, trusted: Trusted) -> PublicKey:
        """The key that signed it."""
        try:
            key = await trusted.keys.find(parsed.kid)
        except UnknownKeyError as error:
            raise InvalidTokenError(f"unknown key of {trusted.issuer.name}: {parsed.kid!r}") from error
        except KeysAwayError as error:
            raise UnverifiableTokenError(f"the keys of {trusted.issuer.name} cannot be had") from error
        check_signature(parsed, key)
        return key

    def _keep(self, token: str, entry: _Kept) -> None:
        self._kept[_digest(token)] = entry
        while len(self._kept) > self._max_kept:
            self._kept.popitem(last=False)


def claims_of(verified: Verified) -> Claims:
    """What a verified token says, in our words. Raises `InvalidTokenError` for claims of an odd kind."""
    payload, paths = verified.payload, verified.issuer.claims
    token_id, session = payload.get("jti"), walk(payload, paths.session)
    return Claims(
        issuer=verified.issuer.issuer,
        principal=read_principal(payload, paths),
        expires=verified.times.expires,
        issued=verified.times.issued,
        token_id=token_id if isinstance(token_id, str) else None,
        session=session if isinstance(session, str) else None,
        payload=payload,
    )


def _bearer(issuer: Issuer) -> Expected:
    return Expected(
        kinds=frozenset(kind.lower() for kind in issuer.types),
        audience=frozenset(issuer.audience),
        required=issuer.required,
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _logged(error: TokenError) -> TokenError:
    log.info("token.refused", code=error.code, reason=error.reason)
    return error
