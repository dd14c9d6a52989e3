"""From what Odoo reports to the closed family of errors, as tables.

The three protocols name the same exceptions: XML-RPC by a fault code or a traceback, JSON-RPC and JSON-2 by
the class. Only codes, classes, function names of tracebacks and constants of Python and PostgreSQL are
looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.errors import (
    OdooAccessError,
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.rpc.tracebacks import RemoteError, split_tuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class ResultLostError(OdooProtocolError):
    """The call was done and committed, but XML-RPC cannot carry its result (integer keys, a recordset).

    It must not be repeated to get the result: ask another way, or use another protocol.
    """


class LoginRefusedError(OdooAccessError):
    """Odoo does not accept a login, password or key: who asks is unknown, not what he may do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an exception means when its class alone does not say it. Empty conditions always hold."""

    classes: frozenset[str]
    raised_in: frozenset[str]
    text: re.Pattern[str] | None
    error: type[OdooError]

    def holds(self, remote: RemoteError) -> bool:
        return (
            remote.short in self.classes
            and (not self.raised_in or remote.raised_in in self.raised_in)
            and (self.text is None or self.text.search(remote.text) is not None)
        )


def _rule(classes: str, error: type[OdooError], *, raised_in: str = "", text: str | None = None) -> Rule:
    pattern = re.compile(text) if text else None
    return Rule(frozenset(classes.split()), frozenset(raised_in.split()), pattern, error)


RULES: tuple[Rule, ...] = (
    # The model's lookup and the method's lookup in Odoo's dispatcher (10.0 to 19.0).
    _rule("UserError except_orm Warning", OdooNotFoundError, raised_in="execute_cr"),
    _rule("AttributeError", OdooNotFoundError, raised_in="call_kw get_public_method"),
    # A recompute after a retried serialisation failure (10.0): rolled back.
    _rule("OperationalError", OdooConflictError, text=r"^Unable to use a closed cursor"),
    _rule("OperationalError", OdooConflictError, text=r"^could not serialize access"),
    _rule("OperationalError ProgrammingError", OdooNotFoundError, text=r'FATAL: +database ".*" does not exist'),
)
"""First match wins; then BY_CLASS decides."""


def _by_class(table: Mapping[type[OdooError], str]) -> dict[str, type[OdooError]]:
    return {name: error for error, names in table.items() for name in names.split()}


BY_CLASS: Mapping[str, type[OdooError]] = _by_class(
    {
        OdooAccessError: "AccessError SessionExpiredException Forbidden",
        LoginRefusedError: "AccessDenied Unauthorized",
        OdooNotFoundError: "MissingError NotFound InvalidCatalogName",
        OdooRejectedError: (
            "UserError ValidationError RedirectWarning Warning except_orm except_osv SignupError "
            "IntegrityError UniqueViolation NotNullViolation ForeignKeyViolation CheckViolation "
            "ExclusionViolation RestrictViolation"
        ),
        OdooConflictError: (
            "LockError ConcurrencyError SerializationFailure DeadlockDetected LockNotAvailable "
            "TransactionRollbackError TransactionRollback"
        ),
        OdooUnavailableError: (
            "OperationalError InterfaceError PoolError AdminShutdown CrashShutdown CannotConnectNow "
            "TooManyConnections DiskFull OutOfMemory QueryCanceled QueryCanceledError TooManyRequests "
            "ServiceUnavailable RegistryError"
        ),
    }
)
"""Exception classes of Odoo, werkzeug and psycopg2, without their module. All others: OdooProtocolError."""

BY_FAULT_CODE: Mapping[int, type[OdooError]] = {2: OdooRejectedError, 3: LoginRefusedError, 4: OdooAccessError}
"""XML-RPC: 2 warning, 3 wrong password, 4 access error. 1 is everything else: a traceback."""

BY_STATUS: Mapping[int, type[OdooError]] = {
    401: OdooAccessError,
    403: OdooAccessError,
    408: OdooUnavailableError,
    409: OdooConflictError,
    429: OdooUnavailableError,
    500: OdooUnavailableError,
    502: OdooUnavailableError,
    503: OdooUnavailableError,
    504: OdooUnavailableError,
}
"""HTTP statuses of answers that are not in the protocol's own format: pages of a proxy or of the web server.

