"""Logins by browser, kept in the shop's own sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from identity.identity import Identity
from identity.oidc_errors import AwayLoginError
from identity.oidc_sessions import SignedIn, decode_signed_in, encode_signed_in
from identity.sessions import Sessions, SessionsUnavailableError

#: where a session keeps the issuer's tokens, which never leave the server
VALUE: Final = "signed_in"


class KeptSessions:
    """The `identity.oidc_sessions.Sessions` over `identity.sessions.Sessions`; raises `AwayLoginError` without Redis.

    ``who``: what the shop knows of somebody an issuer vouches for.
    """

    def __init__(self, sessions: Sessions, who: Callable[[SignedIn], Awaitable[Identity]]) -> None:
        self._sessions = sessions
        self._who = who

    async def open(self, signed_in: SignedIn, *, replacing: str | None) -> str:
        identity = await self._who(signed_in)
        values = {VALUE: encode_signed_in(signed_in).decode()}
        try:
            issued = await self._sessions.begin(
                identity,
                issuer=signed_in.issuer,
                sid=signed_in.session or "",
                sub=signed_in.sub,
                values=values,
                old=replacing,
            )
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error
        return issued.session_id

    async def signed_in(self, session_id: str) -> SignedIn | None:
        try:
            session = await self._sessions.find(session_id, needed=True)
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error
        return None if session is None else signed_in_of(session.values.get(VALUE))

    async def end(self, session_id: str) -> None:
        try:
            await self._sessions.end(session_id)
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error

    async def end_all_of(self, issuer: str, *, session: str | None, subject: str | None) -> int:
        try:
            if session is not None:
                return await self._sessions.end_all_of_sid(issuer, session)
            return 0 if subject is None else await self._sessions.end_all_of_subject(issuer, subject)
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error


def signed_in_of(value: str | None) -> SignedIn | None:
    """What a session keeps of its login by browser; None for those who logged in otherwise."""
    if not value:
        return None
    try:
        return decode_signed_in(value.encode())
    except msgspec.DecodeError:  # of an older release
        return None
