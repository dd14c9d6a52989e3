"""Sessions in Redis, shared by all processes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from cache.names import Names
from cache.redis_link import Argument, AwayError, RedisLink
from cache.scripts import Script
from identity import session_scripts as scripts
from identity.identity import Identity
from identity.sessions import DAY, NewSession, Session, SessionsUnavailableError, session_indexes

#: Seconds. Who is not found in time is a guest for that request, so this is long for Redis: a process that renders
#: pages on a busy machine hears it a third of a second late now and then.
READ_SECONDS: Final = 1.0
#: where nothing else will do: who wants to change something, and what changes the session itself
CHANGE_SECONDS: Final = 2.5
#: for so long it is known when all facts were renewed: no session has facts that are older
_REMEMBERED: Final = 400 * DAY


class _Kept(Struct, frozen=True, array_like=True):
    """What ``data`` is, of any version of this: a field more goes to the end, with a default."""

    identity: Identity
    issuer: str
    sid: str
    sub: str = ""


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Kept)


class RedisSessions:
    """An `identity.sessions.SessionBackend`.

    ``seconds``: how long Redis may take to find a session; ``patience``: to change one, or find one that is needed.
    """

    def __init__(
        self, link: RedisLink, names: Names, *, seconds: float = READ_SECONDS, patience: float = CHANGE_SECONDS
    ) -> None:
        self._link = link
        self._seconds = seconds
        self._patience = max(seconds, patience)
        self._prefix = names.value("session:")
        self._index_prefix = names.value("sessions-of:")
        self._renewed = names.value("sessions-renewed")

    async def find(self, digest: str, *, patient: bool = False) -> Session | None:
        seconds = self._patience if patient else self._seconds
        found = await self._run(scripts.FIND, self._prefix + digest, self._renewed, seconds=seconds)
        return self._read(digest, found)

    async def exists(self, digest: str) -> bool:
        try:
            return bool(await self._link.command(self._seconds, "EXISTS", self._prefix + digest))
        except AwayError as error:
            raise SessionsUnavailableError("Redis is away") from error

    async def begin(self, digest: str, new: NewSession, old: str | None) -> Session:
        session = self._read(
            digest,
            await self._run(
                scripts.BEGIN,
                self._prefix + digest,
                self._renewed,
                self._prefix + (old or digest),
                digest,
                old or "",
                _milliseconds(new.life.idle),
                _milliseconds(new.life.most),
                _encode(new.identity, new.issuer, new.sid, new.sub),
                self._indexes(new.indexes),
                _ago(new.age),
                *(part for pair in new.values.items() for part in pair),
            ),
        )
        if session is None:
            raise SessionsUnavailableError("Redis did not keep the session")
        return session

    async def set_identity(self, session: Session, identity: Identity, age: float) -> bool:
        indexes = self._indexes(session_indexes(identity, session.issuer, session.sid, session.sub))
        data = _encode(identity, session.issuer, session.sid, session.sub)
        return bool(await self._run(scripts.SET_IDENTITY, self._prefix + session.digest, indexes, data, _ago(age)))

    async def set_values(self, digest: str, values: Mapping[str, str | None]) -> bool:
        pairs = {name: value for name, value in values.items() if value is not None}
        arguments: list[Argument] = [len(pairs)]
        arguments += [part for pair in pairs.items() for part in pair]
        arguments += [name for name, value in values.items() if value is None]
        return bool(await self._run(scripts.SET_VALUES, self._prefix + digest, *arguments))

    async def end(self, digest: str) -> bool:
        return bool(await self._run(scripts.END, self._prefix + digest, digest))

    async def end_all(self, index: str, keep: str | None) -> list[str]:
        ended = await self._run(scripts.END_ALL, self._index_prefix + index, self._prefix, keep or "")
        return [digest.decode() for digest in ended]

    async def renew_facts(self) -> None:
        await self._run(scripts.RENEW, self._renewed, _milliseconds(_REMEMBERED))

    async def _run(self, script: Script, *arguments: Argument, seconds: float | None = None) -> Any:
        try:
            return await self._link.script(seconds or self._patience, script, *arguments)
        except AwayError as error:
            raise SessionsUnavailableError("Redis is away") from error

    def _indexes(self, names: Iterable[str]) -> str:
        return "\n".join(self._index_prefix + name for name in names)

    def _read(self, digest: str, answer: Any) -> Session | None:
        """What a script says of a session. One that another version of this wrote, and that is not understood: none."""
        if not answer:
            return None
        now, ends, renewed, flat = answer
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        try:
            kept = _DECODER.decode(fields[b"data"])
        except msgspec.DecodeError:
            return None
        return Session(
            digest=digest,
            identity=structs.replace(kept.identity, session=digest),
            issuer=kept.issuer,
            sid=kept.sid,
            created=_seconds(fields[b"created"]),
            seen=_seconds(fields[b"seen"]),
            lasts=(ends - now) / 1000,
            facts_at=_seconds(fields[b"facts"]),
            facts_before=_seconds(renewed or 0),
            values={name[2:].decode(): value.decode() for name, value in fields.items() if name.startswith(b"v:")},
            sub=kept.sub,
        )


def _encode(identity: Identity, issuer: str, sid: str, sub: str) -> bytes:
    return _ENCODER.encode(_Kept(structs.replace(identity, session=None), issuer, sid, sub))


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def _ago(seconds: float) -> int:
    return max(0, math.ceil(seconds * 1000))


def _seconds(milliseconds: bytes | int) -> float:
    return int(milliseconds) / 1000
