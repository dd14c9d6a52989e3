"""Does the index in use serve, as far as the engine alone can tell? For probes: a few small questions, and no Odoo."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from search.engine import EngineError, EngineUnavailableError
from search.facts import FACT_FIELDS, FACTS
from search.indexes import BuildMeta, Indexes
from search.mapping import properties

_BUILD: Final = "`headless-odoo index build`"
#: Parts of an index may differ by this share of the products, or so many: one is written before the other.
_MAY_DIFFER: Final = 0.02
_MAY_DIFFER_AT_LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Condition:
    """``wrong``: why it does not serve as it should, in plain words; None when it does.

    ``lag``: how long ago Odoo was asked for changes that are in it; None if nobody knows.
    """

    wrong: str | None
    lag: timedelta | None = None

    def beyond(self, limit: timedelta) -> str | None:
        """What is wrong, be it that it lags behind by more than ``limit``."""
        if self.wrong is not None or self.lag is None or self.lag <= limit:
            return self.wrong
        return f"{self.lag.total_seconds():.0f} s behind Odoo: nothing brings it up to date"


class Looking:
    """Looks at the indexes of some languages and the facts. What was found right of an index stays so."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._right: frozenset[str] = frozenset()

    async def look(self, langs: Sequence[str], now: datetime) -> Condition:
        """How they stand. Raises EngineError when the engine does not tell."""
        in_use, state = await asyncio.gather(self._indexes.in_use((*langs, FACTS)), self._indexes.state())
        lag = now - state[0].observed_at if state is not None else None
        lacking = [part for part in (*langs, FACTS) if part not in in_use]
        if len(lacking) > len(langs):
            return Condition(f"there is no index: {_BUILD} makes one")
        if lacking:
            return Condition(f"there is no index of {', '.join(lacking)}: {_BUILD} makes one", lag)
        if state is None:
            return Condition(f"it is damaged, nobody knows how old it is: {_BUILD} makes another", None)
        try:
            counts = await self._counts(in_use)
        except EngineError as error:
            return Condition(f"it is damaged and does not answer ({error}): {_BUILD} makes another", lag)
        return Condition(await self._other_release(in_use) or _uneven(counts), lag)

    async def _other_release(self, in_use: Mapping[str, str]) -> str | None:
        names = frozenset(in_use.values())
        if names == self._right:
            return None
        built = await self._indexes.built()
        mappings = await self._indexes.engine.mappings(",".join(sorted(names)))
        for part, name in in_use.items():
            meta: BuildMeta | None = built.get(name)
            if meta is None or not meta.complete:
                return f"that of {part} was never finished: {_BUILD} makes another"
            wanted = FACT_FIELDS if part == FACTS else properties(())
            if not _has(mappings[name].get("properties", {}), wanted):
                return f"that of {part} was made by another release: {_BUILD} makes one for this"
        self._right = names
        return None

    async def _counts(self, in_use: Mapping[str, str]) -> dict[str, int]:
        """How many products each part has. Raises EngineError when one of them does not answer."""
        by_index = {"size": 0, "aggs": {"by_index": {"terms": {"field": "_index", "size": len(in_use)}}}}
        answer = await self._indexes.engine.search(",".join(in_use.values()), by_index)
        if answer["_shards"]["failed"]:
            raise EngineUnavailableError("a part of it failed")
        told = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["by_index"]["buckets"]}
        return {part: told.get(name, 0) for part, name in in_use.items()}


def _uneven(counts: Mapping[str, int]) -> str | None:
    most = max(counts.values())
    for part, count in counts.items():
        if not count or most - count > max(_MAY_DIFFER_AT_LEAST, most * _MAY_DIFFER):
            return f"it is damaged, {part} has {count} products and others have {most}: {_BUILD} makes another"
    return None


def _has(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Have the fields the types that this release writes and reads?"""
    return all(
        name in there and there[name].get("type", "object") == field.get("type", "object")
        for name, field in wanted.items()
    )
