"""Promotion codes, coupons and gift cards since 16 (``loyalty.*``): conditions, points, reward lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from demo.double.deleting import take_away
from demo.double.ordering import sort_ids
from demo.double.sales import hooks
from demo.double.sales.loyalty_points import (
    CARDS,
    NOMINATIVE,
    PAYING,
    POINTS,
    PROGRAMS,
    REWARDS,
    RULES,
    check_rules,
    entries,
    note_points,
    real_points,
)
from demo.double.sales.loyalty_rewards import pays, reward_lines
from demo.double.sales.totals import line_rows, settle
from demo.double.writing import create, write

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_LINES = "sale.order.line"


def apply_code(env: Env, order_id: int, code: str) -> tuple[str, list[int]]:
    """Apply a code: what speaks against it (empty: nothing), and the rewards that can be claimed now."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    rule, card = _rule_of(env, order, code), None
    if rule is not None and rule["id"] in (order.get("code_enabled_rule_ids") or ()):
        return "This promo code is already applied.", []
    if rule is not None:
        program = env.row(PROGRAMS, rule["program_id"]) or {}
    else:
        card = next((env.row(CARDS, key) for key in env.db.table(CARDS).find("code", [code])), None)
        program = env.row(PROGRAMS, (card or {}).get("program_id")) or {}
        refusal = _against_card(env, order, card, program, code)
        if refusal:
            return refusal, []
    if program.get("limit_usage") and _uses(env, program) >= int(program.get("max_usage") or 0):
        return f"This code is expired ({code}).", []
    if rule is not None:
        _set_ids(env, order_id, "code_enabled_rule_ids", [*(order.get("code_enabled_rule_ids") or ()), rule["id"]])
    if card is not None:
        _set_ids(env, order_id, "applied_coupon_ids", [*(order.get("applied_coupon_ids") or ()), card["id"]])
    cards = [card["id"]] if card is not None else []
    if program in _points_programs(env, order):
        update_rewards(env, order_id)
    elif program.get("applies_on") != "future" or card is None:
        refusal, found = _apply_program(env, order_id, program, card)
        if refusal and program.get("program_type") not in NOMINATIVE:
            return refusal, []
        cards = found or cards
    rewards = claimable(env, order_id, cards or None)
    return "", [reward for found in rewards.values() for reward in found]


def _rule_of(env: Env, order: Row, code: str) -> Row | None:
    for rule_id in env.db.table(RULES).find("code", [code]):
        rule = env.row(RULES, rule_id) or {}
        program = env.row(PROGRAMS, rule.get("program_id"))
        if rule.get("mode") == "with_code" and rule.get("active", True) and _available(env, order, program):
            return rule
    return None


def _available(env: Env, order: Row, program: Row | None) -> bool:
    """The program is sold with, now, for the order's company and pricelist."""
    if program is None or not program.get("active") or not program.get("sale_ok"):
        return False
    today = env.now.strftime("%Y-%m-%d")
    start, end, lists = program.get("date_from"), program.get("date_to"), program.get("pricelist_ids")
    in_time = not (start and str(start) > today) and not (end and str(end) < today)
    company = program.get("company_id") in (None, False, order.get("company_id"))
    return in_time and company and (not lists or order.get("pricelist_id") in lists)


def _against_card(env: Env, order: Row, card: Row | None, program: Row, code: str) -> str:
    rewards = _rewards_of(env, program)
    if card is None or not card.get("active", True) or not rewards or not _available(env, order, program):
        return f"This code is invalid ({code})."
    if card.get("expiration_date") and str(card["expiration_date"]) < env.now.strftime("%Y-%m-%d"):
        return "This coupon is expired."
    if float(card.get("points") or 0.0) < min(float(row.get("required_points") or 0.0) for row in rewards):
        return "This coupon has already been used."
    return ""


def _rewards_of(env: Env, program: Row) -> list[Row]:
    ids = env.visible(REWARDS, list(env.db.table(REWARDS).find("program_id", [program.get("id")])))
    return [env.row(REWARDS, key) or {} for key in sort_ids(env, REWARDS, ids)]


def _set_ids(env: Env, order_id: int, name: str, ids: Iterable[int]) -> None:
    write(env, "sale.order", [order_id], {name: [(6, 0, list(dict.fromkeys(ids)))]})


