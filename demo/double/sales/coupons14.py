"""Promotion codes and coupons of 14 (``coupon.program``, ``coupon.coupon``): their conditions and reward lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.double.compute.names import display_name
from demo.double.deleting import take_away
from demo.double.sales import hooks
from demo.double.sales.rules import rules_of
from demo.double.sales.totals import line_rows, settle
from demo.double.writing import create, write

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

PROGRAMS = "coupon.program"
COUPONS = "coupon.coupon"
_LINES = "sale.order.line"
_APPLIED = "The promo code is already applied on this order"
_OFFERED = "The promotional offer is already applied on this order"
_NOT_PRESENT = "The reward products should be in the sales order lines to apply the discount."
_NOT_MET = "At least one of the required conditions is not met to get the reward!"
_QUANTITIES = (
    "You don't have the required product quantities on your sales order. If the reward is same product quantity, "
    "please make sure that all the products are recorded on the sales order (Example: You need to have 3 T-shirts on "
    "your sales order if the promotion is 'Buy 2, Get 1 Free'."
)
_STATES = {
    "used": "This coupon has already been used ({}).",
    "reserved": "This coupon {} exists but the origin sales order is not validated yet.",
    "cancel": "This coupon has been cancelled ({}).",
    "expired": "This coupon is expired ({}).",
}


def apply_code(env: Env, order_id: int, code: str) -> str:
    """Apply a promotion code or a coupon to an order. What speaks against it; empty when it was applied."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    programs = env.visible(PROGRAMS, list(env.db.table(PROGRAMS).find("promo_code", [code])))
    if programs:
        program = program_row(env, programs[0]) or {}
        refusal = _against_program(env, order, program, code)
        if not refusal:
            _put_rewards(env, order_id, program)
            write(env, "sale.order", [order_id], {"code_promo_program_id": program["id"]})
        return refusal
    coupons = list(env.db.table(COUPONS).find("code", [code]))
    if not coupons:
        return f"This coupon is invalid ({code})."
    coupon = env.row(COUPONS, coupons[0]) or {}
    program = program_row(env, coupon.get("program_id")) or {}
    refusal = _against_coupon(env, order, coupon, program)
    if not refusal:
        _put_rewards(env, order_id, program)
        write(env, COUPONS, [coupon["id"]], {"sales_order_id": order_id, "state": "used"})
    return refusal


def program_row(env: Env, program_id: Any) -> Row | None:
    """A program with the rule and the reward it is made of."""
    program = env.row(PROGRAMS, program_id)
    if program is None:
        return None
    rule = env.row("coupon.rule", program.get("rule_id")) or {}
    return {**rule, **(env.row("coupon.reward", program.get("reward_id")) or {}), **program}


