"""What changed, when Odoo itself says which records did."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.reader import among
from adapters.reads.changes import ChangeReads, all_of
from adapters.records import Change
from adapters.source import Watch

#: More records than these are not looked up: all of the subject counts as changed.
LIMIT = 5_000
#: archived ones too
_ALL = {"active_test": False}


class NamedChangeReads(ChangeReads):
    """From a model and ids of records to what the shop calls it, by the profile's watches."""

    async def change_of(self, model: str, record_ids: Sequence[int]) -> list[Change]:
        watches = [
            watch
            for watch in (*self.profile.watches, *self.profile.announced)
            if self.profile.sources[watch.source].model == model and self.reader.has(watch.source)
        ]
        ids = sorted(set(record_ids))
        found = await self.gather(*(self._changes_of(watch, ids) for watch in watches))
        return [change for changes in found for change in changes]

    async def _changes_of(self, watch: Watch, ids: list[int]) -> list[Change]:
        if not ids or len(ids) > LIMIT or not _ways(watch):
            return [all_of(watch)]
        if watch.via == "id":
            return await self._told(watch, [{"id": record_id} for record_id in ids])
        rows = await self.reader.read(watch.source, [among("id", ids)], only=_ways(watch), context=_ALL)
        if len(rows) < len(ids):  # one is gone, and what it belonged to is not known any more
            return [all_of(watch)]
        return await self._told(watch, rows)


def _ways(watch: Watch) -> list[str]:
    """The values that lead to what changed."""
    return [name for name in (watch.via, watch.via_variant, watch.via_contact) if name]
