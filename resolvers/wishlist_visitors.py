"""Whose wishlist: a customer's by their contact, on every device the same; a guest's by what only their session knows.

Who signs in takes the guest's along, at once or, if that fails, at the next request that is about wishlists. That of a
customer is brought together with Odoo's at every change, and when it was not looked at for a while; the list stands
here, so that nothing of it hangs on Odoo.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from adapters.errors import OdooError
from adapters.patience import Patience
from cache.reference import AdapterProvider
from cart.model import Owner
from cart.store import CartsUnavailableError
from cart.wishlist_sync import bring_together
from cart.wishlists import WishlistStore, merge
from resolvers.cart_errors import told_as_such
from resolvers.errors import (
    AlreadyInWishlistError,
    BadInputError,
    ClientError,
    ForbiddenError,
    NotFoundError,
    SignInsUnavailableError,
)
from resolvers.signing_in import SignIns, Visit

log = structlog.get_logger(__name__)

#: seconds after which Odoo is asked again whether it has another list
LOOK_SECONDS: Final = 60.0
#: seconds that an answer waits for Odoo: what is not done by then is done with the next change
ODOO_SECONDS: Final = 2.0


class VisitorsWishes:
    """The wishlist of whoever asks. Methods raise CartUnavailableError where it cannot be reached.

    ``website``: of the request. ``sessionless``: they come with a token, and have no session. ``clock``: Unix seconds.
    """

    def __init__(
        self,
        visit: Visit,
        signs: SignIns | None,
        store: WishlistStore,
        adapter: AdapterProvider,
        website: Callable[[], Awaitable[int]],
        *,
        clock: Callable[[], float],
        sessionless: bool = False,
    ) -> None:
        self._visit = visit
        self._signs = signs
        self._store = store
        self._adapter = adapter
        self._website = website
        self._clock = clock
        self._sessionless = sessionless
        self._marked: asyncio.Task[frozenset[int]] | None = None

    async def variants(self) -> tuple[int, ...]:
        """What they wish for, the oldest first."""
        owner = await self._owner()
        if owner is None:
            return ()
        with told_as_such():
            found = await self._store.read(owner)
            if owner.kind == "guest" or self._clock() - found.seen < LOOK_SECONDS:
                return found.variants
            await self._bring(owner)
            return (await self._store.read(owner)).variants

    async def marked(self) -> frozenset[int]:
        """The same for marking products: read once for a request, none where it cannot be read."""
        if self._marked is None:
            self._marked = asyncio.create_task(self._mark())
        return await asyncio.shield(self._marked)

    async def add(self, variant_id: int) -> None:
        """Raises AlreadyInWishlistError, BadInputError when the list is full."""
        owner = await self._owner(create=True)
        if owner is None:
            raise NotFoundError("Wishlist does not exist.")
        with told_as_such():
            added = await self._store.add(owner, [variant_id])
            if added == "known":
                raise AlreadyInWishlistError
            if added == "full":
                raise BadInputError("The wishlist has as many products as it may have.")
            await self._bring(owner)
        self._marked = None

    async def remove(self, variant_id: int) -> None:
        """Strike it out; what is not on their list changes nothing."""
        owner = await self._owner()
        if owner is None:
            return
        with told_as_such():
            await self._store.remove(owner, [variant_id])
            await self._bring(owner)
        self._marked = None

    async def settle(self) -> None:
        """Whoever just signed in takes along what they wished for; if that fails now, at their next request."""
        try:
            await self._owner()
        except (ClientError, OdooError) as error:
            log.info("wishlist.not_taken_along", who=self._visit.identity.who, error=type(error).__name__)

    # -- whose ------------------------------------------------------------------------------------------------

    async def _owner(self, *, create: bool = False) -> Owner | None:
        """None: a guest without a list. Raises ForbiddenError for a guest who comes with a token.

        NotFoundError: a customer who is not in Odoo.
        """
        website_id = await self._website()
        identity = self._visit.identity
        secret = self._kept(website_id)
        if not identity.is_guest:
            if identity.partner_id is None:
                raise NotFoundError("User does not exist.")
            owner = Owner(kind="customer", key=str(identity.partner_id), website_id=website_id)
            if secret is not None:
                await self._take_along(Owner(kind="guest", key=secret, website_id=website_id), owner)
            return owner
        if secret is None and create:
            secret = await self._new_secret(website_id)
        return None if secret is None else Owner(kind="guest", key=secret, website_id=website_id)

    def _kept(self, website_id: int) -> str | None:
        session = self._visit.session
        return None if session is None else session.values.get(_value(website_id))

    async def _new_secret(self, website_id: int) -> str:
        """Made of the session: two windows that need one at the same moment make the same."""
        if self._sessionless or self._signs is None:
            raise ForbiddenError("A guest's wishlist needs a session; who comes with a token has none.")
        session = await self._signs.session(self._visit)
        secret = hashlib.blake2b(session.digest.encode(), digest_size=24, person=b"guest's wishes").hexdigest()
        await self._signs.keep(self._visit, {_value(website_id): secret})
        return secret

    async def _take_along(self, guest: Owner, owner: Owner) -> None:
        with told_as_such():
            await merge(self._store, guest, owner)
            await self._bring(owner)
        try:
            if self._signs is not None:
                await self._signs.keep(self._visit, {_value(owner.website_id): None})
        except SignInsUnavailableError:
            log.warning("wishlist.takeover_not_noted", who=self._visit.identity.who)

    # -- and Odoo's -------------------------------------------------------------------------------------------

    async def _bring(self, owner: Owner) -> None:
        """Bring a customer's list and Odoo's together; what fails now is done with the next change."""
        if owner.kind == "guest":
            return
        try:
            async with Patience(ODOO_SECONDS):
                await bring_together(self._store, owner, int(owner.key), self._adapter)
        except (OdooError, TimeoutError) as error:
            log.info("wishlist.odoo_later", partner_id=owner.key, error=type(error).__name__)

    async def _mark(self) -> frozenset[int]:
        try:
            owner = await self._owner()
            return frozenset() if owner is None else frozenset((await self._store.read(owner)).variants)
        except (ClientError, CartsUnavailableError) as error:
            log.info("wishlist.not_marked", error=type(error).__name__)
            return frozenset()


def _value(website_id: int) -> str:
    """The name of the session's value."""
    return f"wishlist:{website_id}"
