"""The adapter over RPC: all reads and writes put together, and the look at what an Odoo has."""

from __future__ import annotations

from adapters.base import Capabilities
from adapters.reads.backoffice import BackofficeReads
from adapters.reads.fiscal import FiscalReads
from adapters.reads.images import ImageReads
from adapters.reads.invoices import InvoiceReads
from adapters.reads.named_changes import NamedChangeReads
from adapters.reads.promotions import PromotionReads
from adapters.reads.shop import ShopReads
from adapters.reads.stats import StatsReads
from adapters.reads.stock import StockReads
from adapters.writes.carts import CartWrites
from adapters.writes.contacts import ContactWrites
from adapters.writes.customers import CustomerWrites
from adapters.writes.leads import LeadWrites
from adapters.writes.mailing import MailingWrites
from adapters.writes.notices import NoticeWrites
from adapters.writes.payments import PaymentWrites
from adapters.writes.printing import PrintWrites
from adapters.writes.wishlist import WishlistWrites


class RpcAdapter(
    ShopReads,
    PromotionReads,
    StockReads,
    NamedChangeReads,
    ImageReads,
    FiscalReads,
    ContactWrites,
    CustomerWrites,
    CartWrites,
    PaymentWrites,
    InvoiceReads,
    StatsReads,
    BackofficeReads,
    PrintWrites,
    WishlistWrites,
    MailingWrites,
    LeadWrites,
    NoticeWrites,
):
    """Base of every version: what they have in common. A version brings its profile and what is not data."""

    async def inspect(self) -> Capabilities:
        await self.transport.authenticate()  # a refused login is no missing model
        await self.transport.authenticate()  # else a wrong password looks like models that may not be seen
        missing = await self.reader.inspect()
        return Capabilities(
            version=await self.transport.version(),
            adapter=self.serie,
            transport=self.transport.name,
            missing=tuple(missing),
        )

    async def ping(self) -> None:
        source = self.reader.source("language")
        await self.transport.call(source.model, "search_count", args={"domain": []}, safe=True, timeout=5)

    async def close(self) -> None:
        await self.close_logins()
        await self.transport.close()
