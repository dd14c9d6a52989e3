"""Whose cart: a customer's by their contact, on every device the same; a guest's by what only their session knows.

A guest's key is made of the session in which they need a cart first, so that two windows that need one at the same
moment make the same. It is kept among the session's values, as the session's id changes. Who signs in takes it along:
then the guest's cart goes into the customer's, at once or, if that fails, at the next request that is about carts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
import structlog

from adapters.errors import OdooError
from cart.carts import Following
from cart.model import Applied, Cart, CartDetails, Owner, Transaction
from cart.store import CartClosedError, CartNotFoundError, CartStore, Rejected
from resolvers.cart_errors import NO_CART, told_as_such
from resolvers.errors import ClientError, ForbiddenError, NotFoundError, SignInsUnavailableError
from resolvers.signing_in import SignIns, Visit

log = structlog.get_logger(__name__)

_NONE: Final[Rejected] = {}
#: so often a cart that was closed while it was being changed is replaced by the next
_TRIES: Final = 3


class GuestsKey(msgspec.Struct, frozen=True, array_like=True):
    """What a session keeps. ``merging``: the cart that is on its way into the customer's."""

    key: str
    merging: str | None = None


class VisitorsCarts:
    """The carts of whoever asks. All methods raise CartUnavailableError.

    ``website``: of the request. ``sessionless``: they come with a token, and have no session.
    """

    def __init__(
        self,
        visit: Visit,
        signs: SignIns | None,
        store: CartStore,
        website: Callable[[], Awaitable[int]],
        *,
        sessionless: bool = False,
    ) -> None:
        self._visit = visit
        self._signs = signs
        self._website = website
        self._sessionless = sessionless
        self._following = Following(store)
        self.store = store

    async def owner(self, *, create: bool = False) -> Owner | None:
        """Whose carts they are. None: a guest without any; ``create``: they get a session and a key.

        Raises ForbiddenError for a guest who comes with a token, NotFoundError for a customer who is not in Odoo.
        """
        website_id = await self._website()
        identity = self._visit.identity
        if not identity.is_guest:
            if identity.partner_id is None:
                raise NotFoundError("User does not exist.")
            owner = Owner(kind="customer", key=str(identity.partner_id), website_id=website_id)
            await self._take_over(owner)
            return owner
        kept = self._kept(website_id)
        if kept is None and create:
            kept = await self._new_key(website_id)
        return None if kept is None else Owner(kind="guest", key=kept.key, website_id=website_id)

    async def settle(self) -> None:
        """Whoever just signed in takes along what they had as a guest; if that fails now, at their next request."""
        try:
            await self.owner()
        except (ClientError, OdooError) as error:
            log.info("cart.not_taken_along", who=self._visit.identity.who, error=type(error).__name__)

    async def current(self) -> Cart | None:
        """The cart being filled, if there is one."""
        owner = await self.owner()
        if owner is None:
            return None
        with told_as_such():
            return await self.store.current(owner, create=False)

    async def needed(self) -> Cart:
        """The cart being filled; a new one if there is none. Raises as `owner` does."""
        owner = await self.owner(create=True)
        with told_as_such():
            cart = None if owner is None else await self.store.current(owner, create=True)
        if cart is None:
            raise NotFoundError(NO_CART)
        return cart

    async def own(self, cart_id: str) -> Cart:
        """One of theirs, or what it is part of now. Raises NotFoundError for another's, whether it exists or not."""
        owner = await self.owner()
        with told_as_such():
            cart = await self._following.find(cart_id)
        if cart is None or owner is None or cart.owner != owner:
            raise NotFoundError(NO_CART)
        return cart

    async def all(self) -> list[Cart]:
        """Theirs that are open or wait to become orders, the oldest first."""
        owner = await self.owner()
        if owner is None:
            return []
        with told_as_such():
            return await self.store.carts_of(owner)

    async def change(self, transactions: Sequence[Transaction], rejected: Rejected = _NONE) -> Applied:
        """Change the cart being filled. If it becomes an order at this very moment, the next one is."""
        for _ in range(_TRIES):
            cart = await self.needed()
            applied = await self.apply(cart.id, transactions, rejected)
            if applied.cart.state in ("open", "placing"):
                break
        return applied

    async def apply(self, cart_id: str, transactions: Sequence[Transaction], rejected: Rejected = _NONE) -> Applied:
        """Change a cart, which has to be theirs."""
        with told_as_such():
            return await self._following.apply(cart_id, transactions, rejected=rejected)

    async def set_details(self, **changes: Any) -> Cart:
        """Change `cart.model.CartDetails` of the cart being filled."""
        cart = await self.needed()
        with told_as_such():
            return await self.store.set_details(cart.id, **changes)

    # -- guests -----------------------------------------------------------------------------------------------

    def _kept(self, website_id: int) -> GuestsKey | None:
        session = self._visit.session
        text = session.values.get(_value(website_id)) if session is not None else None
        try:
            return None if text is None else msgspec.json.decode(text, type=GuestsKey)
        except msgspec.MsgspecError:
            return None

    async def _new_key(self, website_id: int) -> GuestsKey:
        if self._sessionless or self._signs is None:
            raise ForbiddenError("A guest's cart needs a session; who comes with a token has none.")
        session = await self._signs.session(self._visit)
        kept = GuestsKey(hashlib.blake2b(session.digest.encode(), digest_size=24, person=b"guest's cart").hexdigest())
        await self._keep(website_id, kept)
        return kept

    async def _keep(self, website_id: int, kept: GuestsKey | None) -> None:
        if self._signs is not None:
            text = None if kept is None else msgspec.json.encode(kept).decode()
            await self._signs.keep(self._visit, {_value(website_id): text})

    # -- what a customer brought along as a guest -------------------------------------------------------------

    async def _take_over(self, owner: Owner) -> None:
        """The guest's cart goes into the customer's. Every step may be done again, whatever the last one did."""
        kept = self._kept(owner.website_id)
        if kept is None:
            return
        with told_as_such():
            source = await self.store.current(
                Owner(kind="guest", key=kept.key, website_id=owner.website_id), create=False
            )
        source_id = kept.merging if source is None else source.id
        try:
            if source is not None and source.id != kept.merging:
                await self._keep(owner.website_id, GuestsKey(kept.key, source.id))
            if source_id is None or await self._merged(source_id, owner):
                await self._keep(owner.website_id, None)
        except SignInsUnavailableError:
            log.warning("cart.takeover_not_noted", who=self._visit.identity.who)

    async def _merged(self, source_id: str, owner: Owner) -> bool:
        """False: an order is just being placed; it is tried again at the next request."""
        with told_as_such():
            target = await self.store.current(owner, create=True)
            assert target is not None  # noqa: S101  # it was asked to be made
            try:
                merged = await self.store.merge(source_id, target.id)
            except CartNotFoundError:
                return True  # it has come to its end
            except CartClosedError as error:
                return error.cart.state != "placing"
            await self._clear_contacts(target, merged)
        log.info("cart.merged", who=self._visit.identity.who, cart=merged.id, guests=source_id)
        return True

    async def _clear_contacts(self, before: Cart, merged: Cart) -> None:
        """The contacts that a guest made at the checkout are none of the customer's."""
        if merged.details.partner_id is None:
            return
        own = before.details if before.details.partner_id is None else CartDetails()
        try:
            await self.store.set_details(
                merged.id,
                partner_id=None,
                invoice_partner_id=own.invoice_partner_id,
                shipping_partner_id=own.shipping_partner_id,
            )
        except CartClosedError:
            log.warning("cart.guests_contact_stays", cart=merged.id)


def _value(website_id: int) -> str:
    """The name of the session's value."""
    return f"cart:{website_id}"
