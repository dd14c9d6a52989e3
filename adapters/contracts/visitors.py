"""The contract on what visitors leave with the shop: wishlists, subscriptions to its newsletter, questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from adapters.records.visitors import ContactRequest


class VisitorContract(ABC):
    """Wishlists, newsletters, leads. Part of `adapters.base.OdooAdapter`."""

    @abstractmethod
    async def wishes(self, partner_id: int) -> list[int] | None:
        """The variants that a customer wishes for, the oldest first; None where Odoo has no wishlists.

        Odoo has one list for a contact, whatever the website.
        """

    @abstractmethod
    async def add_wishes(self, partner_id: int, variant_ids: Sequence[int], *, website_id: int) -> None:
        """Have a customer wish for these variants; those wished for already stay as they are.

        A variant that Odoo does not take (it was deleted) is left out. Nothing happens where Odoo has no wishlists.
        """

    @abstractmethod
    async def remove_wishes(self, partner_id: int, variant_ids: Sequence[int]) -> None:
        """Strike these variants out; those that are not wished for change nothing."""

    @abstractmethod
    async def subscribe(
        self, email: str, *, name: str | None = None, list_id: int | None = None, website_id: int | None = None
    ) -> bool:
        """Put an address on a mailing list; one that is on it stays, one that opted out is on it again.

        ``list_id``: else the website's newsletter where Odoo knows of one, else the first list that is public. False:
        there is no such list. ``email``: in lower case. Raises OdooRejectedError with Odoo's reason.
        """

    @abstractmethod
    async def create_lead(self, request: ContactRequest) -> int:
        """Hand a question to the people who sell: the lead's id. It is nobody's yet.

        Raises OdooNotSupportedError where Odoo has no leads (install crm), OdooRejectedError.
        """
