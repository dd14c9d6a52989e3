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
            for watch in self.profile.watches
            if self.profile.sources[watch.source].model == model and self.reader.has(watch.source)
        ]
        ids = sorted(set(record_ids))
        found: list[Change] = await self.gather(*(self._change_of(watch, ids) for watch in watches))
        return found

    async def _change_of(self, watch: Watch, ids: list[int]) -> Change:
        if not ids or len(ids) > LIMIT or (watch.via is None and watch.via_variant is None):
            return all_of(watch)
        if watch.via == "id":
            return await self._told(watch, [{"id": record_id} for record_id in ids])
        only = [name for name in (watch.via, watch.via_variant) if name]
        rows = await self.reader.read(watch.source, [among("id", ids)], only=only, context=_ALL)
        if len(rows) < len(ids):  # one is gone, and what it belonged to is not known any more
            return all_of(watch)
        return await self._told(watch, rows)
