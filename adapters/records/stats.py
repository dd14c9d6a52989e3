"""What somebody bought: confirmed orders, and sums of their lines.

Amounts are Decimals in ``currency`` (ISO 4217), as Odoo has them in the order: nothing is converted. ``untaxed`` is
without tax, ``total`` with it. Moments are UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from adapters.records.catalogue import Record


class PurchaseQuery(Record, frozen=True):
    """Whose confirmed orders, and from when to when: ``since`` counts, ``until`` does not. Aware moments.

    ``company_id``: who sold; None: whoever.
    """

    commercial_partner_id: int
    since: datetime
    until: datetime
    company_id: int | None = None


class PurchasedOrder(Record, frozen=True):
    """A confirmed order. ``at``: when it was confirmed, or ordered, where Odoo does not know that."""

    id: int
    name: str
    at: datetime
    currency: str
    untaxed: Decimal
    tax: Decimal
    total: Decimal


class PurchasedVariant(Record, frozen=True):
    """All that was ordered of a variant in one unit and currency. ``uom_id``: the unit of ``quantity``."""

    variant_id: int
    uom_id: int
    currency: str
    quantity: Decimal
    untaxed: Decimal
    total: Decimal


class PurchasedLine(Record, frozen=True):
    """A line of a confirmed order. ``name``: the product's, as it stands on the order."""

    id: int
    variant_id: int
    order_id: int
    order_name: str
    at: datetime
    name: str
    uom_id: int
    currency: str
    quantity: Decimal
    untaxed: Decimal
    total: Decimal
