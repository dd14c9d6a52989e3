"""Questions of visitors become leads."""

from __future__ import annotations

from html import escape
from typing import Any

from adapters.errors import OdooNotSupportedError
from adapters.reads.leads import LeadReads
from adapters.records.visitors import ContactRequest


class LeadWrites(LeadReads):
    """Makes leads as Odoo's own website does: whether they are leads or opportunities is Odoo's own setting."""

    async def create_lead(self, request: ContactRequest) -> int:
        if not self.takes_leads():
            raise OdooNotSupportedError("there are no leads (install crm, or let the service user make them)")
        source = self.reader.source("lead")
        values: dict[str, Any] = {
            "subject": request.subject,
            "contact": request.name,
            "email": request.email,
            "phone": request.phone or False,
            "company": request.company or False,
            "message": self._described(request.message),
            # else it is the service user's, and none of the people who sell are told of it
            "salesperson": False,
        }
        written = {source.fields[name]: value for name, value in values.items()}
        made = await self.transport.call(source.model, "create", args={"vals_list": written})
        return int(made[0] if isinstance(made, list) else made)

    def _described(self, message: str) -> str:
        """Plain text stays plain: nothing of it is markup to whoever reads it in Odoo."""
        if not self.html_leads:
            return message
        return "".join(f"<p>{escape(part) or '<br>'}</p>" for part in message.splitlines())
