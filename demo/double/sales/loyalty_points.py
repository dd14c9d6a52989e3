"""Points of loyalty programs: what an order gives to cards, by the rules it meets, and what a card has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.double.compute.catalogue import subtree
from demo.double.compute.names import display_name
from demo.double.floats import float_round
from demo.double.sales.totals import line_rows

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

PROGRAMS, RULES, REWARDS, CARDS = "loyalty.program", "loyalty.rule", "loyalty.reward", "loyalty.card"
#: What an order gives to cards, until it is confirmed: (order_id, coupon_id, points).
POINTS = "sale.order.coupon.points"
#: Programs whose cards belong to a customer; programs that pay.
NOMINATIVE = frozenset({"loyalty", "ewallet"})
PAYING = frozenset({"gift_card", "ewallet"})


def entries(env: Env, order_id: int) -> list[Row]:
    rows = (env.row(POINTS, key) for key in env.db.table(POINTS).find("order_id", [order_id]))
    return [row for row in rows if row is not None]


def note_points(env: Env, order_id: int, card_id: int, points: float) -> None:
    known = next((entry for entry in entries(env, order_id) if entry["coupon_id"] == card_id), None)
    row = known or {"id": env.db.table(POINTS).next_id(), "order_id": order_id, "coupon_id": card_id}
    env.db.put(POINTS, {**row, "points": points})


def check_rules(env: Env, order: Row, program: Row) -> tuple[str, list[float]]:
    """What of a program's rules the order does not meet (empty: nothing), and the points it gives."""
    rules = [env.row(RULES, key) or {} for key in sorted(env.db.table(RULES).find("program_id", [program["id"]]))]
    nothing_to_meet = not rules and program.get("applies_on") == "current"
    coded = amount_met = quantity_met = nothing_to_meet
    points, split = 0.0, []
    for rule in rules:
        if rule.get("mode") == "with_code" and rule["id"] not in (order.get("code_enabled_rule_ids") or ()):
            continue
        coded = True
        lines = [row for row in line_rows(env, order["id"]) if about(env, rule, row) and not row.get("reward_id")]
        if float(rule.get("minimum_amount") or 0.0) > _amount(rule, lines) + 1e-9:
            continue
        amount_met = True
        quantity = sum(float(row.get("product_uom_qty") or 0.0) for row in lines)
        if not lines or quantity < float(rule.get("minimum_qty") or 0):
            continue
        quantity_met = True
        if program.get("applies_on") == "future" and rule.get("reward_point_split"):
            split += _points_by_piece(rule, lines, quantity)
        else:
            points += _points(rule, lines, quantity)
    if program.get("program_type") in NOMINATIVE:
        return "", [points, *split]
    if not coded:
        return "This program requires a code to be applied.", []
    if not amount_met:
        lowest = min(float(rule.get("minimum_amount") or 0.0) for rule in rules)
        currency = display_name(env, "res.currency", program.get("currency_id")) or ""
        return f"A minimum of {lowest} {currency} should be purchased to get the reward", []
    if not quantity_met:
        return "You don't have the required product quantities on your sales order.", []
    return "", [points, *split]


def about(env: Env, rule: Row, line: Row) -> bool:
    """The rule is about the line's product: by itself, by category, or about all."""
    product = env.row("product.product", line.get("product_id"))
    if product is None or line.get("is_delivery"):
        return False
    products, category = rule.get("product_ids") or [], rule.get("product_category_id")
    if not products and not category:
        return True
    if product["id"] in products:
        return True
    below = subtree(env, "product.category", [category]) if category else ()
    return env.value("product.product", product, "categ_id") in below


def _amount(rule: Row, lines: Sequence[Row]) -> float:
    name = "price_total" if rule.get("minimum_amount_tax_mode") == "incl" else "price_subtotal"
    return sum(float(row.get(name) or 0.0) for row in lines)


def _points(rule: Row, lines: Sequence[Row], quantity: float) -> float:
    each = float(rule.get("reward_point_amount") or 0.0)
    mode = rule.get("reward_point_mode")
    if mode == "money":
        paid = sum(float(row.get("price_total") or 0.0) for row in lines)
        return math.floor(each * paid * 100 + 1e-6) / 100
    return each * quantity if mode == "unit" else each


def _points_by_piece(rule: Row, lines: Sequence[Row], quantity: float) -> list[float]:
    """A card for each piece: two gift cards are two codes."""
    each = float(rule.get("reward_point_amount") or 0.0)
    if rule.get("reward_point_mode") == "unit":
        return [each] * int(quantity)
    if rule.get("reward_point_mode") != "money":
        return [each]
    found: list[float] = []
    for row in lines:
        pieces = int(float(row.get("product_uom_qty") or 0.0))
        if pieces > 0:
            found += [math.floor(each * float(row["price_total"]) / pieces * 100 + 1e-6) / 100] * pieces
    return [amount for amount in found if amount]


def real_points(env: Env, order: Row, card: Row) -> float:
    """What a card has for this order: its points, those the order gives, less those its rewards cost."""
    program = env.row(PROGRAMS, card.get("program_id")) or {}
    points = float(card.get("points") or 0.0)
    if program.get("applies_on") != "future" and order.get("state") not in ("sale", "done"):
        points += sum(entry["points"] for entry in entries(env, order["id"]) if entry["coupon_id"] == card["id"])
    used = (row for row in line_rows(env, order["id"]) if row.get("coupon_id") == card["id"])
    return float_round(points - sum(float(row.get("points_cost") or 0.0) for row in used), 2)