def _uses(env: Env, program: Row) -> int:
    rewards = [row["id"] for row in _rewards_of(env, program)]
    lines = (env.row(_LINES, key) or {} for key in env.db.table(_LINES).find("reward_id", rewards))
    return len({line.get("order_id") for line in lines})


# ----------------------------------------------------------------------------------------------------- points


def _points_programs(env: Env, order: Row) -> list[Row]:
    cards = (env.row(CARDS, entry["coupon_id"]) or {} for entry in entries(env, order["id"]))
    rows = (env.row(PROGRAMS, card.get("program_id")) for card in cards)
    return [row for row in rows if row is not None]


def _apply_program(env: Env, order_id: int, program: Row, card: Row | None) -> tuple[str, list[int]]:
    """Check a program's rules, and note the points it gives to a card (a new one where none was named)."""
    order = env.row("sale.order", order_id) or {}
    if not _available(env, order, program):
        return "The program is not available for this order.", []
    if program in _applied_programs(env, order) and card is None:
        return "This program is already applied to this order.", []
    refusal, points = check_rules(env, order, program)
    if refusal:
        return refusal, []
    if card is not None:
        if program.get("program_type") in NOMINATIVE:
            note_points(env, order_id, card["id"], points[0])
        return "", [card["id"]]
    made = []
    for amount in [amount for amount in points if amount]:
        values = {"program_id": program["id"], "points": 0.0, "order_id": order_id, "code": _new_code()}
        made.append(create(env.as_superuser(), CARDS, values))
        note_points(env, order_id, made[-1], amount)
    return "", made


def _new_code() -> str:
    return "044" + uuid.uuid4().hex[:9]


def _applied_programs(env: Env, order: Row) -> list[Row]:
    cards = (env.row(CARDS, key) or {} for key in order.get("applied_coupon_ids") or ())
    coupons = [env.row(PROGRAMS, card.get("program_id")) for card in cards]
    return [*_points_programs(env, order), *(row for row in coupons if row is not None)]


# ---------------------------------------------------------------------------------------------------- rewards


def claimable(env: Env, order_id: int, cards: Sequence[int] | None = None) -> dict[int, list[int]]:
    """The rewards each card of the order can give now."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    lines = line_rows(env, order_id)
    if cards is None:
        own = [entry["coupon_id"] for entry in entries(env, order_id)]
        cards = [*own, *(row["coupon_id"] for row in lines if row.get("coupon_id"))]
        cards = [*cards, *(order.get("applied_coupon_ids") or ())]
    claimed = {row.get("reward_id") for row in lines}
    nothing_left = not round(float(order.get("amount_total") or 0.0), 2)
    found: dict[int, list[int]] = {}
    for card_id in dict.fromkeys(cards):
        card = env.row(CARDS, card_id) or {}
        program = env.row(PROGRAMS, card.get("program_id")) or {}
        if program.get("applies_on") == "future" and card.get("order_id") == order_id:
            continue
        points = real_points(env, order, card)
        for reward in _rewards_of(env, program):
            discount = reward.get("reward_type") == "discount"
            paying = program.get("program_type") in PAYING
            if discount and (nothing_left or (not paying and reward["id"] in claimed)):
                continue
            if points >= float(reward.get("required_points") or 0.0):
                found.setdefault(card_id, []).append(reward["id"])
    return found


def claim(env: Env, order_id: int, reward_id: Any, product_id: Any = None) -> str:
    """Put a reward on the order. What speaks against it; empty when it was done."""
    reward = env.row(REWARDS, reward_id)
    if reward is None:
        return "No reward selected."
    card = next((card for card, rewards in claimable(env, order_id).items() if reward_id in rewards), None)
    if card is None:
        return f"Coupon not found while trying to add the following reward: {reward.get('description')}"
    refusal, lines = reward_lines(env, order_id, reward, env.row(CARDS, card) or {}, product_id)
    if refusal:
        return refusal
    for values in lines:
        create(env, _LINES, {"order_id": order_id, **values})
    update_rewards(env, order_id)
    return ""


def give_up(env: Env, line: Row) -> list[int]:
    """A reward line is deleted: the reward's other lines go too, and its card or code can be given again."""
    order_id = int(line.get("order_id") or 0)
    order = env.row("sale.order", order_id) or {}
    same = ("reward_id", "coupon_id", "reward_identifier_code")
    gone = [row["id"] for row in line_rows(env, order_id) if all(row.get(name) == line.get(name) for name in same)]
    card = env.row(CARDS, line.get("coupon_id")) or {}
    program = env.row(PROGRAMS, card.get("program_id")) or {}
    applied = order.get("applied_coupon_ids") or []
    if card.get("id") in applied:
        _set_ids(env, order_id, "applied_coupon_ids", [key for key in applied if key != card["id"]])
    elif card.get("order_id") == order_id and program.get("applies_on") == "current":
        kept = [
            key
            for key in order.get("code_enabled_rule_ids") or ()
            if (env.row(RULES, key) or {}).get("program_id") != program["id"]
        ]
        _set_ids(env, order_id, "code_enabled_rule_ids", kept)
        for entry in entries(env, order_id):
            if entry["coupon_id"] == card["id"]:
                env.db.delete(POINTS, entry["id"])
        env.db.delete(CARDS, card["id"])
    return gone


