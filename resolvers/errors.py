"""Errors a client may see: each with a stable ``extensions.code``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

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


class TooManySessionsError(ClientError):
    """Too many sessions were begun for guests from one address. ``wait``: seconds until there may be another."""

    code = "TOO_MANY_SESSIONS"

    def __init__(self, wait: float) -> None:
        super().__init__("Too many visitors come from your address. Try again later, or sign in.")
        self.extensions = {"code": self.code, "retryAfter": max(1, math.ceil(wait))}


class TooManyContactsError(ClientError):
    """Guests from one address, or of one session, made too many contacts. ``wait``: seconds until another may be."""

    code = "TOO_MANY_CONTACTS"

    def __init__(self, wait: float) -> None:
        super().__init__("Too many addresses were added from here. Try again later, or sign in.")
        self.extensions = {"code": self.code, "retryAfter": max(1, math.ceil(wait))}


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


class AlreadyInWishlistError(ClientError):
    """It is on the wishlist."""

    code = "ALREADY_IN_WISHLIST"

    def __init__(self, message: str = "Product already exists in the Wishlist.") -> None:
        super().__init__(message)


class CartUnavailableError(ClientError):
    """Carts cannot be read or changed right now. What was sent may have been done: send it again."""

    code = "CART_UNAVAILABLE"

    def __init__(self, message: str = "Carts cannot be reached right now; try again.") -> None:
        super().__init__(message)


class CartClosedForChangesError(ClientError):
    """The cart takes no changes: an order is being placed of it, or was."""

    code = "CART_CLOSED"

    def __init__(self, message: str = "The cart takes no changes now: an order is made of it.") -> None:
        super().__init__(message)


class TooManyCartsError(ClientError):
    """There are as many saved baskets as may be."""

    code = "TOO_MANY_CARTS"

    def __init__(self, message: str = "There are as many carts as may be; delete one.") -> None:
        super().__init__(message)


class ProductInStockError(ClientError):
    """It can be had now: there is nothing to wait for."""

    code = "PRODUCT_IN_STOCK"

    def __init__(self, message: str = "This product is in stock.") -> None:
        super().__init__(message)


class TooManySubscriptionsError(ClientError):
    """One follows as much as may be followed."""

    code = "TOO_MANY_SUBSCRIPTIONS"

    def __init__(self, message: str = "You follow as much as can be followed; end something first.") -> None:
        super().__init__(message)


class SubscriptionsAwayError(ClientError):
    """What is followed cannot be read or changed right now. What was sent may have been done: send it again."""

    code = "SUBSCRIPTIONS_UNAVAILABLE"

    def __init__(self, message: str = "What you follow cannot be reached right now; try again.") -> None:
        super().__init__(message)


#: why something is not put into a cart, for people
REFUSALS: Final[Mapping[str, str]] = {
    "BAD_TRANSACTION": "This cannot be done to a cart.",
    "LINE_NOT_FOUND": "The cart has no such line.",
    "PRODUCT_NOT_FOUND": "There is no such product.",
    "PRODUCT_NOT_SALEABLE": "This product cannot be ordered.",
    "QUANTITY_TOO_LARGE": "That is more than can be ordered.",
    "TOO_MANY_LINES": "The cart has as many lines as it may have.",
    "CART_CLOSED": "The cart takes no changes now: an order is made of it.",
}


class CartRefusalError(ClientError):
    """Something was not put into the cart. ``code``: one of `REFUSALS`."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(message or REFUSALS[code])
        self.extensions = {"code": code}


class CartChangedError(ClientError):
    """The cart is another than the customer saw."""

    code = "CART_CHANGED"

    def __init__(self, message: str = "Your cart has changed; look at it again.") -> None:
        super().__init__(message)


class OrderInProgressError(ClientError):
    """An order is being placed of the cart: to be sent again, with the same key."""

    code = "ORDER_IN_PROGRESS"

    def __init__(self, message: str = "Your order is being placed; try again in a moment.") -> None:
        super().__init__(message)


#: why no order is placed
ORDER_REFUSALS: Final = frozenset({"CART_EMPTY", "CART_CLOSED", "CONTACT_MISSING", "ORDER_CLOSED", "CREDIT_EXCEEDED"})


#: why no payment of a cart is begun
PAYMENT_REFUSALS: Final = frozenset({"ALREADY_PAID", "PAYMENT_IN_PROGRESS", "NOTHING_TO_PAY"})


class OrderRefusedError(ClientError):
    """No order can be placed of the cart as it is, or no payment begun.

    ``code``: one of `ORDER_REFUSALS` or `PAYMENT_REFUSALS`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.extensions = {"code": code}


class PaymentRequiredError(ClientError):
    """Whoever buys may not buy on account."""

    code = "PAYMENT_REQUIRED"

    def __init__(self, message: str = "Choose how to pay.") -> None:
        super().__init__(message)


class ErpNotSupportedError(ClientError):
    """Odoo, as it is installed or by its version, cannot do this."""

    code = "ERP_NOT_SUPPORTED"
