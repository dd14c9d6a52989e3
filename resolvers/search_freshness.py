"""The product index, as the API has it: whom to ask, and whether it has heard of what changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cache.tags import CATEGORIES, PRODUCTS, STOCK
from identity.keys import KeyFileError
from search.asking import Asking, NotAnsweredError
from search.on_behalf import OnBehalf

#: clocks of machines differ
_MARGIN: Final = timedelta(seconds=2)
#: how long an answer is kept that was made of an index which has not heard of the last change yet
BEHIND_FOR: Final = timedelta(seconds=2)
#: how long one is kept that was made without the index, as that is away
FALLBACK_FOR: Final = timedelta(seconds=5)


class LastChanges:
    """When something of the products, and of stock, was last announced to have changed.

    A process that starts does not know: for it that is when it started.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._products = self._stock = clock()

    def heard(self, tags: frozenset[str]) -> None:
        """What was announced; nothing named: anything may have changed."""
        if not tags or not tags.isdisjoint({PRODUCTS, CATEGORIES}):
            self._products = self._clock()
        if not tags or STOCK in tags:
            self._stock = self._clock()

    def are_in(self, observed_at: datetime | None, *, stock: bool) -> bool:
        """Are they in what has all changes up to a moment?"""
        last = max(self._products, self._stock) if stock else self._products
        return observed_at is not None and observed_at >= datetime.fromtimestamp(last, UTC) + _MARGIN


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """The index, and what was heard of changes. ``on_behalf``: None: the engine is asked as the shop, whoever asks."""

    asking: Asking
    changes: LastChanges
    on_behalf: OnBehalf | None = None

    def asking_for(self, roles: Iterable[str], pricelist_id: int | None) -> Asking:
        """What asks as whoever asks, if it is to. ``pricelist_id``: theirs. Raises NotAnsweredError."""
        if self.on_behalf is None:
            return self.asking
        try:
            return self.asking.as_caller(self.on_behalf.headers_for(roles, pricelist_id))
        except KeyFileError as error:
            raise NotAnsweredError("refused", str(error)) from error
