"""Bringing a customer's wishlist and Odoo's together, whichever was changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.base import OdooAdapter
from cart.model import Owner
from cart.wishlists import WishlistStore


async def bring_together(
    store: WishlistStore, owner: Owner, partner_id: int, adapter: Callable[[], Awaitable[OdooAdapter]]
) -> None:
    """After it both have the same. Every step may be done again, whatever became of the last one.

    Raises OdooError, after which the list stands as it was, and the next one brings to Odoo what is missing there.
    """
    before = await store.read(owner)
    odoo = await adapter()
    theirs = await odoo.wishes(partner_id)
    if theirs is None:
        return
    ours = await store.take_in(owner, before.revision, theirs)
    if ours is None:  # somebody else does the same right now
        return
    added = [one for one in ours.variants if one not in ours.odoo]
    removed = ours.odoo.difference(ours.variants)
    if added:
        await odoo.add_wishes(partner_id, added, website_id=owner.website_id)
    if removed:
        await odoo.remove_wishes(partner_id, sorted(removed))
    if added or removed:
        await store.brought(owner, added, removed)
