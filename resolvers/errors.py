"""Errors a client may see: each with a stable ``extensions.code``."""

from __future__ import annotations

import math

from graphql import GraphQLError, Node


class ClientError(GraphQLError):
    """An error whose message is meant for the client."""

    code = "BAD_REQUEST"

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": self.code})


class BadInputError(ClientError):
    """An argument is out of range or makes no sense."""

    code = "BAD_USER_INPUT"


class ForbiddenError(ClientError):
    """Whoever asks may not do this."""

    code = "FORBIDDEN"


class ForbiddenFieldError(ClientError):
    """A field, an argument or an input that whoever asks may not use. ``node``: where the document uses it."""

    code = "FORBIDDEN_FIELD"

    def __init__(self, message: str, node: Node) -> None:
        GraphQLError.__init__(self, message, node, extensions={"code": self.code})


class NotFoundError(ClientError):
    """What was asked for does not exist, or not for whoever asks."""

    code = "NOT_FOUND"


class SignInsUnavailableError(ClientError):
    """Nobody can be signed in or out right now, nor a session be changed."""

    code = "IDENTITY_UNAVAILABLE"

    def __init__(self, message: str = "Nobody can be signed in or out right now; try again.") -> None:
        super().__init__(message)


class NotSignedInError(ClientError):
    """For this one has to be signed in."""

    code = "NOT_SIGNED_IN"

    def __init__(self, message: str = "You must be logged in.") -> None:
        super().__init__(message)


class WrongCredentialsError(ClientError):
    """There is no account with that login and password; which of the two is wrong is not told."""

    code = "WRONG_CREDENTIALS"


class SecondFactorError(ClientError):
    """The password is right, and does not suffice."""

    code = "SECOND_FACTOR_REQUIRED"


class EmailTakenError(ClientError):
    """Somebody has an account with that address."""

    code = "EMAIL_TAKEN"


class TryLaterError(ClientError):
    """Later again. ``wait``: after so many seconds, if that is known; told as ``retryAfter``, in whole seconds."""

    code = "TOO_MANY_TRIES"

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        if wait is not None:
            self.extensions = {"code": self.code, "retryAfter": max(1, math.ceil(wait))}
