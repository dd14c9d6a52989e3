"""The shop's own sessions: an opaque id in a cookie stands for who asks.

Only the SHA-256 of an id is kept, so what is kept lets nobody in. Where they are kept is a `SessionBackend`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from msgspec import structs

from cache.store import Store
from identity.identity import GUEST, Identity

_SESSION_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BYTES: Final = 32
DAY: Final = 86_400.0
SESSION_TAG: Final = "session:"
#: what is invalidated when what is known of everybody counts as old
_ALL: Final = "sessions"


class SessionsUnavailableError(Exception):
    """Redis is away: nobody can be signed in or out, and no session begun or changed."""


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds: a session ends when it was not used for ``idle``, and ``most`` after it began in any case."""

    idle: float
    most: float


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long the sessions of guests, of customers and of staff acting for customers live."""

    guest: Life = Life(14 * DAY, 60 * DAY)
    customer: Life = Life(7 * DAY, 30 * DAY)
    acting: Life = Life(DAY / 48, DAY / 3)

    def of(self, identity: Identity) -> Life:
        if identity.acted_by is not None:
            return self.acting
        return self.guest if identity.is_guest else self.customer


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was found. Moments are Unix seconds, by the clock of where it is kept.

    ``issuer``, ``sid``, ``sub``: of the token it was begun with, if any: the issuer's session, and whom it means.
    ``seen``: when it was last used, more or less.
    ``lasts``: seconds until it ends unless it is used. ``facts_at``: when what the identity tells was read;
    ``facts_before``: what was read before that is to be read again. ``values``: small things the shop keeps for the
    visitor, such as which cart is theirs.
    """

    digest: str
    identity: Identity
    issuer: str
    sid: str
    created: float
    seen: float
    lasts: float
    facts_at: float
    facts_before: float
    values: Mapping[str, str]
    sub: str = ""

    def facts_are_old(self, now: float, seconds: float) -> bool:
        """Is it time to ask again who they are? At the latest ``seconds`` after it was asked last."""
        return self.facts_at + seconds <= now or self.facts_at < self.facts_before


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a session begins with. ``age``: how many seconds ago somebody began to ask for what the identity tells."""

    identity: Identity
    issuer: str
    sid: str
    life: Life
    values: Mapping[str, str]
    age: float = 0.0
    sub: str = ""

    @property
    def indexes(self) -> tuple[str, ...]:
        return session_indexes(self.identity, self.issuer, self.sid, self.sub)


def session_indexes(identity: Identity, issuer: str, sid: str, sub: str = "") -> tuple[str, ...]:
    """By which a session can be ended with others.

    Its customer, the staff acting for them, the issuer's session, and the person by the issuer's name for them.
    """
    actor = identity.acted_by
    partners = {identity.partner_id, None if actor is None else actor.partner_id}
    return (
        *(partner_index(one) for one in sorted(one for one in partners if one is not None)),
        *([issuer_index(issuer, sid)] if sid else []),
        *([subject_index(issuer, sub)] if sub else []),
    )


class SessionBackend(Protocol):
    """Keeps sessions by digest. Each method is one atomic step, and raises `SessionsUnavailableError` if it cannot."""

    async def find(self, digest: str, *, patient: bool = False) -> Session | None:
        """The session, used now: its idle life begins anew. ``patient``: rather wait longer than not know."""
        ...

    async def exists(self, digest: str) -> bool:
        """Is there such a session? It is not used by that."""
        ...

    async def begin(self, digest: str, new: NewSession, old: str | None) -> Session:
        """Begin one; the session ``old``, if it is there, ends, and its values go over."""
        ...

    async def set_identity(self, session: Session, identity: Identity, age: float) -> bool:
        """What is known of the same person, asked for ``age`` seconds ago.

        False: there is no such session, or its indexes would be others.
        """
        ...

    async def set_values(self, digest: str, values: Mapping[str, str | None]) -> bool:
        """Set values, or drop those that are None. False: there is no such session."""
        ...

    async def end(self, digest: str) -> bool:
        """False: there was none."""
        ...

    async def end_all(self, index: str, keep: str | None) -> list[str]:
        """End all of the index but ``keep``; their digests."""
        ...

    async def renew_facts(self) -> None:
        """What is known of all people by now counts as old."""
        ...


@dataclass(frozen=True, slots=True)
class Issued:
    """A session just begun, and its id: for the visitor's cookie alone."""

    session_id: str = field(repr=False)
    session: Session


