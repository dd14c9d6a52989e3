"""What was worked out of products, kept for the next carts that have them, for as long as nobody says it is wrong."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from cache.store import Store
from cache.tags import ALL_PRICES, ALL_PRODUCTS, REFERENCE

#: how much is kept of all that asks, and for how long it counts without being looked at again (seconds)
_MOST: Final = 100_000
_SECONDS: Final = 30.0
_ALL: Final = REFERENCE | {ALL_PRODUCTS, ALL_PRICES}


class _Kept(NamedTuple):
    product_id: int
    value: Any
    until: float


class KnownProducts:
    """Values by variant, apart for each audience. An invalidation of a product or its prices ends what is kept of it.

    ``clock``: Unix seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[Hashable, dict[int, _Kept]] = OrderedDict()
        self._count = 0
        #: grows with every invalidation: what was read before one is not kept after it
        self.news = 0
        store.on_invalidated(self._heard)

    def of(self, audience: Hashable, variant_ids: Iterable[int]) -> dict[int, Any]:
        """Those that are known."""
        kept = self._kept.get(audience) if self._store.listening else None
        if not kept:
            return {}
        now = self._clock()
        found = {}
        for variant_id in variant_ids:
            one = kept.get(variant_id)
            if one is not None and now < one.until:
                found[variant_id] = one.value
        return found

    def keep(self, audience: Hashable, values: Mapping[int, tuple[int, Any]], news: int) -> None:
        """Keep values by variant, each with its product's id, read since `news` was ``news``."""
        if news != self.news or not self._store.listening:
            return
        kept = self._kept.setdefault(audience, {})
        self._kept.move_to_end(audience)
        until = self._clock() + _SECONDS
        before = len(kept)
        kept.update({variant_id: _Kept(product_id, one, until) for variant_id, (product_id, one) in values.items()})
        self._count += len(kept) - before
        while self._count > _MOST:
            _, dropped = self._kept.popitem(last=False)
            self._count -= len(dropped)

    def _heard(self, tags: frozenset[str]) -> None:
        self.news += 1
        if not tags or not tags.isdisjoint(_ALL):
            self._kept.clear()
            self._count = 0
            return
        gone = {
            int(tag.partition(":")[2]) for tag in tags if tag.startswith(("product:", "price:")) and tag[-1].isdigit()
        }
        if not gone:
            return
        for kept in self._kept.values():
            for variant_id in [key for key, one in kept.items() if one.product_id in gone]:
                del kept[variant_id]
                self._count -= 1
