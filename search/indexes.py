"""The names of indexes and aliases, and what is told of an index in its metadata.

Each language has an alias, ``<prefix>-<language>``, that leads to the index in use,
``<prefix>-<language>-<stamp>``. What was built together has the same stamp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from search.engine import Engine

_META: Final = "build"
_STAMP: Final = "%Y%m%d%H%M%S"


class BuildMeta(msgspec.Struct, frozen=True, kw_only=True):
    """How an index was made: the state of its build, kept in the index itself.

    ``fingerprint``: of mapping and settings. ``reached``: all products up to this id are in it. ``expected``: how many
    there were when it began.
    """

    lang: str
    stamp: str
    started: datetime
    fingerprint: str
    company_id: int
    include_tax: bool
    expected: int
    #: pricelists whose prices are another company's, or shown with tax where others are without, or the other way round
    priced_otherwise: tuple[int, ...] = ()
    reached: int = 0
    complete: bool = False
    finished: datetime | None = None

    def goes_on_as(self, other: BuildMeta) -> bool:
        """May what was begun as this be finished as the other?"""
        return (
            not self.complete
            and self.fingerprint == other.fingerprint
            and self.company_id == other.company_id
            and self.include_tax == other.include_tax
        )


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """How far changes of Odoo have come into the index.

    ``cursor``: of `OdooAdapter.changes_since`. ``observed_at``: when Odoo was asked. ``priced``: what the prices in the
    index are made of, as `search.chains.fingerprints` tells it. ``counted_at``: when units sold were counted last.
    """

    cursor: str
    observed_at: datetime
    stamp: str
    priced: dict[str, str] = {}
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The names that begin with a prefix."""

    prefix: str

    def alias(self, lang: str) -> str:
        return f"{self.prefix}-{lang.lower().replace('@', '_')}"

    def index(self, lang: str, stamp: str) -> str:
        return f"{self.alias(lang)}-{stamp}"

    @property
    def every_index(self) -> str:
        """A pattern."""
        return f"{self.prefix}-*-2*"

    @property
    def state(self) -> str:
        """Where cursors are kept."""
        return f"{self.prefix}-state"


def stamp_of(at: datetime) -> str:
    return at.strftime(_STAMP)


class Indexes:
    """The indexes of a shop, and what is told of them."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        self.engine = engine
        self.names = Names(prefix)

    async def built(self) -> dict[str, BuildMeta]:
        """What was begun or finished, by index."""
        found = await self.engine.mappings(self.names.every_index)
        metas = {name: decoded(mapping.get("_meta", {})) for name, mapping in found.items()}
        # another prefix may begin with this one
        return {
            name: meta
            for name, meta in metas.items()
            if meta is not None and name == self.names.index(meta.lang, meta.stamp)
        }

    async def in_use(self, langs: Sequence[str]) -> dict[str, str]:
        """The index in use by language, for those of the languages that have one."""
        aliases = await self.engine.aliases(f"{self.names.prefix}-*")
        found = {lang: aliases.get(self.names.alias(lang), []) for lang in langs}
        return {lang: indexes[-1] for lang, indexes in found.items() if indexes}

    async def tell(self, index: str, meta: BuildMeta) -> None:
        """Write its state into the index."""
        await self.engine.put_mapping(index, {"_meta": encoded(meta)})

    async def use(self, stamp: str, langs: Sequence[str]) -> None:
        """Have all aliases lead to what was built together, at once."""
        aliases = await self.engine.aliases(f"{self.names.prefix}-*")
        actions: list[Mapping[str, Any]] = []
        for lang in langs:
            alias, index = self.names.alias(lang), self.names.index(lang, stamp)
            actions += [{"remove": {"index": one, "alias": alias}} for one in aliases.get(alias, []) if one != index]
            actions.append({"add": {"index": index, "alias": alias}})
        await self.engine.move_aliases(actions)

    async def drop(self, stamps: set[str]) -> list[str]:
        """Delete what was built then, but for what is in use; answers what was deleted."""
        used = {one for found in (await self.engine.aliases(f"{self.names.prefix}-*")).values() for one in found}
        gone = [name for name, meta in (await self.built()).items() if meta.stamp in stamps and name not in used]
        for name in gone:
            await self.engine.delete(name)
        return gone

    # -- state ------------------------------------------------------------------------------------------------

    async def state(self, key: str = "sync") -> tuple[SyncState, tuple[int, int]] | None:
        """How far changes have come, and its place in the order of writes."""
        kept = await self.engine.kept(self.names.state, key)
        return None if kept is None else (msgspec.convert(kept[0], SyncState), kept[1])

    async def keep_state(self, state: SyncState, key: str = "sync", *, after: tuple[int, int] | None = None) -> bool:
        """False if somebody else has written it since ``after``."""
        if not await self.engine.exists(self.names.state):
            await self.engine.create(self.names.state, {"mappings": {"dynamic": "false"}})
        return await self.engine.keep(self.names.state, key, msgspec.to_builtins(state), after=after)


def encoded(meta: BuildMeta) -> dict[str, Any]:
    """As it stands in an index's ``_meta``."""
    return {_META: msgspec.to_builtins(meta)}


def decoded(meta: Mapping[str, Any]) -> BuildMeta | None:
    """From an index's ``_meta``; None where it is none of ours."""
    try:
        return msgspec.convert(meta.get(_META), BuildMeta)
    except msgspec.ValidationError:
        return None
