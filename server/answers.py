"""Errors as clients see them, and the HTTP status that goes with an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import structlog
from graphql import GraphQLError
from starlette.responses import Response

from adapters.errors import (
    OdooAccessError,
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooNotSupportedError,
    OdooRejectedError,
    OdooUnavailableError,
)
from resolvers.errors import ClientError

log = structlog.get_logger(__name__)

INTERNAL = "INTERNAL_SERVER_ERROR"
UNAVAILABLE = "ERP_UNAVAILABLE"

#: how an error of Odoo is told: class -> (code, message); the first that fits
_ODOO: tuple[tuple[type[OdooError], str, str], ...] = (
    (OdooUnavailableError, UNAVAILABLE, "The shop's back office cannot be reached right now."),
    (OdooConflictError, "ERP_CONFLICT", "The shop's back office is busy with the same record; try again."),
    (OdooAccessError, "ERP_ACCESS_DENIED", "The shop's back office does not allow this."),
    (OdooNotFoundError, "ERP_NOT_FOUND", "The shop's back office does not know this record."),
    (OdooNotSupportedError, "ERP_NOT_SUPPORTED", "The shop's back office cannot do this."),
    (OdooError, "ERP_ERROR", "The shop's back office could not answer."),
)
_LOGGED_WHOLE = frozenset({INTERNAL, "ERP_ERROR", "ERP_ACCESS_DENIED"})
#: what goes wrong because Odoo is away, for now
AWAY = frozenset({UNAVAILABLE, "ERP_CONFLICT", "REQUEST_TIMEOUT"})
#: code -> HTTP status of a failed query; what is not here is a client's mistake (400)
_STATUS = {
    UNAVAILABLE: 503,
    INTERNAL: 500,
    "ERP_ERROR": 502,
    "ERP_ACCESS_DENIED": 502,
    "ERP_CONFLICT": 503,
    "ERP_NOT_FOUND": 404,
    "ERP_NOT_SUPPORTED": 501,
    "NOT_FOUND": 404,
    "FORBIDDEN": 403,
    "FORBIDDEN_FIELD": 403,
    "REQUEST_TIMEOUT": 504,
    "INVALID_TOKEN": 401,
    "TOKEN_EXPIRED": 401,
    "CROSS_SITE": 403,
    "IDENTITY_UNAVAILABLE": 503,
    "KEYS_UNAVAILABLE": 503,
    "CART_UNAVAILABLE": 503,
    "SUBSCRIPTIONS_UNAVAILABLE": 503,
}


def told(error: GraphQLError, default_code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    """An error of a document, its variables or a limit: written for whoever sent them."""
    return {**error.formatted, "extensions": {"code": default_code, **(error.extensions or {})}}


def told_all(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """Errors of an execution as a client may see them.

    What is unexpected is told without any of its contents, but with the request's id, and logged whole; each cause
    once, however many fields it broke.
    """
    answer: list[dict[str, Any]] = []
    logged: set[int] = set()
    for error in errors:
        cause = _cause(error)
        if cause is None:
            answer.append(told(error))
            continue
        code, message = _explained(cause)
        if id(cause) not in logged:
            logged.add(id(cause))
            _log(code, error, cause)
        extensions = {"code": code, "requestId": request_id} if code == INTERNAL else {"code": code}
        placed = {name: value for name, value in error.formatted.items() if name in {"locations", "path"}}
        answer.append({"message": message, **placed, "extensions": extensions})
    return answer


def _cause(error: GraphQLError) -> BaseException | None:
    """What went wrong on our side; None when the client can mend it.

    graphql-core's own errors about variables have no path, those about arguments point at nodes of the document;
    those about what a resolver returned have a path and point at nothing.
    """
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is None or isinstance(original, ClientError):
        return None
    if isinstance(original, GraphQLError) and (original.nodes or error.path is None):
        return None
    return original


def _log(code: str, error: GraphQLError, cause: BaseException) -> None:
    if code in _LOGGED_WHOLE:
        log.error("graphql.error", path=error.path, code=code, exc_info=cause)
    else:
        log.warning("graphql.error", path=error.path, code=code, error=type(cause).__name__)


def _explained(error: BaseException) -> tuple[str, str]:
    if isinstance(error, OdooRejectedError):  # Odoo's own words, meant for people
        return "ERP_REJECTED", error.message
    for kind, code, message in _ODOO:
        if isinstance(error, kind):
            return code, message
    if isinstance(error, TimeoutError):
        return "REQUEST_TIMEOUT", "The request took too long."
    return INTERNAL, "An unexpected error occurred."


def status_of(errors: Iterable[dict[str, Any]], *, kept: bool) -> int:
    """The status of an answer that would be ``kept`` if it had no errors is that of the gravest one.

    So no cache on the way keeps it. What is never kept, as a mutation, has 200: clients read the errors.
    """
    statuses = [_STATUS.get(error["extensions"]["code"], 400) for error in errors]
    return max(statuses, default=200) if kept else 200


def refused_document(errors: list[dict[str, Any]]) -> Response:
    """An answer to a document that cannot be executed."""
    return _json(400, {"errors": errors}, {"Cache-Control": "no-store"})


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """An answer to what is no GraphQL request, in the same form; ``more`` goes beside the code."""
    error = {"message": message, "extensions": {"code": code, **more}}
    return _json(status, {"errors": [error]}, headers)


def _json(status: int, answer: dict[str, Any], headers: Mapping[str, str] | None) -> Response:
    return Response(msgspec.json.encode(answer), status_code=status, media_type="application/json", headers=headers)
