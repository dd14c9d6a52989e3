"""Orders and invoices as Odoo prints them."""

from __future__ import annotations

from typing import ClassVar

from adapters.errors import OdooNotFoundError, OdooNotSupportedError
from adapters.order_rules import OrderRules
from adapters.reads.base import Reads
from adapters.rpc.base import Credentials, Transport
from adapters.rpc.printing import Printer


class PrintWrites(Reads):
    """PDFs. Since 19.0 by a link that Odoo gives an access token for; before, as the service user.

    A link of the portal of 14.0 needs rights that guests do not have; an API key of 19.0 opens no session.
    """

    order_rules: ClassVar[OrderRules]

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._printer = Printer(credentials)

    async def order_pdf(self, order_id: int) -> bytes:
        return await self._printed("order", order_id, self.order_rules.order_report)

    async def invoice_pdf(self, invoice_id: int) -> bytes:
        return await self._printed("invoice", invoice_id, self.order_rules.invoice_report)

    async def _printed(self, name: str, record_id: int, report: str) -> bytes:
        if not self.offers(name):
            raise OdooNotSupportedError(f"no {name} can be read here")
        domain: list[object] = [["id", "=", record_id], *(self.order_rules.posted if name == "invoice" else ())]
        if not await self.reader.count(name, domain):
            raise OdooNotFoundError(f"no {name} {record_id}")
        if not self.order_rules.portal_links:
            return await self._printer.by_report(report, record_id)
        link = await self.transport.call(
            self.reader.source(name).model,
            "get_portal_url",
            [record_id],
            {"report_type": "pdf", "download": True},
        )
        return await self._printer.by_link(str(link))