def recompute(env: Env, order_id: int) -> None:
    """``recompute_coupon_lines``: drop what no longer holds, offer what needs no code, work out the rest anew."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    applied = applied_programs(env, order)
    for program in applied:
        if not _holds(env, order, program):
            _drop(env, order_id, program)
    automatic = env.visible(PROGRAMS, list(env.db.table(PROGRAMS).find("promo_code_usage", ["no_code_needed"])))
    for program_id in automatic if order.get("state") != "cancel" else ():
        program = program_row(env, program_id) or {}
        if program not in applied and _holds(env, order, program):
            _put_rewards(env, order_id, program)
            offered = order.get("no_code_promo_program_ids") or []
            write(env, "sale.order", [order_id], {"no_code_promo_program_ids": [(6, 0, [*offered, program_id])]})
    for program in applied_programs(env, env.row("sale.order", order_id) or {}):
        _put_rewards(env, order_id, program)


def applied_programs(env: Env, order: Row) -> list[Row]:
    """The programs an order has: by code, by coupon, and those that need none."""
    ids = [*(order.get("no_code_promo_program_ids") or ())]
    if order.get("code_promo_program_id"):
        ids.append(order["code_promo_program_id"])
    ids += [
        (env.row(COUPONS, key) or {}).get("program_id")
        for key in env.db.table(COUPONS).find("sales_order_id", [order.get("id")])
    ]
    rows = (program_row(env, key) for key in dict.fromkeys(ids))
    return [row for row in rows if row is not None]


# ------------------------------------------------------------------------------------------------- conditions


def _against_program(env: Env, order: Row, program: Row, code: str) -> str:
    limit = int(program.get("maximum_use_number") or 0)
    applied = env.row(PROGRAMS, order.get("code_promo_program_id"))
    if limit and _uses(env, program) >= limit:
        return f"Promo code {code} has been expired."
    if not _amount_reached(env, order, program):
        return _minimum(env, program)
    if applied is not None and applied.get("promo_code") == program.get("promo_code"):
        return _APPLIED
    if program["id"] in (order.get("no_code_promo_program_ids") or ()):
        return _OFFERED
    if not _in_time(env, program):
        return "Promo code is expired"
    if applied is not None and program.get("promo_code_usage") == "code_needed":
        return "Promotionals codes are not cumulative."
    if _is_global(program) and any(_is_global(other) for other in applied_programs(env, order)):
        return "Global discounts are not cumulative."
    if program.get("reward_type") == "product" and not _reward_present(env, order, program):
        return _NOT_PRESENT
    if not _products_reached(env, order, program):
        return _QUANTITIES
    return "" if _holds(env, order, program) else _NOT_MET


def _against_coupon(env: Env, order: Row, coupon: Row, program: Row) -> str:
    code, today = coupon.get("code"), env.now.strftime("%Y-%m-%d")
    state = str(coupon.get("state") or "new")
    if state == "new" and coupon.get("expiration_date") and str(coupon["expiration_date"]) < today:
        state = "expired"
    if state in _STATES:
        return _STATES[state].format(code)
    if not _amount_reached(env, order, program):
        return _minimum(env, program)
    if not program.get("active"):
        return f"The coupon program for {code} is in draft or closed state"
    if coupon.get("partner_id") and coupon["partner_id"] != order.get("partner_id"):
        return "Invalid partner."
    if program in applied_programs(env, order):
        return "A Coupon is already applied for the same reward"
    if _is_global(program) and any(_is_global(other) for other in applied_programs(env, order)):
        return "Global discounts are not cumulable."
    if program.get("reward_type") == "product" and not _reward_present(env, order, program):
        return _NOT_PRESENT
    return "" if _holds(env, order, program) else _NOT_MET


def _holds(env: Env, order: Row, program: Row) -> bool:
    """All conditions of a program on an order."""
    return (
        bool(program.get("active"))
        and _in_time(env, program)
        and _amount_reached(env, order, program)
        and _products_reached(env, order, program)
        and (program.get("reward_type") != "product" or _reward_present(env, order, program))
        and bool(_goods(env, order))
    )


def _minimum(env: Env, program: Row) -> str:
    currency = display_name(env, "res.currency", _currency(env, program)) or ""
    amount = float(program.get("rule_minimum_amount") or 0.0)
    return f"A minimum of {amount} {currency} should be purchased to get the reward"


def _currency(env: Env, program: Row) -> Any:
    return (env.row("res.company", program.get("company_id")) or {}).get("currency_id", False)


def _uses(env: Env, program: Row) -> int:
    return sum(1 for _ in env.db.table(_LINES).find("product_id", [program.get("discount_line_product_id")]))


def _in_time(env: Env, program: Row) -> bool:
    now = env.now.strftime("%Y-%m-%d %H:%M:%S")
    start, end = program.get("rule_date_from"), program.get("rule_date_to")
    return not (start and str(start) > now) and not (end and now > str(end))


def _is_global(program: Row) -> bool:
    return (
        program.get("reward_type") == "discount"
        and program.get("discount_type") == "percentage"
        and program.get("discount_apply_on") == "on_order"
    )


def _goods(env: Env, order: Row) -> list[Row]:
    return [row for row in line_rows(env, order["id"]) if row.get("product_id") and not row.get("is_reward_line")]


def _amount_reached(env: Env, order: Row, program: Row) -> bool:
    """The order's amount without rewards (and without delivery) against the program's minimum."""
    wanted = float(program.get("rule_minimum_amount") or 0.0)
    lines = [row for row in _goods(env, order) if not row.get("is_delivery")]
    name = "price_total" if program.get("rule_minimum_amount_tax_inclusion") == "tax_included" else "price_subtotal"
    return wanted <= sum(float(row.get(name) or 0.0) for row in lines) + 1e-9


def _products_reached(env: Env, order: Row, program: Row) -> bool:
    """The quantity of the products the program is about."""
    try:
        domain = json.loads(str(program.get("rule_products_domain") or "[]").replace("'", '"'))
    except ValueError:
        domain = []
    if not domain:
        return True
    from demo.double.searching import matching_ids

    valid = set(matching_ids(env.as_superuser(), "product.product", domain))
    lines = [row for row in _goods(env, order) if row["product_id"] in valid]
    quantity = sum(float(row.get("product_uom_qty") or 0.0) for row in lines)
    if program.get("reward_type") == "product" and program.get("reward_product_id") in valid:
        quantity -= float(program.get("reward_product_quantity") or 1)
    return bool(lines) and quantity >= float(program.get("rule_min_quantity") or 1)


def _reward_present(env: Env, order: Row, program: Row) -> bool:
    there = sum(
        float(row.get("product_uom_qty") or 0.0)
        for row in _goods(env, order)
        if row["product_id"] == program.get("reward_product_id")
    )
    return there >= float(program.get("reward_product_quantity") or 1)


# ---------------------------------------------------------------------------------------------------- rewards


def _reward_lines(env: Env, order: Row, program: Row) -> list[Row]:
    return [
        row
        for row in line_rows(env, order["id"])
        if row.get("is_reward_line") and row.get("product_id") == program.get("discount_line_product_id")
    ]


def _drop(env: Env, order_id: int, program: Row) -> None:
    order = env.row("sale.order", order_id) or {}
    gone = _reward_lines(env, order, program)
    if gone:
        take_away(env, _LINES, [row["id"] for row in gone])
    _forget(env, order_id, program)


def _forget(env: Env, order_id: int, program: Row) -> None:
    order = env.row("sale.order", order_id) or {}
    values: Row = {}
    if order.get("code_promo_program_id") == program["id"]:
        values["code_promo_program_id"] = False
    offered = order.get("no_code_promo_program_ids") or []
    if program["id"] in offered:
        values["no_code_promo_program_ids"] = [(6, 0, [key for key in offered if key != program["id"]])]
    if values:
        write(env, "sale.order", [order_id], values)


def give_up(env: Env, line: Row) -> list[int]:
    """A reward line is deleted: its program and coupon are the order's no more, and its other lines go too."""
    order_id = int(line.get("order_id") or 0)
    order = env.row("sale.order", order_id) or {}
    found: list[int] = []
    for program in applied_programs(env, order):
        if program.get("discount_line_product_id") != line.get("product_id"):
            continue
        found += [row["id"] for row in _reward_lines(env, order, program)]
        _forget(env, order_id, program)
        for coupon_id in list(env.db.table(COUPONS).find("sales_order_id", [order_id])):
            coupon = env.row(COUPONS, coupon_id) or {}
            if coupon.get("program_id") == program["id"]:
                env.db.put(COUPONS, {**coupon, "state": "new", "sales_order_id": False})
    return found


