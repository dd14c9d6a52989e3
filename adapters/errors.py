"""The closed family of errors that Odoo, or the way to it, can cause.

Callers branch on the class, never on a text: Odoo's texts come in the user's language.
"""

from __future__ import annotations


class OdooError(Exception):
    """Anything that went wrong between us and Odoo.

    ``str(error)`` is for logs. It may hold server internals and never goes to a client.
    """


class OdooUnavailableError(OdooError):
    """No answer could be had: refused, reset, unreachable, an HTTP 502/503/504 of a proxy, or too many waiting."""


class OdooTimeoutError(OdooUnavailableError):
    """No answer within the time limit. A write may have been committed all the same."""


class OdooAccessError(OdooError):
    """Odoo refused: wrong credentials, missing rights, a private method."""


class OdooLockedOutError(OdooAccessError):
    """Too many logins failed from this address: Odoo takes none from it for a while, not even a right one.

    ``message`` is Odoo's own text, meant for people.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OdooSecondFactorError(OdooAccessError):
    """The password is right, but the user set up a second factor, which nobody can give here."""


class OdooNotFoundError(OdooError):
    """A record, model, method or database does not exist."""


class OdooRejectedError(OdooError):
    """A business rule or constraint of Odoo refused the operation.

    ``message`` is Odoo's own text, in the language of the call: it is meant for people and may be shown.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OdooLoginTakenError(OdooRejectedError):
    """A user with that login exists, archived ones included."""


class OdooConflictError(OdooError):
    """A serialisation failure or lock in Odoo's database: nothing was written, the call may be repeated."""


class OdooProtocolError(OdooError):
    """The answer was not what the protocol or contract promises, or our request was (unknown field, bad argument)."""


class OdooLinesRejectedError(OdooRejectedError):
    """Odoo does not take some lines of a cart: ``numbers`` are theirs."""

    def __init__(self, message: str, numbers: tuple[int, ...]) -> None:
        super().__init__(message)
        self.numbers = numbers


class OdooOrderClosedError(OdooError):
    """The order is no draft any more: its ``state`` is another, as in `adapters.records.orders.OrderState`."""

    def __init__(self, order_id: int, state: str) -> None:
        super().__init__(f"order {order_id} is {state}")
        self.order_id = order_id
        self.state = state


class OdooNotSupportedError(OdooError):
    """This Odoo, as it is installed or by its version, cannot do what was asked."""
