"""The contract on what customers are told: which promotions there are, and messages to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from adapters.records.notices import Notice
from adapters.records.pricing import PricelistRule


class NoticeContract(ABC):
    """Promotions and messages. Part of `adapters.base.OdooAdapter`."""

    @abstractmethod
    async def ending_rules(self, pricelist_ids: Sequence[int], at: datetime) -> list[PricelistRule]:
        """The rules of these pricelists that have a last day, which was not before ``at`` (aware)."""

    @abstractmethod
    async def products_within(self, category_ids: Sequence[int]) -> list[int]:
        """Published, sellable products (template ids) whose internal category is one of these, or below one."""

    @abstractmethod
    async def posted_notices(self, notice_ids: Sequence[str]) -> frozenset[str]:
        """Which of these notices Odoo has."""

    @abstractmethod
    async def post_notice(self, notice: Notice) -> None:
        """Have Odoo write to a contact, by their own address and Odoo's own way to send mail.

        It stands in the contact's history too. Sent again, it is written again: ask `posted_notices` before.
        Raises OdooNotFoundError where there is no such contact, OdooRejectedError, OdooAccessError.
        """
