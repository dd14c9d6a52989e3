"""Wishlists of customers, as Odoo has them."""

from __future__ import annotations

from typing import Final

from adapters.reader import Row
from adapters.reads.base import Reads
from adapters.values import many2one

#: a wish that is archived, as Odoo does with its product's, is in the way of a new one for the same product
ALL: Final = {"active_test": False}


class WishlistReads(Reads):
    """Reads of ``product.wishlist``."""

    async def wishes(self, partner_id: int) -> list[int] | None:
        if not self.offers("wish"):
            return None
        rows = await self.reader.read("wish", [["partner_id", "=", partner_id]], only=("variant",))
        return [variant_id for row in rows if (variant_id := variant_of(row)) is not None]

    async def _wish_rows(self, partner_id: int, variant_ids: list[int]) -> list[Row]:
        """Those for the variants, archived ones too."""
        domain: list[object] = [["partner_id", "=", partner_id], ["product_id", "in", variant_ids]]
        return await self.reader.read("wish", domain, context=ALL)


def variant_of(row: Row) -> int | None:
    return many2one(row["variant"])
