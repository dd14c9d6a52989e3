"""Tries at passwords, and other requests by which accounts could be guessed: limited, and taking equally long."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from adapters.errors import OdooLockedOutError, OdooSecondFactorError
from identity.clients import throttled_as
from identity.throttle import Attempt, TooManyTriesError, at_least
from resolvers.context import RequestContext
from resolvers.errors import SecondFactorError, SignInsUnavailableError, TryLaterError
from resolvers.signing_in import SignIns

#: seconds that an answer about an account takes, or a multiple: more than Odoo takes to hash a password
EVENED: float = 1.0


def sign_ins(context: RequestContext) -> SignIns:
    """Raises SignInsUnavailableError where nobody can sign in at all."""
    if context.signing_in is None:
        raise SignInsUnavailableError
    return context.signing_in


@asynccontextmanager
async def password_try(context: RequestContext, login: str) -> AsyncIterator[Attempt]:
    """Enter to ask Odoo about the password of ``login``, if neither this account nor this client tried too often.

    What Odoo says of it is raised as TryLaterError and SecondFactorError; TryLaterError too without asking it.
    """
    try:
        async with at_least(EVENED), sign_ins(context).attempt(context, login) as attempt:
            try:
                yield attempt
            except OdooLockedOutError as error:
                attempt.withdraw()
                raise TryLaterError(error.message) from error
            except OdooSecondFactorError as error:
                attempt.succeed()
                raise SecondFactorError("This account needs a second factor, which cannot be given here.") from error
    except TooManyTriesError as error:
        raise later(error) from error


@asynccontextmanager
async def limited(context: RequestContext, request: str, about: str) -> AsyncIterator[None]:
    """Enter for a ``request`` of a kind (``reset``) ``about`` an account; raises TryLaterError instead."""
    try:
        async with at_least(EVENED), sign_ins(context).requests.attempt(f"{request} {about}", counted_as(context)):
            yield
    except TooManyTriesError as error:
        raise later(error) from error


def client_of(context: RequestContext) -> str | None:
    """The customer's address, for Odoo."""
    return context.client_address or None


def counted_as(context: RequestContext) -> str | None:
    """The client's address as tries are counted by it; None: not known."""
    return throttled_as(ip_address(context.client_address)) if context.client_address else None


def later(error: TooManyTriesError) -> TryLaterError:
    """As it is told to whoever tried."""
    minutes = math.ceil(error.wait / 60)
    when = f"{minutes} minutes" if minutes > 1 else "a minute"
    return TryLaterError(f"Too many tries. Try again in {when}.", error.wait)
