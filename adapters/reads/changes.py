"""What changed since a cursor, from the only trace Odoo leaves: ``write_date``.

Every watched model is asked for rows written at or after the newest moment seen, minus an overlap: a long
transaction shows up late, with the moment it began. Rows seen in that window before are dropped. A deletion leaves
no trace: it shows in a count that is lower than it should be, and, for products, in the ids that are gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from adapters.errors import OdooProtocolError
from adapters.reader import Row
from adapters.reads.catalogue import CatalogueReads
from adapters.records import Change, Changes
from adapters.records.changes import Subject
from adapters.source import Watch
from adapters.values import many2one

#: A transaction that ran longer than this before it committed can be missed.
OVERLAP = timedelta(minutes=3)
#: More changed rows than this in one poll count as "all of the subject changed".
LIMIT = 5_000
_ALL = {"active_test": False}
_FORMAT = "%Y-%m-%d %H:%M:%S"
_KNOWS_IDS = frozenset({"product"})


class _Seen(msgspec.Struct):
    """What a cursor remembers of one model."""

    newest: str = "1970-01-01 00:00:00"
    count: int = 0
    last_id: int = 0
    #: id -> write_date of the rows in the overlap window
    window: dict[int, str] = msgspec.field(default_factory=dict)
    #: all ids, as ascending differences (products only)
    ids: list[int] | None = None


_Cursor = dict[str, _Seen]


class ChangeReads(CatalogueReads):
    async def changes_since(self, cursor: str | None) -> Changes:
        observed_at = datetime.now(UTC)
        before = _decode(cursor)
        watches = [watch for watch in self.profile.watches if self.reader.has(watch.source)]
        gate = asyncio.Semaphore(3)  # a poller leaves room for customers

        async def look(watch: Watch) -> tuple[_Seen, list[Change]]:
            async with gate:
                return await self._look(watch, before.get(watch.source))

        looked = await self.gather(*(look(watch) for watch in watches))
        after = {watch.source: seen for watch, (seen, _) in zip(watches, looked, strict=True)}
        changes = [change for _, found in looked for change in found]
        return Changes(
            cursor=msgspec.json.encode(after).decode(),
            changes=tuple(_merged(changes)) if cursor is not None else (),
            observed_at=observed_at,
        )

    async def _look(self, watch: Watch, before: _Seen | None) -> tuple[_Seen, list[Change]]:
        if before is None:
            return await self._first_look(watch), []
        rows = await self._written(watch, before.newest)
        fresh = [row for row in rows if before.window.get(row["id"]) != row["updated"]]
        newest = max((row["updated"] for row in rows), default=before.newest)
        seen = msgspec.structs.replace(before, newest=newest, window=_window(rows, newest))
        changes: list[Change] = []
        if len(rows) > LIMIT:
            changes.append(Change(subject=cast("Subject", watch.subject)))
        elif fresh:
            changes.append(await self._told(watch, fresh))
        seen.count += sum(row["id"] > before.last_id for row in fresh)
        seen.last_id = max((row["id"] for row in fresh), default=before.last_id)
        return seen, changes + await self._deleted(watch, seen)

    async def _first_look(self, watch: Watch) -> _Seen:
        rows = await self.reader.read(
            watch.source, [], order="write_date desc, id desc", only=("updated",), limit=1, context=_ALL
        )
        seen = _Seen()
        if rows:
            seen.newest = rows[0]["updated"]
            seen.window = _window(await self._written(watch, seen.newest), seen.newest)
        last = await self.reader.read(watch.source, [], order="id desc", only=(), limit=1, context=_ALL)
        seen.last_id = last[0]["id"] if last else 0
        await self._deleted(watch, seen)
        return seen

    async def _written(self, watch: Watch, newest: str) -> list[Row]:
        """Rows written since the newest moment seen minus the overlap; one more than LIMIT at most."""
        since = datetime.strptime(newest, _FORMAT).replace(tzinfo=UTC) - OVERLAP
        only = [name for name in ("updated", watch.via, watch.via_variant) if name and name != "id"]
        domain: list[object] = [["write_date", ">=", since.strftime(_FORMAT)]]
        return await self.reader.read(
            watch.source, domain, order="write_date, id", only=only, limit=LIMIT + 1, context=_ALL
        )

    async def _told(self, watch: Watch, rows: list[Row]) -> Change:
        """The change, with the products it concerns where the watch tells them."""
        subject = cast("Subject", watch.subject)
        if watch.via is None and watch.via_variant is None:
            return Change(subject=subject)
        product_ids: set[int] = set()
        variant_ids: set[int] = set()
        for row in rows:
            template_id = row["id"] if watch.via == "id" else many2one(row.get(watch.via or ""))
            variant_id = many2one(row.get(watch.via_variant or ""))
            if template_id is not None:
                product_ids.add(template_id)
            elif variant_id is not None:
                variant_ids.add(variant_id)
            else:  # bound to no product: it may concern every one
                return Change(subject=subject)
        product_ids.update((await self.templates_of(sorted(variant_ids))).values())
        return Change(subject=subject, ids=tuple(sorted(product_ids)))

    async def _deleted(self, watch: Watch, seen: _Seen) -> list[Change]:
        """Notice rows that are gone, and remember what there is now."""
        subject = cast("Subject", watch.subject)
        if watch.source in _KNOWS_IDS:
            now = [row["id"] for row in await self.reader.read(watch.source, [], only=(), context=_ALL)]
            gone = sorted(set(_summed(seen.ids or [])) - set(now))
            seen.ids, seen.count = _differences(now), len(now)
            return [Change(subject=subject, ids=tuple(gone), deleted=True)] if gone else []
        count = await self.reader.count(watch.source, [], context=_ALL)
        fewer = count < seen.count
        seen.count = count
        return [Change(subject=subject, deleted=True)] if fewer else []


def _window(rows: Iterable[Row], newest: str) -> dict[int, str]:
    edge = (datetime.strptime(newest, _FORMAT).replace(tzinfo=UTC) - OVERLAP).strftime(_FORMAT)
    return {row["id"]: row["updated"] for row in rows if row["updated"] >= edge}


def _differences(ids: list[int]) -> list[int]:
    return [after - before for before, after in zip([0, *ids], ids, strict=False)]


def _summed(differences: list[int]) -> list[int]:
    total, ids = 0, []
    for difference in differences:
        total += difference
        ids.append(total)
    return ids


def _merged(changes: Iterable[Change]) -> list[Change]:
    """One change per subject and kind; "all of it" swallows single ids."""
    merged: dict[tuple[Subject, bool], set[int] | None] = {}
    for change in changes:
        key = (change.subject, change.deleted)
        known = merged.get(key, set())
        merged[key] = None if known is None or not change.ids else known | set(change.ids)
    return [
        Change(subject=subject, deleted=deleted, ids=tuple(sorted(ids or ())))
        for (subject, deleted), ids in merged.items()
    ]


def _decode(cursor: str | None) -> _Cursor:
    if cursor is None:
        return {}
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except msgspec.MsgspecError as error:
        raise OdooProtocolError("not a cursor of this adapter") from error
