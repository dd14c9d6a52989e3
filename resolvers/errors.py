"""Errors a client may see: each with a stable ``extensions.code``."""

from __future__ import annotations

from graphql import GraphQLError


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


class NotFoundError(ClientError):
    """What was asked for does not exist, or not for whoever asks."""

    code = "NOT_FOUND"
