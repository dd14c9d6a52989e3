"""Builds the index of all languages from Odoo, beside the one in use, and puts it in its place when it is whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from adapters.records import ProductMatch
from search.analysis import has_compounds
from search.chains import fingerprints
from search.compounds import parts_of, texts_of
from search.engine import Operation
from search.facts import FACTS, facts_body
from search.indexes import BuildMeta, Indexes, SyncState, encoded, stamp_of
from search.mapping import fingerprint, index_body
from search.reading import BATCH, Batch, Catalogue, Shop, documents_of, utc_now
from search.synonyms import synonyms_of
from search.writing import Writing

log = structlog.get_logger(__name__)

#: what was begun longer ago is not gone on with: too much may have changed since
_RESUMED_FOR: Final = timedelta(hours=12)
#: batches between two notes of how far a build has come
_NOTED_EVERY: Final = 5
#: of the products that Odoo has for sale, so many may lack, having been taken off sale meanwhile
_MAY_LACK: Final = 0.02
_MAY_LACK_AT_LEAST: Final = 5
#: an index with less than this share of the one in use is not what was meant
_SHRINKS_TO: Final = 0.5
#: seconds that an index has to become one segment
_MERGED_WITHIN: Final = 120.0

#: told how many products are done, and how many there are
Progress = Callable[[int, int], None]


class ImplausibleError(Exception):
    """What was built is not whole, and was not put into use. It is there still, under its own name."""


@dataclass(frozen=True, slots=True)
class Built:
    """``products``: in each language. ``resumed_at``: the product after which an older build was gone on with."""

    stamp: str
    products: int
    resumed_at: int
    seconds: float
    dropped: Sequence[str] = ()


@dataclass(eq=False)
class Builder:
    """Builds. ``replicas``: of the index in use; while it is built it has none. ``kept``: former builds to keep."""

    catalogue: Catalogue
    indexes: Indexes
    synonyms: Path | None = None
    replicas: int = 1
    kept: int = 1
    batch: int = BATCH
    clock: Callable[[], datetime] = utc_now
    _made: dict[str, BuildMeta] = field(init=False, default_factory=dict)

    async def build(self, *, force: bool = False, fresh: bool = False, progress: Progress = lambda *_: None) -> Built:
        """Build and use it; a build that was broken off is gone on with.

        ``force``: use it even if it is not plausible. ``fresh``: begin anew. Raises ImplausibleError, OdooError,
        EngineError, SynonymsError.
        """
        began = self.clock()
        cursor = await self.catalogue.adapter.changes_since(None)
        shop = await self.catalogue.shop(began)
        matches = await self.catalogue.for_sale(shop.langs[0])
        wanted = self._metas(shop, began, len(matches))
        resumed = None if fresh else await self._resumable(wanted)
        if resumed is None:
            self._made = wanted
            await self._begin(shop, matches, wanted, cursor.cursor, cursor.observed_at)
        else:
            self._made = resumed
        meta = next(iter(self._made.values()))
        log.info("index.build", stamp=meta.stamp, products=len(matches), langs=shop.langs, reached=meta.reached)
        await self._fill(shop, [match for match in matches if match.id > meta.reached], len(matches), progress)
        products = await self._finish(shop, len(matches), force=force)
        dropped = await self._tidy(meta.stamp)
        return Built(meta.stamp, products, meta.reached, (self.clock() - began).total_seconds(), dropped)

    # -- beginning --------------------------------------------------------------------------------------------

    def _metas(self, shop: Shop, began: datetime, expected: int) -> dict[str, BuildMeta]:
        return {
            part: BuildMeta(
                lang=part,
                stamp=stamp_of(began),
                started=began,
                fingerprint=fingerprint(self._body(shop, part)),
                company_id=shop.prices.company_id,
                include_tax=shop.prices.include_tax,
                expected=expected,
                priced_otherwise=shop.prices.sold_otherwise,
            )
            for part in shop.parts
        }

    def _body(self, shop: Shop, part: str, *, compounds: Sequence[str] = (), **options: Any) -> dict[str, Any]:
        """What makes the index of a language, or of the facts. ``compounds``: parts of compound words."""
        if part == FACTS:
            return facts_body(**options)
        pricelists, synonyms = list(shop.prices.pricelists), self._synonyms(part)
        return index_body(part, pricelists, parts=compounds, synonyms=synonyms, **options)

    def _synonyms(self, lang: str) -> tuple[str, ...]:
        return synonyms_of(self.synonyms, lang)

    async def _resumable(self, wanted: dict[str, BuildMeta]) -> dict[str, BuildMeta] | None:
        """The newest build that was begun for the same and not finished, in all languages."""
        begun: dict[str, dict[str, BuildMeta]] = {}
        for meta in (await self.indexes.built()).values():
            fits = meta.lang in wanted and meta.goes_on_as(wanted[meta.lang])
            if fits and wanted[meta.lang].started - meta.started < _RESUMED_FOR:
                begun.setdefault(meta.stamp, {})[meta.lang] = meta
        for stamp in sorted(begun, reverse=True):
            if begun[stamp].keys() == wanted.keys() and await self.indexes.state(stamp) is not None:
                reached = min(meta.reached for meta in begun[stamp].values())
                return {lang: msgspec.structs.replace(meta, reached=reached) for lang, meta in begun[stamp].items()}
        return None

    async def _begin(
        self, shop: Shop, matches: Sequence[ProductMatch], metas: dict[str, BuildMeta], cursor: str, at: datetime
    ) -> None:
        stamp = next(iter(metas.values())).stamp
        state = SyncState(
            cursor=cursor,
            observed_at=at,
            stamp=stamp,
            priced=fingerprints(shop.prices),
            counted_at=next(iter(metas.values())).started,
        )
        await self.indexes.keep_state(state, stamp)
        for part, meta in metas.items():
            compounds: list[str] = []
            if part != FACTS and has_compounds(part):
                named = matches if part == shop.langs[0] else await self.catalogue.for_sale(part)
                compounds = parts_of([*(match.name for match in named), *texts_of(shop.labels[part])])
            body = self._body(shop, part, compounds=compounds, replicas=0, meta=encoded(meta))
            body["settings"]["index"]["refresh_interval"] = "-1"
            await self.indexes.engine.create(self._name(meta), body)

    def _name(self, meta: BuildMeta) -> str:
        return self.indexes.names.index(meta.lang, meta.stamp)

    def _names(self) -> dict[str, str]:
        return {part: self._name(meta) for part, meta in self._made.items()}

    # -- filling ----------------------------------------------------------------------------------------------

    async def _fill(self, shop: Shop, matches: Sequence[ProductMatch], total: int, progress: Progress) -> None:
        makers, done, names = shop.makers(), total - len(matches), self._names()
        progress(done, total)
        async with Writing(self.indexes.engine) as writing:
            number = 0
            async for batch in self.catalogue.batches(shop, matches, self.batch):
                for part, document in documents_of(shop, makers, batch):
                    await writing.add(Operation("index", names[part], document["id"], document))
                number += 1
                if number % _NOTED_EVERY == 0:
                    await writing.flush()
                    await self._note(batch)
                done += len(batch.ids)
                progress(done, total)

    async def _note(self, batch: Batch) -> None:
        """How far it has come: a build that is broken off goes on from here."""
        for lang, meta in self._made.items():
            self._made[lang] = msgspec.structs.replace(meta, reached=batch.ids[-1])
            await self.indexes.tell(self._name(meta), self._made[lang])

    # -- finishing --------------------------------------------------------------------------------------------

    async def _finish(self, shop: Shop, expected: int, *, force: bool) -> int:
        engine, counts = self.indexes.engine, dict[str, int]()
        for lang, meta in self._made.items():
            name = self._name(meta)
            await engine.refresh(name)
            await engine.merge(name, seconds=_MERGED_WITHIN)
            await engine.settings(name, {"refresh_interval": None, "number_of_replicas": self.replicas})
            await engine.refresh(name)
            counts[lang] = await engine.count(name)
        if not force:
            await self._check(counts, expected)
        for meta in self._made.values():
            done = msgspec.structs.replace(meta, complete=True, finished=self.clock())
            await self.indexes.tell(self._name(meta), done)
        stamp = next(iter(self._made.values())).stamp
        begun = await self.indexes.state(stamp)
        await self.indexes.use(stamp, shop.parts)
        if begun is not None:
            await self.indexes.keep_state(begun[0])
        return min(counts.values(), default=0)

    async def _check(self, counts: dict[str, int], expected: int) -> None:
        least = expected - max(_MAY_LACK_AT_LEAST, int(expected * _MAY_LACK))
        in_use = await self.indexes.in_use(list(counts))
        for lang, count in counts.items():
            if not count or count < least:
                raise ImplausibleError(f"{lang}: {count} products in the index, {expected} for sale in Odoo")
            before = await self.indexes.engine.count(in_use[lang]) if lang in in_use else 0
            if count < before * _SHRINKS_TO:
                raise ImplausibleError(f"{lang}: {count} products, where the index in use has {before}")

    async def _tidy(self, stamp: str) -> Sequence[str]:
        """Former builds go, but for the last ones; so do builds that were given up."""
        stamps = {meta.stamp: meta.complete for meta in (await self.indexes.built()).values() if meta.stamp != stamp}
        complete = sorted((one for one, whole in stamps.items() if whole), reverse=True)
        return await self.indexes.drop(set(stamps) - set(complete[: self.kept]))


async def roll_back(indexes: Indexes, langs: Sequence[str]) -> str:
    """Use the build before the one in use again, with its facts; its stamp. Raises LookupError when there is none.

    What changed in Odoo since then is brought in by the next sync.
    """
    built, langs = await indexes.built(), list(dict.fromkeys([*langs, FACTS]))
    used = {built[name].stamp for name in (await indexes.in_use(langs)).values() if name in built}
    by_stamp: dict[str, set[str]] = {}
    for meta in built.values():
        if meta.complete:
            by_stamp.setdefault(meta.stamp, set()).add(meta.lang)
    older = [stamp for stamp, has in by_stamp.items() if has.issuperset(langs) and used and stamp < min(used)]
    if not older:
        raise LookupError("there is no former build to go back to")
    begun = await indexes.state(max(older))
    await indexes.use(max(older), langs)
    if begun is not None:
        await indexes.keep_state(begun[0])
    return max(older)
