"""The contract on what customers bought, and on finding customers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from adapters.records.backoffice import CustomerMatch, CustomerQuery
from adapters.records.stats import PurchasedLine, PurchasedOrder, PurchasedVariant, PurchaseQuery


class StatsContract(ABC):
    """Purchases of a buyer, and customers. Part of `adapters.base.OdooAdapter`."""

    @abstractmethod
    async def purchased_orders(self, query: PurchaseQuery) -> list[PurchasedOrder]:
        """The buyer's confirmed orders, the oldest first. One call."""

    @abstractmethod
    async def purchased_variants(self, query: PurchaseQuery) -> list[PurchasedVariant]:
        """What they ordered of each variant, summed up by Odoo. One call.

        Goods alone: deliveries and what codes take off are in none.
        """

    @abstractmethod
    async def purchased_lines(self, query: PurchaseQuery, variant_ids: Sequence[int]) -> list[PurchasedLine]:
        """The lines of these variants in such orders, the oldest first. Two calls."""

    @abstractmethod
    async def find_customers(self, query: CustomerQuery) -> tuple[list[CustomerMatch], int]:
        """The customers of the page, by name, and how many there are in all. A number of calls that does not grow."""
