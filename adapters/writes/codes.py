"""Coupons, promotion codes and gift cards on an order."""

from __future__ import annotations

from adapters.errors import OdooNotSupportedError, OdooRejectedError
from adapters.order_rules import Wizard
from adapters.reader import among
from adapters.records.orders import Order
from adapters.values import ids
from adapters.writes.deliveries import DeliveryWrites

_ALL = {"active_test": False}


class CodeWrites(DeliveryWrites):
    """Odoo judges a code. 10.0 has codes of pricelists alone, which are no coupons."""

    async def apply_code(self, order_id: int, code: str) -> Order:
        return await self.with_code(await self.open_order(order_id), code.strip())

    async def with_code(self, order: Order, code: str) -> Order:
        """A draft, as it was read, with the code applied."""
        if any(_is(line.applied.code, code) for line in order.lines if line.applied is not None):
            return order
        rules = self.order_rules
        if rules.code_wizard is None or not self.offers("coupon" if rules.codes == "coupons" else "card"):
            raise OdooNotSupportedError("this Odoo has no coupons and gift cards")
        if rules.reward_wizard is None:
            await self._apply_coupon(rules.code_wizard, order.id, code)
        else:
            await self._apply_card(rules.code_wizard, rules.reward_wizard, order.id, code)
        return await self.reread(order)

    async def remove_code(self, order_id: int, code: str) -> Order:
        order = await self.open_order(order_id)
        lines = [line.id for line in order.lines if line.applied is not None and _is(line.applied.code, code.strip())]
        if not lines:
            return order
        # with its reward lines Odoo takes the coupon itself off the order, and makes it usable again
        values = {"order_line": [[2, line_id, 0] for line_id in lines]}
        await self.transport.call("sale.order", "write", [order_id], {"vals": values})
        return await self.reread(order)

    async def _apply_coupon(self, wizard: Wizard, order_id: int, code: str) -> None:
        """14.0: the wizard takes the order from the context."""
        wizard_id = await self.made(wizard.model, wizard.values(code=code))
        context = {"active_id": order_id, "active_model": "sale.order"}
        await self.transport.call(wizard.model, "process_coupon", [wizard_id], context=context)

    async def _apply_card(self, wizard: Wizard, rewarding: Wizard, order_id: int, code: str) -> None:
        """Since 16.0: one wizard takes the code, another gives the reward for it."""
        wizard_id = await self.made(wizard.model, wizard.values(order=order_id, code=code))
        try:
            action = await self.transport.call(wizard.model, "action_apply", [wizard_id])
        except OdooRejectedError:
            rewards = await self._rewards_of_half_applied(rewarding, order_id, code)
            if not rewards:
                raise
        else:
            context = action.get("context") if isinstance(action, dict) else None
            rewards = list(context.get("default_reward_ids") or ()) if isinstance(context, dict) else []
        if rewards:
            chosen = await self.made(rewarding.model, rewarding.values(order=order_id, selected=rewards[0]))
            await self.transport.call(rewarding.model, "action_apply", [chosen])

    async def _rewards_of_half_applied(self, rewarding: Wizard, order_id: int, code: str) -> list[int]:
        """The rewards of a code that the order knows already, without a line for it: the second wizard failed."""
        rows = await self.reader.read("order", [["id", "=", order_id]], only=("code_rules", "cards"))
        known = rows[0] if rows else {}
        rules, cards = await self.gather(
            self.reader.read("code_rule", [among("id", ids(known.get("code_rules"))), ["code", "=", code]]),
            self.reader.read("card", [among("id", ids(known.get("cards"))), ["code", "=", code]], context=_ALL),
        )
        programs = {row["program"][0] for row in [*rules, *cards]}
        if not programs:
            return []
        wizard_id, field = (
            await self.made(rewarding.model, rewarding.values(order=order_id)),
            rewarding.fields["offered"],
        )
        offered = await self.transport.call(rewarding.model, "read", [wizard_id], {"fields": [field]}, safe=True)
        of_programs = among(self.reader.source("reward").fields["program"], sorted(programs))
        rows = await self.reader.read("reward", [among("id", offered[0][field]), of_programs])
        return [row["id"] for row in rows]


def _is(one: str, other: str) -> bool:
    return one.strip() == other
