"""Is the index what Odoo has? How far behind it is, what lacks, and samples compared field by field."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from search.documents import Document
from search.indexes import BuildMeta, Indexes
from search.reading import Catalogue, documents_of

#: what changes without being wrong: units sold are counted when a product is written
_NOT_COMPARED = frozenset({"popularity"})


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """One language. ``lacking``: for sale in Odoo and not in the index; ``surplus``: the other way round."""

    lang: str
    index: str | None
    built: BuildMeta | None
    products: int
    lacking: Sequence[int]
    surplus: Sequence[int]


@dataclass(frozen=True, slots=True)
class Status:
    """``lag``: how long ago Odoo was asked for changes that are in the index; None if nobody ever did."""

    languages: Sequence[LanguageStatus]
    for_sale: int
    lag: timedelta | None
    unfinished: Sequence[BuildMeta]

    @property
    def whole(self) -> bool:
        """Is every language there, with the products that Odoo has for sale, and no others?"""
        return all(one.index and not one.lacking and not one.surplus for one in self.languages)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a document that is not what Odoo tells now."""

    lang: str
    product_id: int
    field: str
    indexed: Any
    expected: Any


@dataclass(slots=True)
class Verified:
    """``compared``: documents."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)


async def status(catalogue: Catalogue, indexes: Indexes, now: datetime) -> Status:
    """How the index in use stands. Raises OdooError, EngineError."""
    shop = await catalogue.shop(now)
    for_sale = {match.id for match in await catalogue.for_sale(shop.langs[0])}
    in_use, built, state = await indexes.in_use(shop.parts), await indexes.built(), await indexes.state()
    languages = []
    for lang in shop.parts:
        index = in_use.get(lang)
        there = await _ids(indexes, index) if index is not None else set[int]()
        languages.append(
            LanguageStatus(
                lang=lang,
                index=index,
                built=built.get(index or ""),
                products=len(there),
                lacking=sorted(for_sale - there),
                surplus=sorted(there - for_sale),
            )
        )
    lag = now - state[0].observed_at if state is not None else None
    return Status(languages, len(for_sale), lag, [meta for meta in built.values() if not meta.complete])


async def _ids(indexes: Indexes, index: str) -> set[int]:
    await indexes.engine.refresh(index)
    return {int(hit["_id"]) async for hit in indexes.engine.scan(index, {"match_all": {}}, source=False)}


async def verify(
    catalogue: Catalogue, indexes: Indexes, now: datetime, *, samples: int = 200, seed: int | None = None
) -> Verified:
    """Compare so many products, drawn by chance, with documents made anew. Raises OdooError, EngineError."""
    shop = await catalogue.shop(now)
    in_use, makers, found = await indexes.in_use(shop.parts), shop.makers(), Verified()
    ids = [match.id for match in await catalogue.for_sale(shop.langs[0])]
    drawn = sorted(random.Random(seed).sample(ids, min(samples, len(ids))))  # noqa: S311  # no secret
    for start in range(0, len(drawn), 100):
        batch = await catalogue.read(shop, drawn[start : start + 100])
        there = {lang: await indexes.engine.documents(index, batch.ids) for lang, index in in_use.items()}
        for lang, document in documents_of(shop, makers, batch):
            found.compared += 1
            expected = msgspec.json.decode(msgspec.json.encode(document))
            found.differences += _differences(lang, expected, there.get(lang, {}).get(expected["id"]))
    return found


def _differences(lang: str, expected: Document, indexed: Mapping[str, Any] | None) -> list[Difference]:
    product_id = expected["id"]
    if indexed is None:
        return [Difference(lang, product_id, "", None, "a document")]
    return [
        Difference(lang, product_id, name, indexed.get(name), expected.get(name))
        for name in sorted((expected.keys() | indexed.keys()) - _NOT_COMPARED)
        if _without_none(indexed.get(name)) != _without_none(expected.get(name))
    ]


def _without_none(value: Any) -> Any:
    """What is nothing by name is nothing."""
    if isinstance(value, Mapping):
        return {key: one for key, one in value.items() if one is not None}
    return value
