"""Odoo 10.0: where messages stand, and how one is posted."""

from __future__ import annotations

from adapters.source import Source

NOTICE_SOURCES: dict[str, Source] = {
    "message": Source(
        "mail.message",
        {"message_id": "message_id"},
        optional_model=True,
        effect="whether a customer was told already is not known",
    ),
}

#: parameters of ``message_post``
NOTICE_NAMES: dict[str, str] = {
    "html": "body",
    "subject": "subject",
    "kind": "message_type",
    "subtype": "subtype",
    "to": "partner_ids",
    "id": "message_id",
}
