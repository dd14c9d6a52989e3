"""unlink: what may not be deleted, and what goes with what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from demo.double import errors
from demo.double.access import check_records
from demo.double.constraints import missing
from demo.double.sales import hooks

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: Records that go with their owner: model -> (model, field pointing at the owner).
CASCADES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sale.order": (("sale.order.line", "order_id"),),
    "product.template": (
        ("product.product", "product_tmpl_id"),
        ("product.attribute.line", "product_tmpl_id"),
        ("product.attribute.price", "product_tmpl_id"),
        ("product.template.attribute.line", "product_tmpl_id"),
        ("product.image", "product_tmpl_id"),
        ("product.pricelist.item", "product_tmpl_id"),
    ),
    "product.product": (("product.pricelist.item", "product_id"), ("product.wishlist", "product_id")),
    "product.template.attribute.line": (("product.template.attribute.value", "attribute_line_id"),),
    "product.pricelist": (("product.pricelist.item", "pricelist_id"),),
    "product.category": (("product.category", "parent_id"),),
    "res.partner": (("product.wishlist", "partner_id"),),
}
_ORDER_SENT = {
    "10.0": "You can not delete a sent quotation or a sales order! Try to cancel it before.",
    "14.0": "You can not delete a sent quotation or a confirmed sales order. You must first cancel it.",
    "19.0": "You can not delete a sent quotation or a confirmed sales order. You must first cancel it.",
}
_LINE_SOLD = {
    "10.0": "You can not remove a sale order line.\nDiscard changes and try setting the quantity to 0.",
    "14.0": "You can not remove an order line once the sales order is confirmed.\n"
    "You should rather set the quantity to 0.",
    "19.0": "Once a sales order is confirmed, you can't remove one of its lines (we need to track if something gets "
    "invoiced or delivered).\nSet the quantity to 0 instead.",
}


def delete(env: Env, model: str, ids: Sequence[int]) -> bool:
    """Odoo's ``unlink``. What refers to the records is deleted too, emptied or forbids it, as the field says."""
    gone = [record_id for record_id in ids if env.row(model, record_id) is None]
    version = env.db.dataset.version
    if gone and (version == "19.0" or model in env.db.profile.unlink_missing_models):
        raise missing(env, model, gone)
    check_records(env, model, ids, "unlink")
    for record_id in ids:
        row = env.row(model, record_id)
        if row is not None:
            _check(env, model, row)
    take_away(env, model, [*ids, *hooks.going_too(env, model, ids)])
    return True


def take_away(env: Env, model: str, ids: Sequence[int]) -> None:
    """Delete records and what belongs to them, without asking whether they may be."""
    for record_id in ids:
        if env.row(model, record_id) is not None:
            _delete_one(env, model, record_id)


def _check(env: Env, model: str, row: Row) -> None:
    version = env.db.dataset.version
    if model == "sale.order" and row.get("state") not in ("draft", "cancel"):
        raise errors.user_error(_ORDER_SENT[version])
    if model == "sale.order.line":
        order = env.row("sale.order", row.get("order_id")) or {}
        if order.get("state") in ("sale", "done"):
            raise errors.user_error(_LINE_SOLD[version])


def _delete_one(env: Env, model: str, record_id: int) -> None:
    for child, field in CASCADES.get(model, ()):
        if child in env.db.dataset.tables:
            for child_id in list(env.db.table(child).find(field, [record_id])):
                _delete_one(env, child, child_id)
    hooks.touched(env, model, env.row(model, record_id) or {})
    _forget_name(env, model, record_id)
    template = (env.row(model, record_id) or {}).get("product_tmpl_id") if model == "product.product" else None
    env.db.delete(model, record_id)
    last = not any(True for _ in env.db.table("product.product").find("product_tmpl_id", [template]))
    if template and last and env.row("product.template", template) is not None:
        env.db.delete("product.template", template)  # a template does not outlive its last variant


def _forget_name(env: Env, model: str, record_id: int) -> None:
    """The external ids of a record go with it."""
    names = env.db.table("ir.model.data")
    for name_id in list(names.find("res_id", [record_id])):
        if (names.get(name_id) or {}).get("model") == model:
            env.db.delete("ir.model.data", name_id)
