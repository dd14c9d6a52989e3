"""Delivery methods with their rules."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar, Literal, cast

from adapters.order_rules import OrderRules
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.reads.order_rows import plain
from adapters.records.orders import DeliveryMethod, DeliveryPriceRule
from adapters.values import decimal, ids, many2one, text

_PRICING: dict[Any, Literal["fixed", "rules"]] = {"fixed": "fixed", "base_on_rule": "rules"}


class DeliveryReads(Reads):
    """A small table, read whole: methods, their rules, their zip prefixes, the taxes of their products."""

    order_rules: ClassVar[OrderRules]

    async def delivery_methods(self, lang: str) -> list[DeliveryMethod]:
        rows = [row for row in await self.reader.read("delivery", [], lang=lang) if row.get("published", True)]
        if not rows:
            return []
        rule_rows, product_rows, prefixes = await self.gather(
            self.reader.read("delivery_rule", [among("carrier_id", [row["id"] for row in rows])]),
            self.reader.read(
                "variant",
                [among("id", [many2one(row["variant"]) or 0 for row in rows])],
                only=("taxes",),
                context={"active_test": False},
            ),
            self._prefixes(rows),
        )
        rules: dict[int | None, list[DeliveryPriceRule]] = defaultdict(list)
        for rule in rule_rows:
            rules[many2one(rule["delivery"])].append(_rule(rule))
        taxes = {row["id"]: tuple(sorted(ids(row["taxes"]))) for row in product_rows}
        return [
            DeliveryMethod(
                id=row["id"],
                name=row["name"],
                sequence=row["sequence"] or 0,
                variant_id=many2one(row["variant"]) or 0,
                pricing=_PRICING.get(row["type"], "provider"),
                fixed_price=decimal(row["fixed_price"]),
                company_id=many2one(row["company"]),
                website_id=many2one(row.get("website")),
                description=plain(row.get("description")) or plain(row.get("site_description")),
                margin=decimal(row["margin"]) * self.order_rules.margin_unit,
                fixed_margin=decimal(row.get("fixed_margin")),
                free_over=decimal(row["free_from"]) if row["free_over"] else None,
                country_ids=tuple(sorted(ids(row["countries"]))),
                state_ids=tuple(sorted(ids(row["states"]))),
                zip_from=text(row.get("zip_from")),
                zip_to=text(row.get("zip_to")),
                zip_prefixes=tuple(prefixes[one] for one in ids(row.get("zip_prefixes")) if one in prefixes),
                max_weight=decimal(row.get("max_weight")) or None,
                max_volume=decimal(row.get("max_volume")) or None,
                tax_ids=taxes.get(many2one(row["variant"]) or 0, ()),
                rules=tuple(rules[row["id"]]),
                invoiced_at_cost=row.get("invoicing") == "real",
                must_have_tag_ids=tuple(sorted(ids(row.get("needed_tags")))),
                excluded_tag_ids=tuple(sorted(ids(row.get("excluded_tags")))),
            )
            for row in rows
        ]

    async def _prefixes(self, methods: list[Row]) -> dict[int, str]:
        wanted = [one for row in methods for one in ids(row.get("zip_prefixes"))]
        if not wanted or not self.offers("zip_prefix"):
            return {}
        rows = await self.reader.read("zip_prefix", [among("id", wanted)])
        return {row["id"]: row["name"] for row in rows if "name" in row}


def _rule(row: Row) -> DeliveryPriceRule:
    kinds = Literal["weight", "volume", "wv", "price", "quantity"]
    return DeliveryPriceRule(
        variable=cast(kinds, row["variable"]),
        operator=cast(Literal["==", "<=", "<", ">=", ">"], row["operator"]),
        limit=decimal(row["limit"]),
        base=decimal(row["base"]),
        price=decimal(row["price"]),
        factor=cast(kinds, row["factor"]),
    )