class Sessions:
    """Finds, begins and ends sessions.

    What was found is remembered in the process for ``memo_seconds``, and forgotten in all processes when the session
    ends or changes: by the ``store``'s invalidations, under the tag ``session:<digest>``.
    """

    def __init__(
        self,
        backend: SessionBackend,
        store: Store,
        *,
        lifetimes: Lifetimes = Lifetimes(),
        memo_seconds: float = 3.0,
        memo_size: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._store = store
        self._lifetimes = lifetimes
        self._memo_seconds = memo_seconds
        self._memo_size = memo_size
        self._clock = clock
        self._memo: OrderedDict[str, tuple[float, Session]] = OrderedDict()
        self._generation = 0
        store.on_invalidated(self._heard)

    async def find(self, session_id: str | None, *, needed: bool = False) -> Session | None:
        """The session of an id as a client sent it; None for a guest without one.

        At most one round trip, and none for what was found a moment ago. When it cannot be known, as Redis is away:
        None, or with ``needed`` `SessionsUnavailableError`.
        """
        digest = digest_of(session_id)
        if digest is None:
            return None
        found = self._remembered(digest)
        if found is not None:
            return found
        generation = self._generation
        try:
            session = await self._backend.find(digest, patient=needed)
        except SessionsUnavailableError:
            if needed:
                raise
            return None
        # what was read before an end was heard of must not be remembered after it
        if session is not None and generation == self._generation:
            self._remember(session)
        return session

    async def lives(self, digest: str) -> bool:
        """Is there still a session of this digest (`Session.digest`)? True too when it cannot be known.

        It is not used by that: its idle life goes on as it was.
        """
        if self._remembered(digest) is not None:
            return True
        try:
            return await self._backend.exists(digest)
        except SessionsUnavailableError:
            return True

    def remembered(self, session_id: str | None) -> Session | None:
        """What `find` would give at once; None: it has to be asked for, or is no session at all. No waiting."""
        digest = digest_of(session_id)
        return None if digest is None else self._remembered(digest)

    async def begin(
        self,
        identity: Identity = GUEST,
        *,
        issuer: str = "",
        sid: str = "",
        sub: str = "",
        values: Mapping[str, str] | None = None,
        old: str | None = None,
        age: float = 0.0,
    ) -> Issued:
        """A session with a new id. The one of ``old`` (an id as a client sent it) ends at once, and its values go over.

        To be called at every change of who somebody is: at login, at logout (as a guest, without ``old``: see `end`),
        and when staff begin or cease to act for a customer. ``age`` as of `set_identity`. Raises
        `SessionsUnavailableError`.
        """
        session_id = secrets.token_urlsafe(_BYTES)
        new = NewSession(identity, issuer, sid, self._lifetimes.of(identity), values or {}, age, sub)
        old_digest = digest_of(old)
        session = await self._backend.begin(_digest(session_id), new, old_digest)
        if old_digest is not None:
            await self._forget([old_digest])
        return Issued(session_id, session)

    async def set_identity(self, session: Session, identity: Identity, *, age: float = 0.0) -> bool:
        """Keep what is known of the same person by now. False: the session has ended, or they are another by now.

        Whoever acts for them stays. ``age``: how many seconds ago it was begun to ask for it: what changed since may
        be missing, and is asked for again in time. Raises `SessionsUnavailableError`.
        """
        before = session.identity
        if identity.subject != before.subject:
            return False
        if before.acted_by is not None:
            identity = structs.replace(identity, acted_by=before.acted_by, staff=False)
        changed = await self._backend.set_identity(session, identity, age)
        await self._forget([session.digest])
        return changed

    async def set_values(self, session: Session, values: Mapping[str, str | None]) -> bool:
        """Set what the shop keeps for the visitor; None drops a value. False: the session has ended."""
        changed = await self._backend.set_values(session.digest, values)
        await self._forget([session.digest])
        return changed

    async def end(self, session_id: str | None) -> bool:
        """End it everywhere; True if there was one."""
        digest = digest_of(session_id)
        if digest is None:
            return False
        ended = await self._backend.end(digest)
        await self._forget([digest])
        return ended

    async def end_all_of(self, partner_id: int, *, keep: str | None = None) -> int:
        """End all sessions of a customer (and of staff acting for them, or they for others); how many there were.

        ``keep``: the id of one that goes on, as after a change of one's own password.
        """
        return await self._end_all(partner_index(partner_id), digest_of(keep))

    async def end_all_of_sid(self, issuer: str, sid: str) -> int:
        """End all sessions begun with the issuer's session, as its back-channel logout wants; how many there were."""
        return await self._end_all(issuer_index(issuer, sid), None)

    async def end_all_of_subject(self, issuer: str, sub: str) -> int:
        """End all sessions begun with the issuer's word for this person; how many there were."""
        return await self._end_all(subject_index(issuer, sub), None)

    async def renew_facts(self) -> None:
        """Have everybody's roles and prices asked for again, at their next request."""
        await self._backend.renew_facts()
        self._forget_all()
        await self._store.invalidate({_ALL})

    async def _end_all(self, index: str, keep: str | None) -> int:
        ended = await self._backend.end_all(index, keep)
        await self._forget(ended)
        return len(ended)

    # --- what is remembered

    def _remembered(self, digest: str) -> Session | None:
        if not self._store.listening:
            return None
        until, session = self._memo.get(digest, (0.0, None))
        return session if session is not None and self._clock() < until else None

    def _remember(self, session: Session) -> None:
        self._memo[session.digest] = (self._clock() + min(self._memo_seconds, session.lasts), session)
        self._memo.move_to_end(session.digest)
        while len(self._memo) > self._memo_size:
            self._memo.popitem(last=False)

    async def _forget(self, digests: Iterable[str]) -> None:
        tags = {session_tag(digest) for digest in digests}
        if tags:
            self._heard(frozenset(tags))
            await self._store.invalidate(tags)

    def _forget_all(self) -> None:
        self._generation += 1
        self._memo.clear()

    def _heard(self, tags: frozenset[str]) -> None:
        if not tags or _ALL in tags:
            self._forget_all()
            return
        for tag in tags:
            if tag.startswith(SESSION_TAG):
                self._generation += 1
                self._memo.pop(tag.removeprefix(SESSION_TAG), None)


def session_tag(digest: str) -> str:
    """The tag of the store's that is invalidated when the session ends or changes."""
    return f"{SESSION_TAG}{digest}"


def digest_of(session_id: str | None) -> str | None:
    """Of an id as a client sent it: None for what is no id, such as nothing, ``undefined`` or half of one."""
    if session_id is None or not _SESSION_ID.fullmatch(session_id):
        return None
    return _digest(session_id)


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def partner_index(partner_id: int) -> str:
    return f"partner:{partner_id}"


def issuer_index(issuer: str, sid: str) -> str:
    return "sid:" + hashlib.sha256(f"{issuer}\n{sid}".encode()).hexdigest()


def subject_index(issuer: str, sub: str) -> str:
    return "sub:" + hashlib.sha256(f"{issuer}\n{sub}".encode()).hexdigest()
