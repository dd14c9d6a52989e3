"""An issuer's public keys: read from it, kept while it is away, and read again when it has new ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.util import base64_to_int

from identity.issuers import Issuer
from identity.issuers_discovery import Discovery
from identity.oidc_http import Http, HttpError

log = structlog.get_logger(__name__)

#: keys of pairs; shared secrets are never among them
PublicKey = RSAKey | ECKey | OKPKey
_MIN_RSA_BITS: Final = 2048
_MAX_RSA_BITS: Final = 8192
_MAX_KEYS: Final = 64


class UnknownKeyError(Exception):
    """The issuer has no such key."""


class KeysAwayError(Exception):
    """The issuer cannot be asked, and nothing that is still good is known."""


class KeySource(Protocol):
    """The keys of one issuer, by their ids."""

    def known(self, kid: str) -> PublicKey | None:
        """The key as this process knows it; no waiting. The same object as before unless the key has changed."""
        ...

    async def find(self, kid: str) -> PublicKey:
        """The key, asking the issuer if need be. Raises `UnknownKeyError` or `KeysAwayError`."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """Seconds, but for ``burst``.

    ``fresh``: after that keys are read again in the background. ``stale``: for so long after the last good answer they
    count while the issuer is away. ``retry``: at least so long between a failed try and the next. ``unknown``: one look
    for an unknown key in so long a time, ``burst`` of them at once.
    """

    fresh: float = 300.0
    stale: float = 86_400.0
    retry: float = 5.0
    unknown: float = 10.0
    burst: int = 3


class RemoteKeys:
    """A `KeySource` that reads the key set of an OpenID provider.

    A known key is never a reason to ask again, however wrong the signature: only an unknown id is, and seldom.
    """

    def __init__(
        self,
        issuer: Issuer,
        http: Http,
        discovery: Discovery,
        *,
        limits: KeyLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._discovery = discovery
        self._limits = limits or KeyLimits()
        self._clock = clock
        self._keys: Mapping[str, PublicKey] = {}
        self._read = float("-inf")
        self._failed: float | None = None
        self._allowance = float(self._limits.burst)
        self._counted = clock()
        self._task: asyncio.Task[None] | None = None

    def known(self, kid: str) -> PublicKey | None:
        age = self._clock() - self._read
        if age >= self._limits.fresh and self._may_retry():
            self._start()
        return self._keys.get(kid) if age < self._limits.stale else None

    async def find(self, kid: str) -> PublicKey:
        key = self.known(kid)
        if key is not None:
            return key
        if self._task is None and self._may_retry() and (not self._usable() or self._take()):
            self._start()
        if self._task is not None:
            await asyncio.shield(self._task)
        if self._usable() and (key := self._keys.get(kid)) is not None:
            return key
        if self._failed is not None or not self._usable():
            raise KeysAwayError
        raise UnknownKeyError

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _usable(self) -> bool:
        return self._clock() - self._read < self._limits.stale

    def _may_retry(self) -> bool:
        return self._failed is None or self._clock() - self._failed >= self._limits.retry

    def _take(self) -> bool:
        """One of the looks for unknown keys, if any is left."""
        now = self._clock()
        grown = self._allowance + (now - self._counted) / self._limits.unknown
        self._allowance, self._counted = min(float(self._limits.burst), grown), now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _start(self) -> None:
        """Read the keys, unless that is being done."""
        if self._task is None:
            self._task = asyncio.create_task(self._fetch())
            self._task.add_done_callback(self._done)

    def _done(self, _: asyncio.Task[None]) -> None:
        self._task = None

    async def _fetch(self) -> None:
        try:
            found = await self._published()
        except HttpError as error:
            self._failed = self._clock()
            self._discovery.forget()
            log.warning("issuer.keys_unavailable", issuer=self._issuer.name, reason=str(error))
            return
        added, gone = sorted(set(found) - set(self._keys)), sorted(set(self._keys) - set(found))
        if added or gone:
            log.info("issuer.keys", issuer=self._issuer.name, added=added, gone=gone)
        self._keys, self._read, self._failed = found, self._clock(), None

    async def _published(self) -> Mapping[str, PublicKey]:
        url = self._issuer.jwks_url or (await self._discovery.metadata()).jwks_uri
        found = read_keys(await self._http.get_json(url), before=self._keys)
        if not found:
            raise HttpError("no usable key in the set")
        return found


def read_keys(document: Any, before: Mapping[str, PublicKey] | None = None) -> dict[str, PublicKey]:
    """The keys of a JWK set that can verify signatures, by id. What is of no use to us is left out, not complained of.

    A key that is among ``before`` unchanged stays the same object. An id that two keys have belongs to neither.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, PublicKey] = {}
    twice: set[str] = set()
    for entry in (entries if isinstance(entries, list) else [])[:_MAX_KEYS]:
        key = _read_key(entry)
        if key is None or key.kid is None:
            continue
        if key.kid in found:
            twice.add(key.kid)
        old = (before or {}).get(key.kid)
        found[key.kid] = old if old is not None and old == key else key
    return {kid: key for kid, key in found.items() if kid not in twice}


def _read_key(entry: Any) -> PublicKey | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
        return None
    if entry.get("kty") not in ("RSA", "EC", "OKP") or entry.get("use", "sig") != "sig":
        return None
    if "key_ops" in entry and entry["key_ops"] != ["verify"]:
        return None
    # of a private key (somebody published it by mistake) only the public half is taken
    public = {name: value for name, value in entry.items() if name in _PUBLIC_MEMBERS}
    try:
        key = JWKRegistry.import_key(public) if _is_strong(public) else None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, PublicKey) else None


def _is_strong(entry: Mapping[str, Any]) -> bool:
    """Long enough to be safe, and short enough to be quick; curves are long enough all of them."""
    return entry["kty"] != "RSA" or _MIN_RSA_BITS <= base64_to_int(entry["n"]).bit_length() <= _MAX_RSA_BITS


_PUBLIC_MEMBERS: Final = frozenset({"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"})
