"""The exceptions Odoo raises, by Odoo's own class names, before a wire gives them a fault code or a status."""

from __future__ import annotations

from typing import Any

ACCESS_DENIED = "odoo.exceptions.AccessDenied"
ACCESS_ERROR = "odoo.exceptions.AccessError"
MISSING_ERROR = "odoo.exceptions.MissingError"
USER_ERROR = "odoo.exceptions.UserError"
VALIDATION_ERROR = "odoo.exceptions.ValidationError"
VALUE_ERROR = "builtins.ValueError"
TYPE_ERROR = "builtins.TypeError"
KEY_ERROR = "builtins.KeyError"
ATTRIBUTE_ERROR = "builtins.AttributeError"
NOT_IMPLEMENTED = "builtins.NotImplementedError"
OPERATIONAL_ERROR = "psycopg2.OperationalError"
SERIALIZATION_FAILURE = "psycopg2.errors.SerializationFailure"
DATA_ERROR = "psycopg2.errors.InvalidTextRepresentation"
BAD_DATETIME = "psycopg2.errors.InvalidDatetimeFormat"
UNKNOWN_MODEL = "the model does not exist"
NOT_FOUND = "werkzeug.exceptions.NotFound"
UNAUTHORIZED = "werkzeug.exceptions.Unauthorized"
UNPROCESSABLE = "werkzeug.exceptions.UnprocessableEntity"
BAD_REQUEST = "werkzeug.exceptions.BadRequest"


class OdooFault(Exception):  # noqa: N818 - Odoo's word for what its clients see
    """One failure inside Odoo.

    ``name`` is the class as Odoo 14 and later name it (``odoo.exceptions.UserError``, ``builtins.ValueError``);
    ``message`` is its text; ``arguments`` is what Odoo sends beside it.
    """

    def __init__(self, name: str, message: str, arguments: list[Any] | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.arguments = [message] if arguments is None else arguments

    @property
    def class_name(self) -> str:
        return self.name.rpartition(".")[2]


def access_denied(message: str = "Access Denied") -> OdooFault:
    return OdooFault(ACCESS_DENIED, message)


def access_error(message: str) -> OdooFault:
    return OdooFault(ACCESS_ERROR, message)


def user_error(message: str) -> OdooFault:
    return OdooFault(USER_ERROR, message)


def validation_error(message: str) -> OdooFault:
    return OdooFault(VALIDATION_ERROR, message)


def value_error(message: str) -> OdooFault:
    return OdooFault(VALUE_ERROR, message)


def type_error(message: str) -> OdooFault:
    return OdooFault(TYPE_ERROR, message)
