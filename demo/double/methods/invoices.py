"""Invoices: from orders (``action_invoice_create``, the wizard ``sale.advance.payment.inv``), and posting them."""

from __future__ import annotations

from typing import Any

from demo.double.access import check_model
from demo.double.compute.orders import INVOICES
from demo.double.constraints import missing
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, SINCE_14, Call, rpc
from demo.double.sales.invoicing import invoice_orders, post
from demo.double.sales.stages import orders
from demo.double.writing import write

_WIZARD = "sale.advance.payment.inv"


class RecordText(str):
    """How JSON shows a record set that a method answers; XML-RPC knows no such type."""

    __slots__ = ()


@rpc("sale.order", versions=ONLY_10)
def action_invoice_create(call: Call, grouped: bool = False, final: bool = False) -> list[int]:  # noqa: ARG001
    check_model(call.env, call.model, "write")
    return invoice_orders(call.env, [row["id"] for row in orders(call.env, call.ids)])


@rpc(_WIZARD, versions=SINCE_14)
def create_invoices(call: Call) -> dict[str, Any]:
    """Invoice the wizard's orders (19), or the context's (``active_ids``)."""
    env = call.env
    check_model(env, "sale.order", "write")
    gone = [key for key in call.ids if env.row(_WIZARD, key) is None]
    if gone:
        raise missing(env, _WIZARD, gone)
    chosen = [key for wizard in call.ids for key in (env.row(_WIZARD, wizard) or {}).get("sale_order_ids") or ()]
    made = invoice_orders(env, [row["id"] for row in orders(env, chosen or env.context.get("active_ids") or [])])
    if env.db.dataset.version == "14.0":
        return {"type": "ir.actions.act_window_close"}
    return {
        "type": "ir.actions.act_window",
        "name": "Invoices",
        "res_model": "account.move",
        "res_id": made[0] if len(made) == 1 else 0,
        "view_mode": "list,kanban,form,activity",
        "domain": [["id", "in", made]],
        "context": {"default_move_type": "out_invoice"},
    }


@rpc("account.invoice", versions=ONLY_10)
def action_invoice_open(call: Call) -> bool:
    _post(call)
    return True


@rpc("account.move", versions=ONLY_14)
def action_post(call: Call) -> RecordText:
    _post(call)
    shown = ", ".join(str(key) for key in call.ids)
    return RecordText(f"account.move({shown},)" if len(call.ids) == 1 else f"account.move({shown})")


@rpc("account.move", versions=ONLY_19, name="action_post")
def action_post_19(call: Call) -> bool:
    _post(call)
    return False


def _post(call: Call) -> None:
    check_model(call.env, call.model, "write")
    gone = [key for key in call.ids if call.env.row(call.model, key) is None]
    if gone:
        raise missing(call.env, call.model, gone)
    post(call.env, call.ids)


@rpc("account.move sale.order", versions=SINCE_14)
def get_portal_url(call: Call, suffix: Any = None, **_others: Any) -> str:  # noqa: ARG001
    """The portal's page of a document, with the token that opens it (made at first)."""
    from uuid import uuid4

    row = call.env.row(call.model, call.ids[0]) if call.ids else None
    if row is None:
        raise missing(call.env, call.model, call.ids or [False])
    token = row.get("access_token")
    if not token:
        token = str(uuid4())
        write(call.env.as_superuser(), call.model, [row["id"]], {"access_token": token})
    page = "invoices" if call.model == INVOICES[call.env.db.dataset.version][0] else "orders"
    return f"/my/{page}/{row['id']}?access_token={token}"
