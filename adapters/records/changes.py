"""What changed in Odoo since a cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from adapters.records.catalogue import Record

Subject = Literal[
    "product",
    "category",
    "attribute",
    "pricelist",
    "shop_rules",
    "currency",
    "website",
    "country",
    "tag",
    "stock",
    "price",
    "customer",
    "order",
]


class Change(Record, frozen=True):
    """Something changed: ``ids`` of the subject (products for product, price and stock,
    contacts for customer, of order whoever buys), empty for all of it.

    ``shared``: what changed is bound to no product, though it may concern every one; what is of single ones did not.

    Deletions leave no trace in Odoo. With ``deleted`` the ids were known before and are gone; a deletion of what
    is not known by id is told as a change of all of the subject.
    """

    subject: Subject
    ids: tuple[int, ...] = ()
    deleted: bool = False
    shared: bool = False


class Changes(Record, frozen=True):
    """All changes after a cursor, and the cursor to ask with next time (opaque text, keep as it is)."""

    cursor: str
    changes: tuple[Change, ...]
    observed_at: datetime
