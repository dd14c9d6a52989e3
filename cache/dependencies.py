"""What an answer was made of: so that it can be kept as long as that stays the same, and no longer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

from cache.tags import compacted


class Dependencies:
    """Collects, during one request, what its answer depends on.

    ``valid_until``: the first moment (aware) at which the answer changes by itself, as a price does when a rule of
    its pricelist begins or ends; None when there is none. ``fresh_until`` (Unix seconds): until when all its records
    count as fresh; infinite without any. ``stale``: something in it is known to be old or could not
    be asked for again, because Odoo is away. ``unsure``: something in it may have changed without this process having
    heard of it, because Redis is away. What is either is not to be kept.
    """

    __slots__ = ("_tags", "fresh_until", "stale", "unsure", "valid_until")

    def __init__(self) -> None:
        self._tags: set[str] = set()
        self.valid_until: datetime | None = None
        self.fresh_until = math.inf
        self.stale = False
        self.unsure = False

    @property
    def keepable(self) -> bool:
        """May the answer be kept?"""
        return not self.stale and not self.unsure

    @property
    def tags(self) -> frozenset[str]:
        """As few tags as say it all."""
        return compacted(self._tags)

    def add(self, tags: Iterable[str], fresh_until: float = math.inf) -> None:
        """It depends on something with these tags, which counts as fresh until then."""
        self._tags.update(tags)
        if fresh_until < self.fresh_until:
            self.fresh_until = fresh_until

    def until(self, moment: datetime | None) -> None:
        """The answer changes at this moment at the latest."""
        if moment is not None and (self.valid_until is None or moment < self.valid_until):
            self.valid_until = moment

    def mark_stale(self) -> None:
        self.stale = True

    def mark_unsure(self) -> None:
        self.unsure = True
