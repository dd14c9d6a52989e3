"""Who sends a request."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import SecretStr

from identity.identity import GUEST, Identity
from identity.sessions import Session

Headers = Mapping[bytes, bytes]
"""Of a request, by lower-case name."""


class Caller(NamedTuple):
    """``host``: of the website that is wanted; ``accept_language``: the header of that name."""

    host: str | None = None
    accept_language: str | None = None
    identity: Identity = GUEST
    session: Session | None = None
    is_operator: bool = False


class Callers:
    """Finds out who asks. ``guest``: a visitor without a session. ``operator_token``: None: there are no operators."""

    def __init__(self, guest: Identity, operator_token: SecretStr | None) -> None:
        self._guest = guest
        self._operator = f"Bearer {operator_token.get_secret_value()}".encode() if operator_token else None

    def at_hand(self, headers: Headers) -> Caller | None:
        """Who asks, if that can be told without waiting."""
        return self._caller(headers, self._guest, None)

    async def of(self, headers: Headers) -> Caller:
        """Who asks."""
        return self._caller(headers, self._guest, None)

    def _caller(self, headers: Headers, identity: Identity, session: Session | None) -> Caller:
        # the storefront sends the host under a name of its own, sic
        host = headers.get(b"resquest-host") or headers.get(b"host")
        language = headers.get(b"accept-language")
        given = headers.get(b"authorization")
        return Caller(
            host.decode("latin-1") if host else None,
            language.decode("latin-1") if language else None,
            identity,
            session,
            given is not None and self._operator is not None and hmac.compare_digest(given, self._operator),
        )
