"""The content as requests read it: at hand, refreshed behind their backs, and older while its source is away."""

from __future__ import annotations

from typing import Final

from cache.dependencies import Dependencies
from cache.kinds import Kind, Life
from cache.refreshing import Refreshing
from cache.shared_table import SharedTable
from cache.store import Store
from cache.tags import CONTENT
from content.records import Content
from content.source import ContentError, ContentSource

#: a source that is away for a month is missed, and its content is shown all the same
_KEPT: Final = 30 * 86_400.0
_KIND: Final = Kind[Content]("content:1", Content, Life(60.0, _KEPT))
_TAGS: Final = frozenset({CONTENT})


class Library:
    """``seconds``: for how long content counts as fresh. Nobody waits for a source, unless nothing is known at all."""

    def __init__(self, source: ContentSource, store: Store, *, seconds: float) -> None:
        self._source = source
        self._store = store
        self._seconds = seconds
        self._by_lang: dict[str, Refreshing[Content]] = {}
        store.on_invalidated(self._heard)

    async def content(self, lang: str, dependencies: Dependencies) -> Content:
        """All content in a language. While there is none to be had, there is none: no page fails for it."""
        dependencies.add(_TAGS)
        if not self._store.listening:
            dependencies.mark_unsure()
        try:
            return await self._kept(lang).get(dependencies.mark_stale)
        except ContentError:
            dependencies.mark_stale()
            return Content(lang)

    async def close(self) -> None:
        for kept in self._by_lang.values():
            await kept.close()
        await self._source.close()

    def _kept(self, lang: str) -> Refreshing[Content]:
        kept = self._by_lang.get(lang)
        if kept is None:

            async def read() -> Content:
                return await self._source.read(lang)

            table = SharedTable(self._store, _KIND, lang, read=read, tags=_TAGS, seconds=self._seconds)
            kept = self._by_lang[lang] = Refreshing(
                f"content {lang}",
                table.load,
                find=table.find,
                same=lambda one, other: one == other,
                on_difference=self._differs,
                away=ContentError,
            )
        return kept

    async def _differs(self) -> None:
        """Nobody has told of it: answers made of the former content are wrong now."""
        await self._store.invalidate(_TAGS)

    def _heard(self, tags: frozenset[str]) -> None:
        if not tags or CONTENT in tags:
            for kept in self._by_lang.values():
                kept.invalidate()
