"""Answers on the wire: conditional requests, what caches on the way may keep, and compression."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from starlette.types import Send

from cache.policy import Policy, Scope
from cache.responses import Served, Source
from server.callers import Headers
from server.encodings import SMALLEST, Encodings, accepted
from server.entity_tags import named_tags

#: Who answers in `Cache-Status` (RFC 9211).
_NAME: Final = b"headless-odoo"
_STATUS: Final = {
    Source.HIT: _NAME + b"; hit",
    Source.STALE: _NAME + b"; hit; detail=stale",
    Source.ERROR: _NAME + b"; hit; detail=stale-if-error",
}
_STORED: Final = _NAME + b"; fwd=miss; stored"
_MISS: Final = _NAME + b"; fwd=miss"
_BYPASS: Final = _NAME + b"; fwd=bypass"
#: A CDN takes no more of them (bytes of the header); what has more tags is not for it.
_MOST_TAGS: Final = 8_000
#: what an answer that may be kept by others differs by: the website and the language come from these
_VARY_PUBLIC: Final = b"Accept-Encoding, Accept-Language, Resquest-Host"
_VARY_ROLE: Final = b"Accept-Encoding, Accept-Language, Resquest-Host, Authorization, Cookie"


class Reply(NamedTuple):
    """What is sent: the status, the headers as they go over the wire, and the body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> int:
        """Send it. Returns the status."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})
        return self.status


class Replies:
    """Makes replies of answers. ``limit``: bytes that compressed bodies may take."""

    def __init__(self, limit: int, *, clock: Callable[[], float]) -> None:
        self._encodings = Encodings(limit)
        self._clock = clock
        self._digests: OrderedDict[int, tuple[bytes, str]] = OrderedDict()
        self._digested_limit = limit
        self._digested = 0

    async def of(
        self, served: Served, policy: Policy, method: str, headers: Headers, *, cookies: Iterable[str] = ()
    ) -> Reply:
        """The reply to a request with this method and these headers. ``cookies``: values of ``Set-Cookie``."""
        lines = [(b"content-type", b"application/json"), (b"cache-status", _cache_status(served, policy))]
        lines += [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies]
        body, suffix = served.body, ""
        encoding = accepted(headers.get(b"accept-encoding", b"")) if len(body) >= SMALLEST else None
        if encoding is not None:
            suffix = f"-{encoding}"
            lines.append((b"content-encoding", encoding.encode()))
        if method == "POST":
            if served.entry is None:
                lines.append((b"cache-control", b"no-store"))
            if len(body) >= SMALLEST:
                lines.append((b"vary", b"Accept-Encoding"))
        else:
            etag = f'"{self._digest(body)}{suffix}"'.encode()
            lines += self._cacheable(served, policy, etag)
            if served.status == 200 and _matches(headers.get(b"if-none-match"), etag):
                return Reply(304, tuple(line for line in lines if line[0] not in _OF_A_BODY), b"")
        if encoding is not None:
            body = await self._encoded(served, encoding)
        return Reply(served.status, (*lines, (b"content-length", str(len(body)).encode())), body)

    async def close(self) -> None:
        await self._encodings.close()

    async def _encoded(self, served: Served, encoding: str) -> bytes:
        if served.entry is None:
            return await self._encodings.once(served.body, encoding)
        return await self._encodings.of_kept(self._digest(served.body), served.body, encoding)

    def _cacheable(self, served: Served, policy: Policy, etag: bytes) -> list[tuple[bytes, bytes]]:
        """What tells the client and the caches on the way how long the answer to a GET may be used."""
        entry = served.entry
        if served.status != 200 or entry is None or not policy.keeps:
            return [(b"cache-control", b"no-store")]
        if policy.scope is not Scope.PUBLIC:
            return [(b"etag", etag), (b"cache-control", b"private, no-cache"), (b"vary", _VARY_ROLE)]
        headers = [(b"etag", etag), (b"vary", _VARY_PUBLIC)]
        tags = ",".join(sorted(entry.tags)).encode()
        if len(tags) > _MOST_TAGS:
            return [*headers, (b"cache-control", b"public, no-cache")]
        left = max(0, int(entry.fresh_until - self._clock())) if served.source is not Source.ERROR else 0
        life = f"public, max-age=0, s-maxage={left}"
        if served.source is not Source.ERROR:
            life += f", stale-while-revalidate={policy.stale_while_revalidate}"
            life += f", stale-if-error={policy.stale_if_error}"
        return [*headers, (b"cache-control", life.encode()), (b"cache-tag", tags)]

    def _digest(self, body: bytes) -> str:
        """Stands for the contents; the same bytes object is looked at once."""
        known = self._digests.get(id(body))
        if known is not None and known[0] is body:
            return known[1]
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        self._digests[id(body)] = (body, digest)
        self._digested += len(body)
        while self._digested > self._digested_limit:
            _, (dropped, _) = self._digests.popitem(last=False)
            self._digested -= len(dropped)
        return digest


_OF_A_BODY: Final = frozenset({b"content-type", b"content-encoding"})


def _cache_status(served: Served, policy: Policy) -> bytes:
    if served.source is not Source.MISS:
        return _STATUS[served.source]
    if not policy.keeps:
        return _BYPASS
    return _MISS if served.entry is None else _STORED


def _matches(header: bytes | None, etag: bytes) -> bool:
    """Does If-None-Match name the tag? By weak comparison (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    names = named_tags(header.decode("latin-1"))
    return etag.decode() in names or "*" in names
