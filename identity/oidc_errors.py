"""Why a login or logout by browser did not work."""

from __future__ import annotations

from typing import ClassVar


class LoginError(Exception):
    """``code`` is for the browser, ``reason`` for the log. ``return_to``: the path that the login was to lead to."""

    code: ClassVar[str] = "LOGIN_FAILED"

    def __init__(self, reason: str, return_to: str = "/") -> None:
        super().__init__(self.code)
        self.reason = reason
        self.return_to = return_to


class UnknownLoginError(LoginError):
    """No login was begun in this browser, or too long ago, or it is over already."""

    code = "LOGIN_UNKNOWN"


class DeniedLoginError(LoginError):
    """The issuer, or whoever sat before it, said no."""

    code = "LOGIN_DENIED"


class AwayLoginError(LoginError):
    """The issuer, or what logins are kept in, cannot be reached."""

    code = "LOGIN_UNAVAILABLE"