def update_rewards(env: Env, order_id: int) -> None:
    """Work out points and reward lines anew; take away what no longer holds."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    for entry in entries(env, order_id):
        card = env.row(CARDS, entry["coupon_id"]) or {}
        program = env.row(PROGRAMS, card.get("program_id")) or {}
        refusal, points = check_rules(env, order, program)
        note_points(env, order_id, card["id"], 0.0 if refusal else sum(points))
    rewarded = [row for row in line_rows(env, order_id) if row.get("reward_id")]
    for row in sorted(rewarded, key=lambda row: pays(env, row)):
        _renew(env, order_id, row)


def _renew(env: Env, order_id: int, row: Row) -> None:
    """One reward line, at what it is worth without itself."""
    order = env.row("sale.order", order_id) or {}
    reward, card = env.row(REWARDS, row.get("reward_id")) or {}, env.row(CARDS, row.get("coupon_id")) or {}
    env.db.put(_LINES, {**row, "points_cost": 0.0, "price_unit": 0.0, "reward_id": False})
    env.db.unsettled[order_id] = None
    settle(env)
    enough = real_points(env, order, card) >= float(reward.get("required_points") or 0.0)
    refusal, lines = reward_lines(env, order_id, reward, card, row.get("product_id"))
    fitting = [values for values in lines if values["tax_ids"][0][2] == (row.get("tax_ids") or [])] or lines[:1]
    if not enough or refusal or not fitting:
        take_away(env, _LINES, [row["id"]])
        return
    kept = ("reward_identifier_code", "sequence")
    write(env, _LINES, [row["id"]], {name: value for name, value in fitting[0].items() if name not in kept})


# ----------------------------------------------------------------------------------------- with the order's life


def settle_points(env: Env, order_id: int, *, given: bool) -> str:
    """A confirmed order's cards get and pay their points; a cancelled one gives them back. What speaks against it."""
    order = env.row("sale.order", order_id) or {}
    changes: dict[int, float] = {}
    for entry in entries(env, order_id):
        changes[entry["coupon_id"]] = changes.get(entry["coupon_id"], 0.0) + entry["points"]
    for row in line_rows(env, order_id):
        if row.get("coupon_id"):
            changes[row["coupon_id"]] = changes.get(row["coupon_id"], 0.0) - float(row.get("points_cost") or 0.0)
    if given and any(real_points(env, order, env.row(CARDS, card) or {}) < 0 for card in changes):
        return "One or more rewards on the sale order is invalid. Please check them."
    for card_id, change in changes.items():
        card = env.row(CARDS, card_id) or {}
        points = float(card.get("points") or 0.0) + (change if given else -change)
        env.db.put(CARDS, {**card, "points": points})
    return ""


def drop_rewards(env: Env, order_id: int) -> None:
    """A cancelled order keeps no rewards."""
    gone = [row["id"] for row in line_rows(env, order_id) if row.get("reward_id")]
    if gone:
        take_away(env, _LINES, gone)
    for entry in entries(env, order_id):
        env.db.delete(POINTS, entry["id"])
        card = env.row(CARDS, entry["coupon_id"])
        if card is not None and card.get("order_id") == order_id:
            env.db.delete(CARDS, card["id"])


hooks.GIVEN_UP["19.0"] = give_up
