"""How many units sold lately: counted anew once in a while, and written where the count is another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from search.engine import BulkOutcome, Engine, Operation

_CHUNK: Final = 1_000


async def write_popularity(engine: Engine, languages: Mapping[str, str], sold: Mapping[int, Decimal]) -> BulkOutcome:
    """``languages``: the indexes in use. ``sold``: units by product id; nothing of what is not told.

    Only products that sell, or did, are looked at.
    """
    outcome = BulkOutcome()
    for index in languages.values():
        sellers = {one for one, units in sold.items() if units}
        await engine.refresh(index)
        async for hit in engine.scan(index, {"range": {"popularity": {"gt": 0}}}, source=False):
            sellers.add(int(hit["_id"]))
        listed = sorted(sellers)
        for start in range(0, len(listed), _CHUNK):
            there = await engine.documents(index, listed[start : start + _CHUNK], ["popularity"])
            counts = {one: (float(sold.get(one, 0)), source.get("popularity")) for one, source in there.items()}
            changed = {one: now for one, (now, before) in counts.items() if now != before}
            outcome.unchanged += len(counts) - len(changed)
            outcome.add(
                await engine.bulk(Operation("update", index, one, {"popularity": now}) for one, now in changed.items())
            )
    return outcome
