"""Wishlists in one process, for where there is no Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from cart.model import Owner
from cart.rules import CartRules
from cart.wishlists import MOST, Added, Wishlist


@dataclass(slots=True)
class _Kept:
    until: float
    variants: dict[int, None] = field(default_factory=dict)
    odoo: set[int] = field(default_factory=set)
    revision: int = 0
    seen: float = 0.0


class MemoryWishlists:
    """A `cart.wishlists.WishlistStore`. ``clock``: Unix seconds."""

    def __init__(
        self, rules: CartRules | None = None, *, most: int = MOST, clock: Callable[[], float] = time.time
    ) -> None:
        self._rules = rules or CartRules()
        self._most = most
        self._clock = clock
        self._kept: dict[Owner, _Kept] = {}

    async def read(self, owner: Owner) -> Wishlist:
        kept = self._kept.get(owner)
        return Wishlist() if kept is None or kept.until <= self._clock() else _told(kept)

    async def add(self, owner: Owner, variant_ids: Sequence[int]) -> Added:
        kept = self._touched(owner)
        new = [one for one in dict.fromkeys(variant_ids) if one not in kept.variants]
        room = self._most - len(kept.variants)
        kept.variants.update(dict.fromkeys(new[: max(room, 0)]))
        if len(new) > room:
            return "full"
        return "added" if new else "known"

    async def remove(self, owner: Owner, variant_ids: Sequence[int]) -> None:
        kept = self._touched(owner)
        for one in variant_ids:
            kept.variants.pop(one, None)
        if not kept.variants and not kept.odoo:
            del self._kept[owner]

    async def take_in(self, owner: Owner, revision: int, theirs: Sequence[int]) -> Wishlist | None:
        kept = self._touched(owner)
        if kept.revision != revision:
            return None
        for gone in kept.odoo.difference(theirs):
            kept.variants.pop(gone, None)
        known = set()
        for one in theirs:
            if one not in kept.odoo and one not in kept.variants:
                if len(kept.variants) >= self._most:
                    continue  # unknown still: it is not taken for one that was struck out
                kept.variants[one] = None
            known.add(one)
        kept.odoo, kept.revision, kept.seen = known, revision + 1, self._clock()
        return _told(kept)

    async def brought(self, owner: Owner, added: Collection[int], removed: Collection[int]) -> None:
        kept = self._touched(owner)
        kept.odoo = (kept.odoo | set(added)) - set(removed)
        kept.revision += 1

    def _touched(self, owner: Owner) -> _Kept:
        """The owner's, which from now on lasts anew."""
        now = self._clock()
        for other in [one for one, kept in self._kept.items() if kept.until <= now]:
            del self._kept[other]
        life = self._rules.guest if owner.kind == "guest" else self._rules.customer
        kept = self._kept.setdefault(owner, _Kept(0.0))
        kept.until = now + life
        return kept


def _told(kept: _Kept) -> Wishlist:
    return Wishlist(variants=tuple(kept.variants), odoo=frozenset(kept.odoo), revision=kept.revision, seen=kept.seen)