def _put_rewards(env: Env, order_id: int, program: Row) -> None:
    """The program's lines on the order: those it has are changed, new ones made, others taken away."""
    settle(env)
    order = env.row("sale.order", order_id) or {}
    have = {tuple(row.get("tax_id") or ()): row for row in _reward_lines(env, order, program)}
    for values in _rewards(env, order, program):
        known = have.pop(tuple(values["tax_id"][0][2]), None)
        if known is None:
            create(env, _LINES, {"order_id": order_id, **values})
        else:
            write(env, _LINES, [known["id"]], values)
    if have:
        take_away(env, _LINES, [row["id"] for row in have.values()])


def _rewards(env: Env, order: Row, program: Row) -> list[Row]:
    if program.get("reward_type") == "product":
        return _free_product(env, order, program)
    lines = [row for row in _goods(env, order) if not row.get("is_delivery") and row.get("price_reduce")]
    if program.get("discount_type") == "fixed_amount":
        return _fixed_amount(env, program, lines)
    share = float(program.get("discount_percentage") or 0.0) / 100
    if program.get("discount_apply_on") == "cheapest_product":
        cheapest = min(lines, key=lambda row: float(row["price_reduce"]), default=None)
        amount = float(cheapest["price_reduce"]) * share if cheapest else 0.0
        taxes = cheapest.get("tax_id") or [] if cheapest else []
        return [_line(env, program, f"Discount: {program['name']}", amount, taxes)] if amount else []
    if program.get("discount_apply_on") == "specific_products":
        chosen = program.get("discount_specific_product_ids") or []
        lines = [row for row in lines if row["product_id"] in chosen]
    return _by_tax(env, program, [(row, _value(row) * share) for row in lines])


def _value(row: Row) -> float:
    return float(row["price_reduce"]) * float(row.get("product_uom_qty") or 0.0)


