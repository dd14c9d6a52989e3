"""Sessions in one process, for where there is no Redis: they end with it."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from identity.identity import Identity
from identity.sessions import Life, NewSession, Session, session_indexes

#: so many are kept; of more, those end that were not used for the longest time
_MOST: Final = 100_000


@dataclass(slots=True)
class _Kept:
    identity: Identity
    issuer: str
    sid: str
    sub: str
    indexes: tuple[str, ...]
    life: Life
    created: float
    seen: float
    facts_at: float
    values: dict[str, str]

    @property
    def ends(self) -> float:
        return min(self.seen + self.life.idle, self.created + self.life.most)


class MemorySessions:
    """An `identity.sessions.SessionBackend`. ``clock``: Unix seconds."""

    def __init__(self, *, most: int = _MOST, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # the longest unused first
        self._indexes: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._renewed = 0.0

    async def find(self, digest: str, *, patient: bool = False) -> Session | None:  # noqa: ARG002  # never waits
        kept = self._living(digest)
        if kept is None:
            return None
        kept.seen = self._clock()
        self._kept.move_to_end(digest)
        return self._told(digest, kept)

    async def exists(self, digest: str) -> bool:
        return self._living(digest) is not None

    async def begin(self, digest: str, new: NewSession, old: str | None) -> Session:
        now = self._clock()
        before = None if old is None else self._living(old)
        values = {} if before is None else before.values
        if old is not None:
            self._forget(old)
        identity = structs.replace(new.identity, session=None)
        kept = _Kept(
            identity,
            new.issuer,
            new.sid,
            new.sub,
            new.indexes,
            new.life,
            now,
            now,
            now - new.age,
            {**values, **new.values},
        )
        self._kept[digest] = kept
        for index in kept.indexes:
            self._indexes[index][digest] = None
        self._make_room()
        return self._told(digest, kept)

    async def set_identity(self, session: Session, identity: Identity, age: float) -> bool:
        kept = self._living(session.digest)
        if kept is None or kept.indexes != session_indexes(identity, kept.issuer, kept.sid, kept.sub):
            return False
        kept.identity = structs.replace(identity, session=None)
        kept.facts_at = self._clock() - age
        return True

    async def set_values(self, digest: str, values: Mapping[str, str | None]) -> bool:
        kept = self._living(digest)
        if kept is None:
            return False
        merged = {**kept.values, **values}
        kept.values = {name: value for name, value in merged.items() if value is not None}
        return True

    async def end(self, digest: str) -> bool:
        living = self._living(digest) is not None
        self._forget(digest)
        return living

    async def end_all(self, index: str, keep: str | None) -> list[str]:
        ended = [one for one in self._indexes.get(index, ()) if one != keep and self._living(one) is not None]
        for digest in ended:
            self._forget(digest)
        return ended

    async def renew_facts(self) -> None:
        self._renewed = self._clock()

    def _living(self, digest: str) -> _Kept | None:
        kept = self._kept.get(digest)
        return kept if kept is not None and kept.ends > self._clock() else None

    def _forget(self, digest: str) -> None:
        kept = self._kept.pop(digest, None)
        for index in () if kept is None else kept.indexes:
            self._indexes[index].pop(digest, None)
            if not self._indexes[index]:
                del self._indexes[index]

    def _make_room(self) -> None:
        """Drop those that ended, as far as they come first, and what is too much."""
        while self._kept:
            digest = next(iter(self._kept))
            if len(self._kept) <= self._most and self._living(digest) is not None:
                return
            self._forget(digest)

    def _told(self, digest: str, kept: _Kept) -> Session:
        return Session(
            digest=digest,
            identity=structs.replace(kept.identity, session=digest),
            issuer=kept.issuer,
            sid=kept.sid,
            created=kept.created,
            seen=kept.seen,
            lasts=kept.ends - self._clock(),
            facts_at=kept.facts_at,
            facts_before=self._renewed,
            values=dict(kept.values),
            sub=kept.sub,
        )
