"""Which code a reward line of an order comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.records.orders import AppliedCode
from adapters.values import ids, many2one, text

_ALL = {"active_test": False}


class CodeReads(Reads):
    """Asks only when there are reward lines. Promotions that need no code have none."""

    async def applied_codes(self, orders: Sequence[Row], lines: Iterable[Row]) -> dict[int, AppliedCode]:
        """Codes by the id of the reward line."""
        rewards = [line for line in lines if line.get("is_reward")]
        if not rewards:
            return {}
        if self.offers("card"):
            return await self._of_cards(orders, rewards)
        return await self._of_coupons(orders, rewards)

    async def _of_coupons(self, orders: Sequence[Row], rewards: Sequence[Row]) -> dict[int, AppliedCode]:
        """14.0: the order knows its coupons and its promotion; the line only the product of its program."""
        coupon_ids = [coupon for order in orders for coupon in ids(order.get("coupons"))]
        coupons = await self.reader.read("coupon", [among("id", coupon_ids)], context=_ALL) if coupon_ids else []
        program_of = {row["id"]: many2one(row["program"]) for row in coupons}
        promotions = [many2one(order.get("promotion")) for order in orders]
        program_ids = [one for one in [*promotions, *program_of.values()] if one]
        if not program_ids:
            return {}
        programs = {
            row["id"]: row for row in await self.reader.read("coupon_program", [among("id", program_ids)], context=_ALL)
        }
        by_product: dict[tuple[int, int | None], AppliedCode] = {}
        for order in orders:
            promotion = programs.get(many2one(order.get("promotion")) or 0)
            if promotion is not None and text(promotion["code"]):
                by_product[order["id"], many2one(promotion["product"])] = AppliedCode(
                    id=promotion["id"], kind="coupon", code=promotion["code"]
                )
            for coupon in coupons:
                program = programs.get(program_of[coupon["id"]] or 0)
                if program is not None and coupon["id"] in ids(order.get("coupons")):
                    by_product[order["id"], many2one(program["product"])] = AppliedCode(
                        id=coupon["id"], kind="coupon", code=coupon["code"]
                    )
        keys = {line["id"]: (many2one(line["order"]) or 0, many2one(line["variant"])) for line in rewards}
        return {line_id: by_product[key] for line_id, key in keys.items() if key in by_product}

    async def _of_cards(self, orders: Sequence[Row], rewards: Sequence[Row]) -> dict[int, AppliedCode]:
        """Since 16.0 the line knows its card; a promotion's code stands on a rule that the order enabled."""
        card_ids = [card for line in rewards if (card := many2one(line.get("card")))]
        rule_ids = [rule for order in orders for rule in ids(order.get("code_rules"))]
        cards, rules = await self.gather(
            self.reader.read("card", [among("id", card_ids)], context=_ALL),
            self.reader.read("code_rule", [among("id", rule_ids)], context=_ALL),
        )
        program_ids = [program for row in cards if (program := many2one(row["program"]))]
        programs = await self.reader.read("loyalty_program", [among("id", program_ids)], context=_ALL)
        kinds = {row["id"]: row["kind"] for row in programs}
        codes = {many2one(row["program"]): row["code"] for row in rules if text(row["code"])}
        of_card: dict[int, AppliedCode] = {}
        for card in cards:
            program_id = many2one(card["program"]) or 0
            if program_id in codes:
                of_card[card["id"]] = AppliedCode(id=program_id, kind="coupon", code=codes[program_id])
            elif text(card["code"]):
                gift = kinds.get(program_id) in {"gift_card", "ewallet"}
                of_card[card["id"]] = AppliedCode(
                    id=card["id"], kind="gift_card" if gift else "coupon", code=card["code"]
                )
        pairs = {line["id"]: many2one(line.get("card")) or 0 for line in rewards}
        return {line_id: of_card[card_id] for line_id, card_id in pairs.items() if card_id in of_card}
