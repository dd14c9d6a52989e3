"""Odoo 10.0: where newsletters and leads stand. It has no wishlists."""

from __future__ import annotations

from adapters.source import Source

_NO_NEWSLETTER = "nobody can subscribe to the newsletter (install mass_mailing)"

VISITOR_SOURCES: dict[str, Source] = {
    "mailing_list": Source("mail.mass_mailing.list", {"name": "name"}, optional_model=True, effect=_NO_NEWSLETTER),
    "subscriber": Source(
        "mail.mass_mailing.contact",
        {"email": "email", "name": "name", "list": "list_id", "opted_out": "opt_out"},
        optional_model=True,
        effect=_NO_NEWSLETTER,
    ),
    "lead": Source(
        "crm.lead",
        {
            "subject": "name",
            "contact": "contact_name",
            "email": "email_from",
            "phone": "phone",
            "company": "partner_name",
            "message": "description",
            "salesperson": "user_id",
        },
        optional_model=True,
        effect="nobody can write to the shop (install crm)",
    ),
}
