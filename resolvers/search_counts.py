"""What the index counted, kept for whoever sees the same, until the index is another."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from resolvers.search_freshness import SearchIndex
from resolvers.view import ShopView
from search.queries import Found
from search.suggesting import Counts

T = TypeVar("T", Found, Counts)


class SearchCounts(Generic[T]):
    """Counts of one ``kind``, by what tells them apart; with when Odoo was asked last for what is in the index.

    None are kept where the engine itself judges what whoever asks may see: it may judge otherwise the next time.
    """

    def __init__(self, view: ShopView, index: SearchIndex, kind: str) -> None:
        self._view = view
        self._kind = kind
        self._keeps = index.on_behalf is None

    def known(self, digest: str) -> tuple[datetime, T] | None:
        kept: tuple[datetime, T] | None = self._view.outcomes.known(self._key(digest), ())
        return kept

    def keep(self, digest: str, observed_at: datetime, found: T) -> None:
        if self._keeps:
            self._view.outcomes.keep(self._key(digest), (), (observed_at, found), found.size)

    def _key(self, digest: str) -> tuple[object, ...]:
        return self._kind, self._view.lang, self._view.policy.roles, digest