def _by_tax(env: Env, program: Row, amounts: Sequence[tuple[Row, float]]) -> list[Row]:
    """One line for all that is taxed alike."""
    found: dict[tuple[int, ...], float] = {}
    for row, amount in amounts:
        taxes = tuple(row.get("tax_id") or ())
        found[taxes] = found.get(taxes, 0.0) + amount
    lines = []
    for taxes, amount in found.items():
        names = ", ".join(str((env.row("account.tax", tax) or {}).get("name")) for tax in taxes)
        label = f"Discount: {program['name']} - On product with following taxes: {names}"
        if amount:
            lines.append(_line(env, program, label, amount, taxes))
    return _limited(program, lines)


def _limited(program: Row, lines: list[Row]) -> list[Row]:
    """Never more than the program gives at most."""
    limit = float(program.get("discount_max_amount") or 0.0)
    given = 0.0
    for line in lines if limit > 0 else ():
        line["price_unit"] = -min(-line["price_unit"], limit - given)
        given -= line["price_unit"]
    return [line for line in lines if line["price_unit"]]


def _fixed_amount(env: Env, program: Row, lines: Sequence[Row]) -> list[Row]:
    """An amount, tax included, taken off what is taxed alike, the largest group first."""
    left = min(
        float(program.get("discount_fixed_amount") or 0.0), sum(float(row.get("price_total") or 0.0) for row in lines)
    )
    groups: dict[tuple[int, ...], list[Row]] = {}
    for row in lines:
        groups.setdefault(tuple(row.get("tax_id") or ()), []).append(row)
    made: list[Row] = []
    for taxes, rows in sorted(groups.items(), key=lambda group: -sum(map(_value, group[1]))):
        price, total = sum(map(_value, rows)), sum(float(row.get("price_total") or 0.0) for row in rows)
        amount = min(price, left * price / total) if total else 0.0
        if left <= 0 or not amount:
            continue
        left -= amount * total / price
        names = ", ".join(str((env.row("account.tax", tax) or {}).get("name")) for tax in taxes)
        label = f"Discount: {program['name']} - On product with following taxes: {names}"
        made.append(_line(env, program, label, amount, taxes))
    return made


def _free_product(env: Env, order: Row, program: Row) -> list[Row]:
    product = env.row("product.product", program.get("reward_product_id")) or {}
    rows = [row for row in _goods(env, order) if row["product_id"] == product.get("id")]
    bought = sum(float(row.get("product_uom_qty") or 0.0) for row in rows)
    given = float(program.get("reward_product_quantity") or 1)
    times = bought // (float(program.get("rule_min_quantity") or 1) + given)
    if not rows or not times:
        return []
    name = f"Free Product - {env.value('product.product', product, 'name')}"
    line = _line(env, program, name, float(rows[0].get("price_reduce") or 0.0), rows[0].get("tax_id") or [])
    return [{**line, "product_uom_qty": min(given * times, bought)}]


def _line(env: Env, program: Row, name: str, amount: float, taxes: Sequence[int]) -> Row:
    product = env.row("product.product", program.get("discount_line_product_id")) or {}
    return {
        "name": name,
        "product_id": program.get("discount_line_product_id"),
        "price_unit": -amount,
        "product_uom_qty": 1.0,
        rules_of(env).unit: env.value("product.product", product, "uom_id") if product else False,
        "is_reward_line": True,
        "tax_id": [(6, 0, list(taxes))],
    }


# --------------------------------------------------------------------------------------------- new rewards


def complete_reward(env: Env, row: Row) -> None:
    """A reward has a product of its own for its reward lines, named after what it gives."""
    if row.get("discount_line_product_id"):
        return
    product = {"name": _reward_name(env, row), "type": "service", "sale_ok": False, "purchase_ok": False}
    values = {**product, "list_price": 0.0, "invoice_policy": "delivery", "taxes_id": [(6, 0, [])]}
    sudo = env.as_superuser()
    row["discount_line_product_id"] = create(sudo, "product.product", values)


def _reward_name(env: Env, row: Row) -> str:
    if row.get("reward_type") == "product":
        product = env.row("product.product", row.get("reward_product_id"))
        return f"Free Product - {env.value('product.product', product, 'name') if product else ''}"
    if row.get("discount_type") == "fixed_amount":
        return f"{row.get('discount_fixed_amount')} discount on total amount"
    what = {"cheapest_product": "cheapest product", "specific_products": "products"}
    return f"{float(row.get('discount_percentage') or 0.0)}% discount on " + what.get(
        str(row.get("discount_apply_on")), "total amount"
    )


hooks.COMPLETED["coupon.reward"] = complete_reward
hooks.GIVEN_UP["14.0"] = give_up
