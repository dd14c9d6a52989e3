"""Why a token was not taken: one sentence for whoever sent it, the true reason for the log."""

from __future__ import annotations

from typing import ClassVar


class TokenError(Exception):
    """A token that is not taken.

    ``code`` and ``str(error)`` are for the client and say no more than they must; ``reason`` is for the log, and holds
    nothing of the token but its key's id and its issuer.
    """

    code: ClassVar[str] = "INVALID_TOKEN"
    message: ClassVar[str] = "The token is not valid."
    #: the HTTP status that goes with it
    status: ClassVar[int] = 401

    def __init__(self, reason: str) -> None:
        super().__init__(self.message)
        self.reason = reason


class InvalidTokenError(TokenError):
    """Forged, damaged, of a stranger, for somebody else, or not yet valid."""


class ExpiredTokenError(TokenError):
    """A token that was good once."""

    code = "TOKEN_EXPIRED"
    message = "The token has expired."


class UnverifiableTokenError(TokenError):
    """The issuer's keys cannot be had right now: it may be good, but nobody can tell."""

    code = "IDENTITY_UNAVAILABLE"
    message = "Who you are cannot be verified right now."
    status = 503
