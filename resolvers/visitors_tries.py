"""What anybody may send without an account is limited by whom it is about and by where it comes from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from identity.throttle import TooManyTriesError
from resolvers.accounts_tries import counted_as, later, sign_ins
from resolvers.context import RequestContext


@asynccontextmanager
async def limited_asking(context: RequestContext, request: str, about: str) -> AsyncIterator[None]:
    """Enter to do what a ``request`` of a kind asks, about an address; raises TryLaterError instead.

    Unlike `resolvers.accounts_tries.limited` it takes no longer than it takes: it tells of no account.
    """
    try:
        async with sign_ins(context).requests.attempt(f"{request} {about}", counted_as(context)):
            yield
    except TooManyTriesError as error:
        raise later(error) from error
