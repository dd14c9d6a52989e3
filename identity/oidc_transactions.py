"""Logins underway: what is kept of them between the way there and the way back, and in which browser they began."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import msgspec

from identity.oidc_errors import AwayLoginError, UnknownLoginError
from identity.oidc_grants import secret
from identity.oidc_values import Values, ValuesAwayError

#: seconds that somebody may take to log in
PATIENCE: Final = 600.0


class Transaction(msgspec.Struct, frozen=True):
    """A login underway. ``browser``: the digest of a secret that the browser alone keeps."""

    provider: str
    browser: str
    nonce: str
    verifier: str
    return_to: str

    def __repr__(self) -> str:
        return f"Transaction({self.provider})"


@dataclass(frozen=True, slots=True)
class Opened:
    """``state`` goes through the issuer, ``secret`` into the browser's cookie of the name ``cookie``."""

    transaction: Transaction
    cookie: str
    state: str = field(repr=False)
    secret: str = field(repr=False)


_decoder = msgspec.json.Decoder(Transaction)


class Transactions:
    """``secure``: browsers come by TLS, so the cookie can be bound to this very host."""

    def __init__(self, values: Values, *, secure: bool) -> None:
        self._values = values
        self._prefix = "__Host-" if secure else ""

    async def open(self, provider: str, return_to: str) -> Opened:
        """Raises `AwayLoginError`."""
        state, browser = secret(), secret()
        transaction = Transaction(provider, digest(browser), secret(), secret(64), return_to)
        try:
            await self._values.add(_key(state), msgspec.json.encode(transaction), PATIENCE)
        except ValuesAwayError as error:
            raise AwayLoginError(str(error), return_to) from error
        return Opened(transaction, self.cookie(state), state, browser)

    def cookie(self, state: str) -> str:
        """A cookie for each login: several may be underway in one browser."""
        return f"{self._prefix}login-{digest(state)[:16]}"

    async def take(self, state: str, cookies: Mapping[str, str]) -> Transaction:
        """The login that this browser began. Whatever comes of it, it cannot be taken again. Raises `LoginError`."""
        browser = cookies.get(self.cookie(state))
        if not state or browser is None:
            raise UnknownLoginError("no login was begun in this browser")
        try:
            raw = await self._values.take(_key(state))
        except ValuesAwayError as error:
            raise AwayLoginError(str(error)) from error
        if raw is None:
            raise UnknownLoginError("no such login, or it is over")
        transaction = _decoder.decode(raw)
        if not hmac.compare_digest(transaction.browser, digest(browser)):
            raise UnknownLoginError("the login was begun in another browser")
        return transaction


def _key(state: str) -> str:
    return f"login:{digest(state)}"


def digest(text: str) -> str:
    """SHA-256, in hex."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
