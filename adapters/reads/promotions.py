"""The rules that promotions are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.reader import among
from adapters.reads.prices import PriceReads
from adapters.records.pricing import PricelistRule
from adapters.source import Domain


class PromotionReads(PriceReads):
    """Rules with a last day; products by the category that rules are bound to."""

    async def ending_rules(self, pricelist_ids: Sequence[int], at: datetime) -> list[PricelistRule]:
        if not pricelist_ids:
            return []
        domain: Domain = [
            among("pricelist_id", pricelist_ids),
            ["date_end", "!=", False],
            ["date_end", ">=", self._bound(at)],
        ]
        return self._rules(await self.reader.read("rule", domain, order="id"))

    async def products_within(self, category_ids: Sequence[int]) -> list[int]:
        if not category_ids:
            return []
        fields = self.profile.sources["product"].fields
        domain: Domain = [
            ["sale_ok", "=", True],
            [fields["published"], "=", True],
            ["categ_id", "child_of", sorted(set(category_ids))],
        ]
        return [row["id"] for row in await self.reader.read("product", domain, only=())]

    def _bound(self, at: datetime) -> str:
        """The moment as this version's rules are bounded."""
        moment = at.astimezone(UTC)
        if self.pricing_policy.date_bounds == "date":
            return moment.date().isoformat()
        return moment.strftime("%Y-%m-%d %H:%M:%S")
