"""Codes: ``sale.coupon.apply.code`` (14), the loyalty wizards (19)."""

from __future__ import annotations

from typing import Any

from demo.double import errors
from demo.double.access import check_model
from demo.double.compute.registry import COMPUTED
from demo.double.compute.registry import ONLY_19 as FIELD_19
from demo.double.constraints import missing
from demo.double.methods.registry import ONLY_14, ONLY_19, Call, rpc
from demo.double.sales import coupons14, loyalty19
from demo.double.sales.stages import orders

_COUPON_WIZARD, _REWARD_WIZARD = "sale.loyalty.coupon.wizard", "sale.loyalty.reward.wizard"


@rpc("sale.coupon.apply.code", versions=ONLY_14)
def process_coupon(call: Call) -> None:
    """Apply the wizard's code to the order that the context names (``active_id``)."""
    check_model(call.env, "sale.order", "write")
    order_id = call.env.context.get("active_id")
    if call.env.row("sale.order", order_id) is None:
        raise missing(call.env, "sale.order", [order_id])
    assert isinstance(order_id, int)  # noqa: S101 - for the type checker
    for wizard_id in call.ids:
        wizard = call.env.row(call.model, wizard_id)
        if wizard is None:
            raise missing(call.env, call.model, [wizard_id])
        refusal = coupons14.apply_code(call.env, order_id, str(wizard.get("coupon_code") or ""))
        if refusal:
            raise errors.user_error(refusal)


@rpc("sale.order", versions=ONLY_14)
def recompute_coupon_lines(call: Call) -> None:
    check_model(call.env, call.model, "write")
    for order in orders(call.env, call.ids):
        coupons14.recompute(call.env, order["id"])


@rpc(_COUPON_WIZARD, versions=ONLY_19, name="action_apply")
def apply_code(call: Call) -> dict[str, Any]:
    """Apply the wizard's code; answers the action that lets one choose among the rewards."""
    wizard = _wizard(call)
    refusal, rewards = loyalty19.apply_code(call.env, wizard["order_id"], str(wizard.get("coupon_code") or ""))
    if refusal:
        raise errors.validation_error(refusal)
    return {
        **dict.fromkeys(("path", "help", "binding_model_id", "view_id", "domain", "search_view_id", "filter"), False),
        "id": call.env.db.external_id("sale_loyalty.sale_loyalty_reward_wizard_action") or False,
        "display_name": "Available Rewards",
        "name": "Available Rewards",
        "type": "ir.actions.act_window",
        "xml_id": "sale_loyalty.sale_loyalty_reward_wizard_action",
        "binding_type": "action",
        "binding_view_types": "list,form",
        "context": {"active_id": wizard["order_id"], "default_reward_ids": rewards},
        "res_id": 0,
        "res_model": _REWARD_WIZARD,
        "target": "new",
        "view_mode": "form",
        "mobile_view_mode": "kanban",
        "views": [[False, "form"]],
        "limit": 80,
        "group_ids": [],
        "embedded_action_ids": [],
        "cache": True,
    }


@rpc(_REWARD_WIZARD, versions=ONLY_19, name="action_apply")
def claim_reward(call: Call) -> bool:
    wizard = _wizard(call)
    product = wizard.get("selected_product_id")
    refusal = loyalty19.claim(call.env, wizard["order_id"], wizard.get("selected_reward_id"), product)
    if refusal:
        raise errors.validation_error(refusal)
    return True


@rpc("sale.order", versions=ONLY_19)
def action_open_reward_wizard(call: Call) -> Any:
    """Rewards anew; the only one that can be claimed is claimed, among several somebody has to choose."""
    check_model(call.env, call.model, "write")
    for order in orders(call.env, call.ids):
        loyalty19.update_rewards(call.env, order["id"])
        rewards = [reward for found in loyalty19.claimable(call.env, order["id"]).values() for reward in found]
        if len(rewards) == 1:
            loyalty19.claim(call.env, order["id"], rewards[0])
        elif rewards:
            return {"type": "ir.actions.act_window", "res_model": _REWARD_WIZARD, "target": "new", "res_id": 0}
    return True


def _wizard(call: Call) -> dict[str, Any]:
    check_model(call.env, "sale.order", "write")
    if len(call.ids) != 1:
        shown = ", ".join(str(key) for key in call.ids)
        raise errors.value_error(f"Expected singleton: {call.model}({shown})")
    wizard = call.env.row(call.model, call.ids[0])
    if wizard is None:
        raise missing(call.env, call.model, call.ids)
    if call.env.row("sale.order", wizard.get("order_id")) is None:
        raise errors.validation_error("Invalid sales order.")
    return wizard


@COMPUTED.field(_REWARD_WIZARD, "reward_ids", FIELD_19)
def _offered(env: Any, row: dict[str, Any]) -> list[int]:
    """The rewards that the order can have now."""
    given = row.get("reward_ids")
    if given:
        return list(given)
    found = loyalty19.claimable(env, row["order_id"]) if row.get("order_id") else {}
    return [reward for rewards in found.values() for reward in rewards]
