"""Errors as clients see them, and the HTTP status that goes with an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError, OperationType

from adapters.errors import (
    OdooAccessError,
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooRejectedError,
    OdooUnavailableError,
)

log = structlog.get_logger(__name__)

INTERNAL = "INTERNAL_SERVER_ERROR"
UNAVAILABLE = "ERP_UNAVAILABLE"

#: how an error of Odoo is told: class -> (code, message); the first that fits
_ODOO: tuple[tuple[type[OdooError], str, str], ...] = (
    (OdooUnavailableError, UNAVAILABLE, "The shop's back office cannot be reached right now."),
    (OdooConflictError, "ERP_CONFLICT", "The shop's back office is busy with the same record; try again."),
    (OdooAccessError, "ERP_ACCESS_DENIED", "The shop's back office does not allow this."),
    (OdooNotFoundError, "ERP_NOT_FOUND", "The shop's back office does not know this record."),
    (OdooError, "ERP_ERROR", "The shop's back office could not answer."),
)
#: code -> HTTP status of a failed query; what is not here is a client's mistake (400)
_STATUS = {
    UNAVAILABLE: 503,
    INTERNAL: 500,
    "ERP_ERROR": 502,
    "ERP_ACCESS_DENIED": 502,
    "ERP_CONFLICT": 503,
    "ERP_NOT_FOUND": 404,
    "NOT_FOUND": 404,
    "REQUEST_TIMEOUT": 504,
}


def told(error: GraphQLError, default_code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    """An error as a client may see it. What is unexpected is logged whole and told without any of its contents."""
    original = error.original_error
    if original is None or isinstance(original, GraphQLError):
        formatted: dict[str, Any] = dict(error.formatted)
        extensions = {**(error.extensions or {}), **(getattr(original, "extensions", None) or {})}
        formatted["extensions"] = {"code": default_code, **extensions}
        return formatted
    code, message = _explained(original)
    if code in {INTERNAL, "ERP_ERROR", "ERP_ACCESS_DENIED"}:
        log.error("graphql.error", path=error.path, code=code, exc_info=original)
    else:
        log.warning("graphql.error", path=error.path, code=code, error=type(original).__name__)
    formatted = {"message": message, "extensions": {"code": code}}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted


def _explained(error: BaseException) -> tuple[str, str]:
    if isinstance(error, OdooRejectedError):  # Odoo's own words, meant for people
        return "ERP_REJECTED", error.message
    for kind, code, message in _ODOO:
        if isinstance(error, kind):
            return code, message
    if isinstance(error, TimeoutError):
        return "REQUEST_TIMEOUT", "The request took too long."
    return INTERNAL, "An unexpected error occurred."


def status_of(errors: Iterable[dict[str, Any]], operation: OperationType) -> int:
    """200 without errors and for mutations. A query with errors has another status, so that no cache keeps it."""
    statuses = [_STATUS.get(error["extensions"]["code"], 400) for error in errors]
    return 200 if operation is not OperationType.QUERY or not statuses else max(statuses)
