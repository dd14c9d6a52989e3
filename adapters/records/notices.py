"""What customers are told through Odoo."""

from __future__ import annotations

from adapters.records.catalogue import Record


class Notice(Record, frozen=True):
    """A message to a contact. ``id``: its ``Message-Id``, by which it is known whether Odoo has sent it already.

    ``html``: the body. ``lang``: Odoo's code; what Odoo puts around the body is in that language.
    """

    id: str
    partner_id: int
    subject: str
    html: str
    lang: str | None = None
