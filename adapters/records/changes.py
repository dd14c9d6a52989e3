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
]


class Change(Record, frozen=True):
    """Something changed: ``ids`` of the subject (products for product, price and stock,
    contacts for customer), empty for all of it.

    Deletions leave no trace in Odoo. With ``deleted`` the ids were known before and are gone; a deletion of what
    is not known by id is told as a change of all of the subject.
    """

    subject: Subject
    ids: tuple[int, ...] = ()
    deleted: bool = False


class Changes(Record, frozen=True):
    """All changes after a cursor, and the cursor to ask with next time (opaque text, keep as it is)."""

    cursor: str
    changes: tuple[Change, ...]
    observed_at: datetime
