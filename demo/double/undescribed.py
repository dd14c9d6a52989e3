"""Models whose ``fields_get`` was not recorded for a version, and that a shop's orders go through.

Their fields are those that the version has, described as another version described them, or by their type alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Description = dict[str, dict[str, Any]]

#: (version, model): the version whose description is taken, and the fields of it that this version has.
BORROWED: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("14.0", "delivery.price.rule"): (
        "19.0",
        (
            "name", "sequence", "carrier_id", "currency_id", "variable", "operator", "max_value", "list_base_price",
            "list_price", "variable_factor",
        ),
    ),
    ("14.0", "choose.delivery.carrier"): (
        "19.0",
        (
            "order_id", "partner_id", "carrier_id", "delivery_type", "delivery_price", "display_price", "currency_id",
            "company_id", "available_carrier_ids", "invoicing_message", "delivery_message",
        ),
    ),
    ("14.0", "mail.message"): (
        "10.0",
        (
            "subject", "body", "message_type", "model", "res_id", "author_id", "date", "email_from", "message_id",
            "partner_ids", "reply_to", "record_name",
        ),
    ),
    ("14.0", "sale.advance.payment.inv"): (
        "19.0",
        (
            "advance_payment_method", "deduct_down_payments", "has_down_payments", "count", "amount", "currency_id",
            "fixed_amount",
        ),
    ),
}  # fmt: skip
#: By their types: (type, relation).
_POSITION_LINE: Mapping[str, tuple[str, str | None]] = {
    "position_id": ("many2one", "account.fiscal.position"),
    "tax_src_id": ("many2one", "account.tax"),
    "tax_dest_id": ("many2one", "account.tax"),
}
_TERM_LINE: Mapping[str, tuple[str, str | None]] = {
    "value": ("selection", None),
    "value_amount": ("float", None),
    "days": ("integer", None),
    "payment_id": ("many2one", "account.payment.term"),
}
TYPED: Mapping[tuple[str, str], Mapping[str, tuple[str, str | None]]] = {
    ("10.0", "account.fiscal.position.tax"): _POSITION_LINE,
    ("14.0", "account.fiscal.position.tax"): _POSITION_LINE,
    ("14.0", "mailing.contact.subscription"): {
        "contact_id": ("many2one", "mailing.contact"),
        "list_id": ("many2one", "mailing.list"),
        "opt_out": ("boolean", None),
    },
    ("14.0", "sale.coupon.apply.code"): {"coupon_code": ("char", None)},
    ("10.0", "account.payment.term.line"): _TERM_LINE,
    ("14.0", "account.payment.term.line"): _TERM_LINE,
}
SELECTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "value": (("balance", "Balance"), ("percent", "Percent"), ("fixed", "Fixed Amount")),
}
_KEPT: Mapping[str, tuple[str, str | None]] = {
    "create_date": ("datetime", None),
    "create_uid": ("many2one", "res.users"),
    "write_date": ("datetime", None),
    "write_uid": ("many2one", "res.users"),
}


def borrowed(version: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By model: where its description is taken from, and which fields."""
    kept = ("id", "display_name", *_KEPT)
    return {model: (source, (*kept, *names)) for (own, model), (source, names) in BORROWED.items() if own == version}


def typed(version: str) -> dict[str, Description]:
    """Descriptions by model, of fields whose type is all that is known."""
    return {
        model: {name: _described(name, *kind) for name, kind in {**_KEPT, **fields}.items()}
        for (own, model), fields in TYPED.items()
        if own == version
    }


def _described(name: str, kind: str, relation: str | None) -> dict[str, Any]:
    base: dict[str, Any] = {"type": kind, "string": name, "store": True, "required": False, "readonly": False}
    if kind == "selection":
        base["selection"] = [list(option) for option in SELECTIONS[name]]
    return {**base, "relation": relation} if relation else base
