"""Drafts in Odoo of carts that are nowhere any more: what ended before workers knew of it, or was lost with its Redis.

Workers take away drafts of carts that they know to have ended (`cart.sync_ended`). These are found from the other
side: a draft that was made for a cart, has not been written for longer than carts live, and has no cart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.base import OdooAdapter
from adapters.errors import OdooAccessError, OdooRejectedError
from adapters.records.orders import CartDraft
from cart.ids import partition_of_cart
from cart.store import CartStore

#: drafts looked at together
_BATCH: Final = 100
#: drafts that have to have a cart, if there are any, looked at before others are taken for left over
_LIVELY: Final = 200


class ElsewhereError(Exception):
    """None of the drafts that were written lately has a cart: they are kept somewhere else than was looked."""


@dataclass(frozen=True)
class Tidying:
    """Finds such drafts, and takes them away. ``until``: what was written since is let be.

    All methods raise OdooError and `CartsUnavailableError`.
    """

    adapter: OdooAdapter
    carts: CartStore
    until: datetime

    async def check(self) -> None:
        """Are the carts of this Odoo those that are looked at? Raises `ElsewhereError`."""
        lately = await self.adapter.cart_drafts(since=self.until, limit=_LIVELY)
        carts = [draft.cart for draft in lately if partition_of_cart(draft.cart) is not None]
        if carts and not await self.carts.find_many(carts):
            raise ElsewhereError

    async def left(self, limit: int) -> AsyncIterator[CartDraft]:
        """Drafts without a cart, no more than ``limit``; also those that people have touched."""
        after, found = 0, 0
        while found < limit:
            drafts = await self.adapter.cart_drafts(until=self.until, after=after, limit=_BATCH)
            carts = [draft.cart for draft in drafts if partition_of_cart(draft.cart) is not None]
            alive = await self.carts.find_many(carts)
            for draft in drafts:
                after = draft.id
                if draft.cart in carts and draft.cart not in alive and found < limit:
                    found += 1
                    yield draft
            if not drafts:
                return

    async def dropped(self, draft: CartDraft) -> bool:
        """Take one away. False: it stays, as people have touched it, or Odoo refuses."""
        if draft.touched:
            return False
        try:
            return await self.adapter.drop_abandoned(draft.cart)
        except (OdooRejectedError, OdooAccessError):
            return False
