"""The lines that rewards of loyalty programs put on an order."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.double.compute.names import display_name
from demo.double.sales.fiscal import mapped_taxes
from demo.double.sales.lines import customer_language, in_language
from demo.double.sales.loyalty_points import CARDS, PAYING, PROGRAMS, REWARDS, about, real_points
from demo.double.sales.totals import line_rows, settle

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: "Discount" before what a reward is called, in the customer's language.
_DISCOUNT = {"nl_NL": "Korting", "nl_BE": "Korting"}


def pays(env: Env, row: Row) -> bool:
    program = env.row(PROGRAMS, (env.row(CARDS, row.get("coupon_id")) or {}).get("program_id")) or {}
    return program.get("program_type") in PAYING


def reward_lines(
    env: Env, order_id: int, reward: Row, card: Row, product_id: Any = None
) -> tuple[str, list[dict[str, Any]]]:
    """The lines a reward puts on an order, or what speaks against it."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    if reward.get("reward_type") == "product":
        return "", [_free_product(env, order, reward, card, product_id)]
    if reward.get("reward_type") == "shipping":
        return "", [_free_delivery(env, order, reward, card)]
    lines = _discountable(env, order, reward)
    total = sum(float(row.get("price_total") or 0.0) for row in lines)
    if not total:
        return "There is nothing to discount", []
    program = env.row(PROGRAMS, card.get("program_id")) or {}
    most = _most(env, order, reward, card, total)
    cost = real_points(env, order, card) if reward.get("clear_wallet") else float(reward.get("required_points") or 0.0)
    if reward.get("discount_mode") == "per_point" and not reward.get("clear_wallet"):
        cost = min(most, total) / float(reward.get("discount") or 1.0)
    common = _common(env, order, reward, card)
    if program.get("program_type") in PAYING:
        name = in_language(env, customer_language(env, order)).value(REWARDS, reward, "description")
        paid = {"name": name, "price_unit": -min(most, total), "tax_ids": [(6, 0, [])], "points_cost": cost}
        return "", [{**common, **paid}]
    factor = min(1.0, most / total)
    made: list[dict[str, Any]] = []
    groups = _by_tax(lines)
    for taxes, price in groups.items():
        if price:
            name = _discount_name(env, order, reward, taxes if len(groups) > 1 else ())
            line = {"name": name, "price_unit": -(price * factor), "tax_ids": [(6, 0, list(taxes))]}
            made.append({**common, **line, "points_cost": 0.0 if made else cost})
    return "", made


def _most(env: Env, order: Row, reward: Row, card: Row, total: float) -> float:
    """The most a discount may take off, tax included."""
    limit = float(reward.get("discount_max_amount") or 0.0) or math.inf
    amount = float(reward.get("discount") or 0.0)
    mode = reward.get("discount_mode")
    if mode == "percent":
        return min(limit, total * amount / 100)
    if mode == "per_order":
        return min(limit, amount)
    return min(limit, amount * real_points(env, order, card))


def _discountable(env: Env, order: Row, reward: Row) -> list[Row]:
    """The lines a discount is on: all goods, the cheapest one, or certain products. Gift cards pay delivery too."""
    rows = [row for row in line_rows(env, order["id"]) if row.get("product_id") and not row.get("display_type")]
    program = env.row(PROGRAMS, reward.get("program_id")) or {}
    if program.get("program_type") in PAYING:
        return [row for row in rows if not pays(env, row)]
    goods = [row for row in rows if not row.get("is_delivery") and not row.get("reward_id")]
    if reward.get("discount_applicability") == "cheapest":
        cheapest = min(goods, key=lambda row: float(row.get("price_unit") or 0.0), default=None)
        return [cheapest] if cheapest else []
    if reward.get("discount_applicability") == "specific":
        return [row for row in goods if _discounted(env, reward, row)]
    return goods


def _discounted(env: Env, reward: Row, row: Row) -> bool:
    rule = {"product_ids": reward.get("discount_product_ids"), "product_category_id": reward.get(
        "discount_product_category_id")}  # fmt: skip
    return about(env, rule, row)


def _by_tax(lines: Sequence[Row]) -> dict[tuple[int, ...], float]:
    groups: dict[tuple[int, ...], float] = {}
    for row in lines:
        taxes = tuple(row.get("tax_ids") or ())
        price = float(row.get("price_unit") or 0.0) * (1 - float(row.get("discount") or 0.0) / 100)
        groups[taxes] = groups.get(taxes, 0.0) + price * float(row.get("product_uom_qty") or 0.0)
    return groups


def _discount_name(env: Env, order: Row, reward: Row, taxes: Sequence[int]) -> str:
    lang = customer_language(env, order)
    name = in_language(env, lang).value(REWARDS, reward, "description") or ""
    text = f"{_DISCOUNT.get(lang or '', 'Discount')} {name}"
    if not taxes:
        return text
    names = ", ".join(str((env.row("account.tax", tax) or {}).get("name")) for tax in taxes)
    return f"{text} - On product(s) with the following taxes: {names}"


def _common(env: Env, order: Row, reward: Row, card: Row) -> dict[str, Any]:
    product = env.row("product.product", reward.get("discount_line_product_id"))
    sequence = max((int(row.get("sequence") or 0) for row in line_rows(env, order["id"])), default=10)
    return {
        "product_id": reward.get("discount_line_product_id") or False,
        "product_uom_qty": 1.0,
        "product_uom_id": env.value("product.product", product, "uom_id") if product else False,
        "technical_price_unit": 0.0,
        "reward_id": reward["id"],
        "coupon_id": card["id"],
        "reward_identifier_code": uuid.uuid4().hex[:10],
        "sequence": sequence + 1,
    }


def _free_product(env: Env, order: Row, reward: Row, card: Row, product_id: Any) -> dict[str, Any]:
    products = reward.get("reward_product_ids") or [reward.get("reward_product_id")]
    product = env.row("product.product", product_id if product_id in products else products[0]) or {}
    there = in_language(env, customer_language(env, order)).with_context(display_default_code=False)
    own = env.value("product.product", product, "taxes_id") if product else []
    required = float(reward.get("required_points") or 1.0)
    return {
        **_common(env, order, reward, card),
        "name": f"Free Product - {display_name(there, 'product.product', product.get('id'))}",
        "product_id": product.get("id"),
        "product_uom_id": env.value("product.product", product, "uom_id") if product else False,
        "product_uom_qty": float(reward.get("reward_product_qty") or 1),
        "price_unit": float(env.value("product.product", product, "lst_price")) if product else 0.0,
        "discount": 100.0,
        "tax_ids": [(6, 0, mapped_taxes(env, order.get("fiscal_position_id"), own))],
        "points_cost": required,
    }


def _free_delivery(env: Env, order: Row, reward: Row, card: Row) -> dict[str, Any]:
    rows = [row for row in line_rows(env, order["id"]) if row.get("is_delivery")]
    price = sum(float(row.get("price_unit") or 0.0) for row in rows)
    limit = float(reward.get("discount_max_amount") or 0.0) or math.inf
    return {
        **_common(env, order, reward, card),
        "name": reward.get("description") or "Free Shipping",
        "price_unit": -min(limit, price),
        "tax_ids": [(6, 0, list(rows[0].get("tax_ids") or ()) if rows else [])],
        "points_cost": float(reward.get("required_points") or 0.0),
    }
