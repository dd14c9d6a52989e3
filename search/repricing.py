"""New prices of the whole catalogue in some pricelists, from what the index itself keeps: Odoo is asked nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.records import Product
from search.chains import Chains
from search.documents import Document, price_members
from search.engine import BulkOutcome, Engine, Operation
from search.facts import RECORD, product_of, rules_of
from search.prices import ShopPrices, price_key
from search.writing import Writing

#: products looked at together
_CHUNK: Final = 250
#: with more pricelists than this it is quicker to read all prices of a document
_FEW: Final = 20
_MEMBERS: Final = ("prices", "first_prices", "tiers")


@dataclass(eq=False)
class Repricing:
    """``languages``, ``facts``: the indexes in use."""

    engine: Engine
    languages: Mapping[str, str]
    facts: str
    prices: ShopPrices
    chains: Chains
    #: products of which the index has not what it takes: they have to be written from Odoo
    lost: set[int] = field(init=False, default_factory=set)

    async def run(self, ids: Collection[int], pricelists: frozenset[int]) -> BulkOutcome:
        """Write the prices of products in these pricelists (and in those that build on them), where they are others."""
        unchanged, listed = 0, sorted(ids)
        for index in (*self.languages.values(), self.facts):
            await self.engine.refresh(index)
        async with Writing(self.engine) as writing:
            for start in range(0, len(listed), _CHUNK):
                wider: dict[frozenset[int], list[int]] = {}
                chunk = listed[start : start + _CHUNK]
                unchanged += await self._chunk(chunk, pricelists, writing, wider)
                for more, others in wider.items():
                    unchanged += await self._chunk(others, more, writing, {})
        writing.outcome.unchanged += unchanged
        return writing.outcome

    async def _chunk(
        self,
        ids: Sequence[int],
        pricelists: frozenset[int],
        writing: Writing,
        wider: dict[frozenset[int], list[int]],
    ) -> int:
        """How many documents are as they were. ``wider``: filled with products that have other prices in more lists."""
        keys = [price_key(one) for one in sorted(pricelists)]
        shown = [f"{name}.{key}" for name in _MEMBERS for key in keys] if len(keys) <= _FEW else list(_MEMBERS)
        facts, *documents = await asyncio.gather(
            self.engine.searched(self.facts, ids, ["costs", "rules"]),
            *(
                self.engine.searched(index, ids, shown if number else [*shown, RECORD])
                for number, index in enumerate(self.languages.values())
            ),
        )
        unchanged = 0
        for one in ids:
            try:
                product, rows = product_of(documents[0][one], facts[one]), facts[one]["rules"]
            except LookupError:
                self.lost.add(one)
                continue
            of_product = self.chains.affected_of(rows, pricelists)
            if of_product != pricelists:
                wider.setdefault(of_product, []).append(one)
                continue
            now = self._priced(product, rows, pricelists)
            for index, found in zip(self.languages.values(), documents, strict=True):
                if one not in found:
                    self.lost.add(one)
                elif differing := differing_members(found[one], now, keys):
                    await writing.add(Operation("update", index, one, differing))
                else:
                    unchanged += 1
        return unchanged

    def _priced(self, product: Product, rows: Sequence[Any], pricelists: frozenset[int]) -> Document:
        rules = rules_of({"rules": self.chains.rows_of(rows, pricelists)})
        return price_members(self.prices.of([product], rules, pricelists)[product.id])


def differing_members(there: Mapping[str, Any], now: Document, keys: Collection[str] | None = None) -> Document:
    """What of the prices is another now, of these members or all.

    What an update does not tell stays, so members that went are told as None.
    """
    found: Document = {}
    for name in _MEMBERS:
        known: Mapping[str, Any] = there.get(name) or {}
        wanted: Mapping[str, Any] = now[name]
        looked_at = {**known, **wanted} if keys is None else keys
        differing = {key: wanted.get(key) for key in looked_at if known.get(key) != wanted.get(key)}
        if differing:
            found[name] = differing
    return found
