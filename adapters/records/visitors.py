"""What visitors leave with the shop: what they wish for, and what they write to it."""

from __future__ import annotations

from adapters.records.catalogue import Record


class ContactRequest(Record, frozen=True):
    """What somebody writes to the shop. ``subject`` and ``name`` are never empty; ``message`` is plain text."""

    subject: str
    name: str
    email: str
    message: str
    phone: str | None = None
    company: str | None = None