A 500 page is the web server giving up outside the RPC layer; Odoo's own errors are 200, or JSON.
"""

_MARSHAL = frozenset({"dump_nil", "dump_struct", "dump_array", "__dump", "dump_long", "dump_int", "dump_unicode"})
_DISPATCH = frozenset({"dispatch_rpc", "dispatch"})
_RECORDS = re.compile(
    r"^\(.*(?:\b[a-z_][\w.]*\(\d+(?:, \d+)*,?\)|\[\d+(?:, \d+)*\]|\((?:\d+,|\d+(?:, \d+)+)\)).*\b\d+\)$"
)
_OTHER_WORDS = 5


def error_of(remote: RemoteError) -> OdooError:
    """The member of the family that an exception raised inside Odoo becomes."""
    kind = next((rule.error for rule in RULES if rule.holds(remote)), None)
    return _make(kind or BY_CLASS.get(remote.short, OdooProtocolError), remote)


def is_null_result(remote: RemoteError) -> bool:
    """Whether a traceback only says that the result was None, which XML-RPC cannot write.

    The work was done and committed. The innermost frame is the marshaller's for None, with no container
    around it and outside the dispatch (a method that itself calls XML-RPC would be inside).
    """
    return (
        _in_marshaller(remote)
        and remote.frames[-1] == "dump_nil"
        and not ({"dump_struct", "dump_array"} & set(remote.frames))
    )


def fault_error(code: object, text: str, remote: RemoteError | None, model: str) -> OdooError:
    """The error of an XML-RPC fault. ``remote`` is the traceback in ``text``, when it holds one."""
    if remote is not None:
        if _in_marshaller(remote):
            return ResultLostError(f"done, but the result cannot be carried by XML-RPC: {remote.text}")
        return error_of(remote)
    if isinstance(code, str):
        return _legacy_error(code, text)
    message, rest = split_tuple(text)
    if code == 2 and (rest == "None" or _names_records(message) or is_model_lookup(message, model)):
        return OdooNotFoundError(message)
    kind = BY_FAULT_CODE.get(code) if isinstance(code, int) else None
    return kind(message) if kind is not None else OdooProtocolError(f"fault {code!r}: {message}")


def _legacy_error(code: str, text: str) -> OdooError:
    """The old ``/xmlrpc/`` paths put a word in the place of the code, and a warning's text behind it."""
    word, _, message = code.partition(" -- ")
    if word == "warning":
        return OdooRejectedError(message.strip())
    return BY_CLASS.get(word, OdooProtocolError)(f"fault {word}: {text}")


def status_error(status: int, where: str) -> OdooError:
    """The error of an HTTP answer outside the protocol. The page may echo our request: it is left out."""
    return BY_STATUS.get(status, OdooProtocolError)(f"HTTP {status} from {where}")


def _make(kind: type[OdooError], remote: RemoteError) -> OdooError:
    if kind is OdooRejectedError:
        message = split_tuple(remote.text)[0]
        return OdooRejectedError(message.split("\nDETAIL:")[0].strip())
    return kind(f"{remote.name}: {remote.text}")


def _in_marshaller(remote: RemoteError) -> bool:
    frames = remote.frames
    return bool(frames) and frames[-1] in _MARSHAL and not _DISPATCH & set(frames)


def _names_records(message: str) -> bool:
    """From 14.0 on a MissingError is a plain fault 2 that ends in ``(Record: res.partner(7,), User: 2)``.

    The words around it are translated; the Python representation of the records (or of their ids) and the uid
    are not.
    """
    return _RECORDS.match(message.rstrip().rpartition("\n")[2]) is not None


def is_model_lookup(message: str, model: str) -> bool:
    """An unknown model is a warning like any other: a short sentence around the technical name that was called."""
    words = message.split()
    return bool(model) and "\n" not in message.strip() and model in words and len(words) <= _OTHER_WORDS + 1
