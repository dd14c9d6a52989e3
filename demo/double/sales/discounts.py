"""Discounts that 19 shows on lines of orders, if its feature "Discounts" is on: percentages of rules, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from demo.double.floats import float_round
from demo.double.prices import priced_variant, rule_price
from demo.double.sales.conversion import converted

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Database, Env

#: whose members the feature is on for: everybody, or nobody
GROUP: Final = "sale.group_discount_per_so_line"
#: as which Odoo asks whether a feature is on
_ODOOBOT: Final = 1
_ITEM: Final = "product.pricelist.item"
_PRODUCT: Final = "product.product"


def in_discount_group(env: Env, user: Row) -> bool:
    """Does the feature's group have this user?"""
    group = env.db.external_id(GROUP)
    return group is not None and group in (user.get(env.db.profile.names.user_groups) or ())


def turn_on(db: Database) -> None:
    """Turn the feature on, as the settings do: everybody is in its group."""
    groups, names, users = (db.table(model) for model in ("res.groups", "ir.model.data", "res.users"))
    group = db.external_id(GROUP)
    if group is None:
        group = groups.next_id()
        groups.put({"id": group, "name": "Discount on lines"})
        module, _, name = GROUP.partition(".")
        names.put({"id": names.next_id(), "module": module, "name": name, "model": "res.groups", "res_id": group})
    field = db.profile.names.user_groups
    for user in [row for key in list(users.ids()) if (row := users.get(key)) is not None]:
        users.put({**user, field: [*(user.get(field) or ()), group]})
    if users.get(_ODOOBOT) is None:
        users.put({"id": _ODOOBOT, "login": "__system__", "active": False, field: [group]})


def shows_discounts(env: Env) -> bool:
    """Is the feature on?"""
    if env.db.dataset.version != "19.0":
        return False
    return in_discount_group(env, env.row("res.users", _ODOOBOT) or {})


def price_before(env: Env, order: Row, product: Row, rule: Any, pricelist: Any, quantity: float) -> float | None:
    """The price that the rule takes a percentage off; None: it shows no discount. A website's orders show list prices.

    ``env``: that of the order's prices.
    """
    item = env.row(_ITEM, rule) or {}
    if not shows_discounts(env) or item.get("compute_price") != "percentage":
        return None
    while not order.get("website_id") and item.get("base") == "pricelist" and item.get("base_pricelist_id"):
        base = item["base_pricelist_id"]
        price, below = rule_price(env, base, priced_variant(env, product), quantity)
        lower = env.row(_ITEM, below) or {}
        if lower.get("compute_price") != "percentage":
            return converted(env, price, _currency(env, base), _currency(env, pricelist))
        item = lower
    own = "standard_price" if item.get("base") == "standard_price" and not order.get("website_id") else "lst_price"
    value = float(env.value(_PRODUCT, product, own))
    return converted(env, value, env.value(_PRODUCT, product, "currency_id"), _currency(env, pricelist))


def _currency(env: Env, pricelist: Any) -> Any:
    return (env.row("product.pricelist", pricelist) or {}).get("currency_id", False)


def percentage(before: float | None, price: float) -> float:
    """What stands as the line's discount."""
    if not before:
        return 0.0
    discount = (before - price) / before * 100
    return float_round(discount, 2) if (discount > 0) is (before > 0) else 0.0
