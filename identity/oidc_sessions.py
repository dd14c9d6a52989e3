"""What a login by browser ends in, and what it asks of the shop's sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from identity.bearer_claims import Claims


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who logged in at an issuer. ``session``: the issuer's own, which back-channel logouts name.

    ``refresh_at``: Unix seconds, when what is known of them is to be asked again (`BrowserLogin.refreshed`).
    """

    provider: str
    claims: Claims
    session: str | None
    refresh_at: float
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)

    @property
    def issuer(self) -> str:
        return self.claims.issuer

    @property
    def subject(self) -> str:
        return self.claims.principal.subject

    @property
    def sub(self) -> str:
        """By which the issuer's logout tokens name them: always ``sub``, whichever claim the shop reads."""
        told = self.claims.payload.get("sub")
        return told if isinstance(told, str) and told else self.subject


class Sessions(Protocol):
    """The shop's sessions, as far as logins by browser need them."""

    async def open(self, signed_in: SignedIn, *, replacing: str | None) -> str:
        """A session with an id that nobody has seen before; what the session ``replacing`` held goes along.

        ``replacing``, the id that the browser came with (it may be anything), is worth nothing from then on.
        """
        ...

    async def signed_in(self, session_id: str) -> SignedIn | None:
        """What `open` was given, if there is such a session."""
        ...

    async def end(self, session_id: str) -> None:
        """From now on it is worth nothing; no harm if there is none."""
        ...

    async def end_all_of(self, issuer: str, *, session: str | None, subject: str | None) -> int:
        """End the sessions that came from this session of the issuer; without it, all of this subject. How many."""
        ...


_decoder = msgspec.json.Decoder(SignedIn)


def encode_signed_in(signed_in: SignedIn) -> bytes:
    """For keeping it in a session on the server: it holds tokens."""
    return msgspec.json.encode(signed_in)


def decode_signed_in(raw: bytes) -> SignedIn:
    """Raises `msgspec.DecodeError` for what `encode_signed_in` did not write."""
    return _decoder.decode(raw)
