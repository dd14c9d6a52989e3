"""Orders: fields that are not stored but follow from the stored ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.names import display_name
from demo.double.compute.registry import COMPUTED, ONLY_10, ONLY_19, SINCE_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


@COMPUTED.field("sale.order", "cart_quantity")
def _cart_quantity(env: Env, row: Row) -> int:
    """The pieces on a cart page: no delivery charges, no rewards."""
    rows = _rows(env, row, "website_order_line")
    return int(sum(line.get("product_uom_qty") or 0.0 for line in rows if not line.get("is_reward_line")))


@COMPUTED.field("sale.order", "website_order_line")
def _website_lines(env: Env, row: Row) -> list[int]:
    """The lines a cart page shows: no delivery charges, and (19) no discounts of promotions."""
    rows = _rows(env, row, "order_line")
    return [line["id"] for line in rows if not line.get("is_delivery") and not _is_discount(env, line)]


def _rows(env: Env, row: Row, name: str) -> list[Row]:
    found = (env.row("sale.order.line", line_id) for line_id in env.value("sale.order", row, name))
    return [line for line in found if line is not None]


def _is_discount(env: Env, line: Row) -> bool:
    reward = env.row("loyalty.reward", line.get("reward_id"))
    return reward is not None and reward.get("reward_type") == "discount"


@COMPUTED.field("sale.order", "message_partner_ids")
def _followers(_env: Env, row: Row) -> list[int]:
    """Who follows the order; confirming it makes its customer a follower (portal users see what they follow)."""
    followers = list(row.get("message_partner_ids") or [])
    customer = row.get("partner_id")
    if customer and row.get("state") in ("sale", "done", "sent") and customer not in followers:
        followers.append(customer)
    return followers


@COMPUTED.field("sale.order", "display_name")
def _order_name(_env: Env, row: Row) -> Any:
    return row.get("name") or ""


@COMPUTED.field("sale.order.line", "display_name", ONLY_10)
def _line_name_10(_env: Env, row: Row) -> Any:
    return row.get("name") or ""


@COMPUTED.field("sale.order.line", "display_name", SINCE_14)
def _line_name(env: Env, row: Row) -> Any:
    if "display_name" in row:
        return row["display_name"]
    order = display_name(env, "sale.order", row.get("order_id")) or ""
    head = str(row.get("name") or "").split("\n", 1)[0]
    return f"{order} - {head or display_name(env, 'product.product', row.get('product_id'))}"


@COMPUTED.field("sale.order.line", "product_template_id", ONLY_19)
def _line_template(env: Env, row: Row) -> Any:
    product = env.row("product.product", row.get("product_id"))
    return product.get("product_tmpl_id", False) if product is not None else False
