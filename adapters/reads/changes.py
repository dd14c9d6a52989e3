"""What changed since a cursor, from the only trace Odoo leaves: ``write_date``.

Every watched model is asked for rows written at or after the newest moment seen, minus an overlap: a long
transaction shows up late, with the moment it began. Rows seen in that window before are dropped, but those of the
newest second: they are told once more, as one may have been written again in what was left of that second. A
deletion leaves no trace: it shows in a count that is lower than it should be, and, for products, in the ids that
are gone.
"""

from __future__ import annotations

import asyncio
import time
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
#: Rows older than this by our clock are not being written right now, even if Odoo's clock differs from ours.
LONG_AGO = timedelta(minutes=10)
#: Watches asked at once: a poller leaves room for customers.
AT_ONCE = 3

_ALL = {"active_test": False}
_FORMAT = "%Y-%m-%d %H:%M:%S"
_KNOWS_IDS = frozenset({"product"})


class _Seen(msgspec.Struct):
    """What a cursor remembers of one model."""

    newest: str = "1970-01-01 00:00:00"
    #: when ``newest`` had been read first, by our clock; 0 once that second is surely over
    unsettled_at: float = 0.0
    count: int = 0
    #: id -> write_date of the rows in the overlap window
    window: dict[int, str] = msgspec.field(default_factory=dict)
    #: how many rows are in the window when they are too many to be remembered, else 0
    crowd: int = 0
    #: all ids, as ascending differences (products only)
    ids: list[int] | None = None


class _Cursor(msgspec.Struct):
    """``serie`` tells the Odoo that the cursor was made with; ``seen`` is by source."""

    serie: str
    seen: dict[str, _Seen]


class ChangeReads(CatalogueReads):
    """What changed since a cursor, by the ``write_date`` of the profile's watches."""

    async def changes_since(self, cursor: str | None) -> Changes:
        observed_at = datetime.now(UTC)
        before = _decode(cursor)
        known = before.seen if before is not None and before.serie == self.serie else {}
        watches = [watch for watch in self.profile.watches if self.reader.has(watch.source)]
        gate = asyncio.Semaphore(AT_ONCE)

        async def look(watch: Watch) -> tuple[_Seen, list[Change]]:
            async with gate:
                seen = known.get(watch.source)
                if seen is not None:
                    return await self._look(watch, seen)
                return await self._first_look(watch), [all_of(watch)]

        looked = await self.gather(*(look(watch) for watch in watches))
        after = {watch.source: seen for watch, (seen, _) in zip(watches, looked, strict=True)}
        changes = [change for _, found in looked for change in found]
        return Changes(
            cursor=msgspec.json.encode(_Cursor(self.serie, after)).decode(),
            changes=tuple(_merged(changes)) if cursor is not None else (),
            observed_at=observed_at,
        )

    # -- what was written -------------------------------------------------------------------------------------

    async def _look(self, watch: Watch, before: _Seen) -> tuple[_Seen, list[Change]]:
        started = time.time()
        rows = [] if before.crowd else await self._written(watch, before.newest)
        if before.crowd or len(rows) > LIMIT:
            return await self._look_at_crowd(watch, before)
        fresh = [row for row in rows if _is_fresh(row, before)]
        newest = max((row["updated"] for row in rows), default=before.newest)
        seen = _Seen(newest=newest, window=_window(rows, newest), unsettled_at=_unsettled(newest, before, started))
        created = sum(row["id"] not in before.window and _is_new(row, before) for row in fresh)
        changes = await self._told(watch, fresh) if fresh else []
        return seen, changes + await self._deleted(watch, before, seen, created=created, quiet=not fresh)

    async def _look_at_crowd(self, watch: Watch, before: _Seen) -> tuple[_Seen, list[Change]]:
        """More rows than can be remembered were written in the window, as by an import: they are only counted."""
        newest = await self._newest(watch)
        quiet = not before.unsettled_at and newest == before.newest
        if quiet and await self._crowd(watch, newest) == before.crowd:
            seen = msgspec.structs.replace(before)
            return seen, await self._deleted(watch, before, seen, created=0, quiet=True)
        seen = await self._everything_seen(watch, before)
        return seen, [all_of(watch), *await self._deleted(watch, before, seen, created=None, quiet=False)]

    async def _first_look(self, watch: Watch) -> _Seen:
        seen = await self._everything_seen(watch, _Seen())
        await self._deleted(watch, _Seen(), seen, created=None, quiet=False)
        return seen

    async def _everything_seen(self, watch: Watch, before: _Seen) -> _Seen:
        """Remember all there is as seen."""
        started = time.time()
        newest = await self._newest(watch)
        rows = await self._written(watch, newest)
        seen = _Seen()
        if len(rows) > LIMIT:
            seen.newest, seen.crowd = newest, await self._crowd(watch, newest)
        else:
            seen.newest = max((row["updated"] for row in rows), default=newest)
            seen.window = _window(rows, seen.newest)
        seen.unsettled_at = _unsettled(seen.newest, before, started)
        return seen

    async def _newest(self, watch: Watch) -> str:
        dated: list[object] = [["write_date", "!=", False]]
        rows = await self.reader.read(
            watch.source, dated, order="write_date desc, id desc", only=("updated",), limit=1, context=_ALL
        )
        return str(rows[0]["updated"]) if rows else _Seen().newest

    async def _written(self, watch: Watch, newest: str) -> list[Row]:
        """Rows written since the newest moment seen minus the overlap; one more than LIMIT at most."""
        only = [name for name in ("updated", "created", watch.via, watch.via_variant) if name and name != "id"]
        return await self.reader.read(
            watch.source, _since(newest), order="write_date, id", only=only, limit=LIMIT + 1, context=_ALL
        )

    async def _crowd(self, watch: Watch, newest: str) -> int:
        return await self.reader.count(watch.source, _since(newest), context=_ALL)

    async def _told(self, watch: Watch, rows: list[Row]) -> list[Change]:
        """The changes, with the products they concern where the watch tells them."""
        if watch.via_contact is not None:
            return await self._of_companies(watch, rows)
        if watch.via is None and watch.via_variant is None:
            return [all_of(watch)]
        shared = False
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
                shared = True
        product_ids.update((await self._templates_of_all(variant_ids)).values())
        subject = cast("Subject", watch.subject)
        of_products = Change(subject=subject, ids=tuple(sorted(product_ids)))
        return [
            *([of_products] if product_ids or not shared else []),
            *([Change(subject=subject, shared=True)] if shared else []),
        ]

    async def _of_companies(self, watch: Watch, rows: list[Row]) -> list[Change]:
        contact_ids = {many2one(row.get(watch.via_contact or "")) or 0 for row in rows}
        domain: list[object] = [["id", "in", sorted(contact_ids)]]
        found = await self.reader.read("customer", domain, only=("commercial",), context=_ALL)
        ids = sorted(many2one(row["commercial"]) or row["id"] for row in found)
        return [Change(subject=cast("Subject", watch.subject), ids=tuple(dict.fromkeys(ids)))] if ids else []

    async def _templates_of_all(self, variant_ids: set[int]) -> dict[int, int]:
        """As `templates_of`, of archived variants too."""
        if not variant_ids:
            return {}
        domain: list[object] = [["id", "in", sorted(variant_ids)]]
        rows = await self.reader.read("variant", domain, only=("template",), context=_ALL)
        return {row["id"]: template_id for row in rows if (template_id := many2one(row["template"]))}

    # -- what is gone -----------------------------------------------------------------------------------------

    async def _deleted(
        self, watch: Watch, before: _Seen, seen: _Seen, *, created: int | None, quiet: bool
    ) -> list[Change]:
        """Notice rows that are gone, and remember in ``seen`` what there is now.

        ``created``: how many rows came to be since, None when that is not known; ``quiet``: nothing was written.
        """
        seen.count = await self.reader.count(watch.source, [], context=_ALL)
        if watch.source not in _KNOWS_IDS:
            fewer = created is not None and seen.count < before.count + created
            return [all_of(watch)] if fewer else []  # which ones is not known
        if quiet and seen.count == before.count:
            seen.ids = before.ids
            return []
        now = [row["id"] for row in await self.reader.read(watch.source, [], order="id", only=(), context=_ALL)]
        gone = sorted(set(_summed(before.ids or [])) - set(now))
        seen.ids, seen.count = _differences(now), len(now)
        return [Change(subject=cast("Subject", watch.subject), ids=tuple(gone), deleted=True)] if gone else []


