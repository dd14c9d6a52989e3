"""From quotation to order: confirming, cancelling, locking, and the deliveries that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.constraints import missing
from demo.double.sales import loyalty19
from demo.double.sales.hooks import is_locked
from demo.double.sales.picking import cancel_deliveries, make_delivery
from demo.double.sales.rules import rules_of
from demo.double.sales.totals import line_rows, settle, touch

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

ORDERS = "sale.order"
_CANCEL_LOCKED = "You cannot cancel a locked order. Please unlock it first."
_ONLY_DRAFTS = "Only draft orders can be marked as sent directly."
_NO_PRODUCT = "Some order lines are missing a product, you need to correct them before going further."


def orders(env: Env, ids: Sequence[Any]) -> list[Row]:
    """The orders, all of which must exist."""
    gone = [order_id for order_id in ids if env.row(ORDERS, order_id) is None]
    if gone:
        raise missing(env, ORDERS, gone)
    return [env.row(ORDERS, order_id) or {} for order_id in ids]


def confirm(env: Env, ids: Sequence[int]) -> None:
    """``action_confirm``. What is no quotation any more is refused or confirmed again, as the version does."""
    rules = rules_of(env)
    settle(env)
    for row in orders(env, ids):
        if row.get("state") not in rules.confirmable:
            raise errors.user_error(rules.not_confirmable)
        if env.db.dataset.version == "19.0" and any(_lacks_product(line) for line in line_rows(env, row["id"])):
            raise errors.user_error(_NO_PRODUCT)
    _settle_points(env, ids, given=True)
    for row in orders(env, ids):
        moment = env.now.strftime("%Y-%m-%d %H:%M:%S")
        set_state(env, row, "sale", **{rules.confirmed_at: moment})
        settle(env)
        make_delivery(env, row["id"])


def _lacks_product(line: Row) -> bool:
    return not (line.get("display_type") or line.get("is_downpayment") or line.get("product_id"))


def set_state(env: Env, row: Row, state: str, **values: Any) -> None:
    """A new state, on the order and on its lines."""
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    stamp = {"write_date": moment, "write_uid": env.uid}
    env.db.put(ORDERS, {**row, "state": state, **values, **stamp})
    for line in line_rows(env, row["id"]):
        env.db.put("sale.order.line", {**line, "state": state})
    touch(env, row["id"])


def cancel(env: Env, ids: Sequence[int]) -> None:
    """``action_cancel``: the order's deliveries are cancelled too."""
    for row in orders(env, ids):
        if rules_of(env).locked_field and is_locked(env, row["id"]):
            raise errors.user_error(_CANCEL_LOCKED)
        cancel_deliveries(env, row["id"])
        if row.get("state") == "sale":
            _settle_points(env, [row["id"]], given=False)
        set_state(env, row, "cancel")
        _release_rewards(env, row["id"])


def _settle_points(env: Env, ids: Sequence[int], *, given: bool) -> None:
    for order_id in ids if env.db.dataset.version == "19.0" else ():
        refusal = loyalty19.settle_points(env, order_id, given=given)
        if refusal:
            raise errors.validation_error(refusal)


def _release_rewards(env: Env, order_id: int) -> None:
    """Coupons of a cancelled order can be used again."""
    if env.db.dataset.version == "19.0":
        loyalty19.drop_rewards(env, order_id)
    for coupon_id in list(env.db.table("coupon.coupon").find("sales_order_id", [order_id])):
        coupon = env.row("coupon.coupon", coupon_id) or {}
        env.db.put("coupon.coupon", {**coupon, "state": "new", "sales_order_id": False})


def draft(env: Env, ids: Sequence[int]) -> None:
    """``action_draft``: a cancelled or sent order is a quotation again; others stay what they are."""
    for row in orders(env, ids):
        if row.get("state") in ("cancel", "sent"):
            set_state(env, row, "draft")


def quotation_sent(env: Env, ids: Sequence[int]) -> None:
    """``action_quotation_sent``."""
    rows = orders(env, ids)
    if any(row.get("state") != "draft" for row in rows):
        raise errors.user_error(_ONLY_DRAFTS)
    for row in rows:
        set_state(env, row, "sent")


def lock(env: Env, ids: Sequence[int], *, locked: bool) -> None:
    """``action_done`` and ``action_unlock`` (state ``done``), from 17 on a field of its own."""
    field = rules_of(env).locked_field
    for row in orders(env, ids):
        if field:
            env.db.put(ORDERS, {**row, field: locked})
        else:
            set_state(env, row, "done" if locked else "sale")
