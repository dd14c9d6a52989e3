"""How each version treats orders and their lines, as data. Every flag was seen in a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.double.env import Env


@dataclass(frozen=True, slots=True)
class OrderRules:
    """One version's ways with ``sale.order`` and ``sale.order.line``."""

    #: how an order's number is written
    name: str
    #: the line's fields for its unit of measure and its taxes
    unit: str
    taxes: str
    #: what follows from the customer when an order is made, and (19) again whenever the customer is changed
    from_customer: tuple[str, ...]
    follows_customer: bool
    #: a line's price, name and taxes follow from its product even when only the quantity changes
    reprices: bool
    #: without a unit of measure the price of one piece is taken, whatever the quantity
    unit_resets_quantity: bool
    #: the field of the moment an order was confirmed
    confirmed_at: str
    #: states in which ``action_confirm`` works
    confirmable: frozenset[str]
    #: what it says in others
    not_confirmable: str = ""
    #: a confirmed order is locked by a field of its own (19), or by the state ``done``
    locked_field: str | None = None
    #: days until a quotation's validity ends; None: it has no end
    validity_days: int | None = None
    #: a reward line and a delivery line have quantities to invoice like others; the field of the delivery's price
    has_technical_price: bool = False


_STATES = frozenset({"draft", "sent", "sale", "done", "cancel"})
RULES: Mapping[str, OrderRules] = {
    "10.0": OrderRules(
        name="SO{:03d}",
        unit="product_uom",
        taxes="tax_id",
        from_customer=("partner_invoice_id", "partner_shipping_id", "pricelist_id"),
        follows_customer=False,
        reprices=False,
        unit_resets_quantity=True,
        confirmed_at="confirmation_date",
        confirmable=_STATES,
    ),
    "14.0": OrderRules(
        name="S{:05d}",
        unit="product_uom",
        taxes="tax_id",
        from_customer=("partner_invoice_id", "partner_shipping_id", "pricelist_id"),
        follows_customer=False,
        reprices=False,
        unit_resets_quantity=False,
        confirmed_at="date_order",
        confirmable=_STATES - {"done", "cancel"},
        not_confirmable="It is not allowed to confirm an order in the following states: cancel, done",
    ),
    "19.0": OrderRules(
        name="S{:05d}",
        unit="product_uom_id",
        taxes="tax_ids",
        from_customer=(
            "partner_invoice_id", "partner_shipping_id", "pricelist_id", "payment_term_id", "fiscal_position_id",
        ),
        follows_customer=True,
        reprices=True,
        unit_resets_quantity=False,
        confirmed_at="date_order",
        confirmable=frozenset({"draft", "sent"}),
        not_confirmable="Some orders are not in a state requiring confirmation.",
        locked_field="locked",
        validity_days=30,
        has_technical_price=True,
    ),
}  # fmt: skip


def rules_of(env: Env) -> OrderRules:
    return RULES[env.db.dataset.version]
