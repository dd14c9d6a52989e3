"""What the storefront was told, kept in our own Redis: places, redirects, and pages that it is yet to forget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import uuid4

from cache.names import Names
from cache.redis_link import RedisLink
from cache.scripts import Script
from storefront.places import Kind, Places, kind_of

T = TypeVar("T")

#: seconds that Redis may take: tens of thousands of places are read at once
_SECONDS: Final = 10.0
#: likewise for one value, for which somebody waits
_ONE_SECONDS: Final = 1.0
#: arguments of one command
_AT_ONCE: Final = 2_000


#: KEYS: the pending pages. ARGV: path, mark
_DONE: Final = Script(
    "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end return 0",
    keys=1,
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A page that the storefront has to forget. ``mark``: of the change that made it so."""

    path: str
    mark: str

    @property
    def kind(self) -> Kind:
        """What stands there, or stood."""
        return kind_of(self.mark)


class Memory:
    """All methods raise `cache.redis_link.AwayError` while Redis is away."""

    def __init__(self, link: RedisLink, names: Names) -> None:
        self._link = link
        self._places = names.value("storefront:places")
        self._redirects = names.value("storefront:redirects")
        self._pending = names.value("storefront:pending")

    async def places(self, keys: Sequence[str] | None = None) -> dict[str, str]:
        """All places, or those with these names."""
        if keys is None:
            return await self._hash(self._places)
        found: dict[str, str] = {}
        for part in _parts(keys):
            values = await self._link.command(_SECONDS, "HMGET", self._places, *part)
            found |= {key: one.decode() for key, one in zip(part, values, strict=True) if one is not None}
        return found

    async def redirects(self) -> dict[str, str]:
        """From -> to."""
        return await self._hash(self._redirects)

    async def redirect(self, source: str) -> str | None:
        """Where one path leads."""
        target: bytes | None = await self._link.command(_ONE_SECONDS, "HGET", self._redirects, source)
        return None if target is None else target.decode()

    async def note(self, before: Places, after: Places, redirects: Mapping[str, str], known: Mapping[str, str]) -> None:
        """``before`` became ``after``; ``redirects`` are those now, ``known`` those before."""
        written = [(key, path) for key, path in after.items() if before.get(key) != path]
        await self._write(self._places, written, before.keys() - after.keys())
        changed = [(source, target) for source, target in redirects.items() if known.get(source) != target]
        await self._write(self._redirects, changed, known.keys() - redirects.keys())

    async def forget_later(self, pages: Mapping[str, Kind]) -> None:
        """The storefront has to forget these pages: path -> kind."""
        mark = uuid4().hex[:8]
        await self._write(self._pending, [(path, f"{kind}:{mark}") for path, kind in pages.items()], ())

    async def to_forget(self, most: int) -> list[Pending]:
        """Some of the pages that it has to forget."""
        answer = await self._link.command(_SECONDS, "HRANDFIELD", self._pending, most, "WITHVALUES")
        return [Pending(path.decode(), mark.decode()) for path, mark in _pairs(answer or ())]

    async def forgotten(self, page: Pending) -> None:
        """The storefront has forgotten the page; unless it has changed once more meanwhile."""
        await self._link.script(_SECONDS, _DONE, self._pending, page.path, page.mark)

    async def _hash(self, key: str) -> dict[str, str]:
        answer = await self._link.command(_SECONDS, "HGETALL", key)
        pairs = answer.items() if isinstance(answer, Mapping) else _pairs(answer)
        return {name.decode(): value.decode() for name, value in pairs}

    async def _write(self, key: str, values: Iterable[tuple[str, str]], gone: Iterable[str]) -> None:
        for part in _parts(list(values)):
            await self._link.command(_SECONDS, "HSET", key, *(one for pair in part for one in pair))
        for names in _parts(list(gone)):
            await self._link.command(_SECONDS, "HDEL", key, *names)


def _pairs(answer: Sequence[object]) -> list[tuple[bytes, bytes]]:
    """RESP 3 answers pairs, RESP 2 names and values in turn."""
    if answer and isinstance(answer[0], Sequence) and not isinstance(answer[0], bytes):
        return [(one[0], one[1]) for one in answer if isinstance(one, Sequence)]
    flat = [one for one in answer if isinstance(one, bytes)]
    return list(zip(flat[::2], flat[1::2], strict=True))


def _parts(listed: Sequence[T]) -> list[Sequence[T]]:
    return [listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE)]