def _is_fresh(row: Row, before: _Seen) -> bool:
    """Was the row written since, or may it have been?"""
    if before.unsettled_at and row["updated"] == before.newest:
        return True
    return bool(before.window.get(row["id"]) != row["updated"])


def _is_new(row: Row, before: _Seen) -> bool:
    """Did the row, unseen before, come to be since? An older one would be in the window, or was written since."""
    return bool(row["created"] and row["created"] >= _edge(before.newest))


def _unsettled(newest: str, before: _Seen, started: float) -> float:
    """Until when a row of the newest second may be written again without another second to show for it.

    That second is over when a read begins a second after another had already seen it.
    """
    if newest == before.newest:
        over = not before.unsettled_at or started - before.unsettled_at >= 1.0
        return 0.0 if over else before.unsettled_at
    now = time.time()
    return now if now - _moment(newest).timestamp() < LONG_AGO.total_seconds() else 0.0


def all_of(watch: Watch) -> Change:
    """All of what is watched changed, or may have."""
    return Change(subject=cast("Subject", watch.subject))


def _since(newest: str) -> list[object]:
    return [["write_date", ">=", _edge(newest)]]


def _edge(newest: str) -> str:
    """Where the overlap window begins."""
    return (_moment(newest) - OVERLAP).strftime(_FORMAT)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def _window(rows: Iterable[Row], newest: str) -> dict[int, str]:
    edge = _edge(newest)
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
    merged: dict[tuple[Subject, bool, bool], set[int] | None] = {}
    for change in changes:
        key = (change.subject, change.deleted, change.shared)
        known = merged.get(key, set())
        merged[key] = None if known is None or not change.ids else known | set(change.ids)
    return [
        Change(subject=subject, deleted=deleted, shared=shared, ids=tuple(sorted(ids or ())))
        for (subject, deleted, shared), ids in merged.items()
    ]


def _decode(cursor: str | None) -> _Cursor | None:
    if cursor is None:
        return None
    try:
        decoded = msgspec.json.decode(cursor, type=_Cursor)
        for seen in decoded.seen.values():
            _edge(seen.newest)
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        raise OdooProtocolError("not a cursor of this adapter") from error
    return decoded
