"""Carts in the process: lists of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cart.browsing import LISTS, LOOKED_AT, Part, Place, page_of, place_of
from cart.memory_shelf import Kept, Shelf
from cart.store import CartsPage, Listed

_ENDED: Final = frozenset({"placed", "merged", "deleted"})


class MemoryBrowsing(Shelf):
    """The part of a `cart.store.CartStore` that is about lists of all carts."""

    async def browse(
        self, which: Listed, websites: Sequence[int], limit: int, *, after: str | None = None
    ) -> CartsPage:
        listed, begun = LISTS[which], place_of(after)
        places = sorted(self._places(which), reverse=listed.newest_first)
        if begun is not None:
            places = [one for one in places if (one < begun if listed.newest_first else one > begun)]
        looked, found = places[:LOOKED_AT], []
        for place in looked:
            kept = self._get(place.cart_id)
            if kept is not None and kept.owner.website_id in websites and (not listed.synced or kept.told().is_synced):
                found.append(place)
        reached = looked[-1] if len(places) > len(looked) else None
        page, following = page_of([Part(found, reached)], limit, newest_first=listed.newest_first)
        carts = [kept.told() for place in page if (kept := self._get(place.cart_id)) is not None]
        return CartsPage(carts=tuple(carts), following=None if following is None else str(following))

    def _places(self, which: Listed) -> Iterator[Place]:
        if which == "dead":
            yield from (Place(round(at * 1000), one) for one, at in self._dead.items())
        elif which == "due":
            yield from (Place(round(at * 1000), one) for one, at in self._planned.items())
        else:
            yield from (Place(round(kept.changed * 1000), kept.id) for kept in self._carts.values() if _lives(kept))


def _lives(kept: Kept) -> bool:
    return kept.state not in _ENDED
