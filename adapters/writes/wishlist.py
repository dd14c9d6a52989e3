"""Bringing wishlists to Odoo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from adapters.errors import OdooNotFoundError, OdooRejectedError
from adapters.reads.wishlist import WishlistReads, variant_of

log = structlog.get_logger(__name__)


class WishlistWrites(WishlistReads):
    """Writes of ``product.wishlist``. A contact has a variant once, archived wishes and other websites included."""

    async def add_wishes(self, partner_id: int, variant_ids: Sequence[int], *, website_id: int) -> None:
        wanted = list(dict.fromkeys(variant_ids))
        if not wanted or not self.offers("wish"):
            return
        rows = await self._wish_rows(partner_id, wanted)
        archived = [row["id"] for row in rows if not row["active"]]
        if archived:
            await self._on_wishes("write", archived, {"vals": {"active": True}})
        there = {variant_of(row) for row in rows}
        new = [
            {"partner_id": partner_id, "product_id": variant_id, "website_id": website_id}
            for variant_id in wanted
            if variant_id not in there
        ]
        if not new:
            return
        try:
            await self._on_wishes("create", None, {"vals_list": new})
        except (OdooRejectedError, OdooNotFoundError):  # one of them: which is not told
            await self._add_each(new)

    async def remove_wishes(self, partner_id: int, variant_ids: Sequence[int]) -> None:
        if not variant_ids or not self.offers("wish"):
            return
        rows = await self._wish_rows(partner_id, sorted(set(variant_ids)))
        if not rows:
            return
        try:
            await self._on_wishes("unlink", [row["id"] for row in rows], {})
        except OdooNotFoundError:  # somebody else did it in between
            log.info("wishlist.gone_already", partner_id=partner_id)

    async def _add_each(self, new: Sequence[Mapping[str, Any]]) -> None:
        for one in new:
            try:
                await self._on_wishes("create", None, {"vals_list": [one]})
            except (OdooRejectedError, OdooNotFoundError) as error:
                log.info("wishlist.not_taken", variant_id=one["product_id"], error=type(error).__name__)

    async def _on_wishes(self, method: str, ids: list[int] | None, args: Mapping[str, Any]) -> None:
        await self.transport.call(self.reader.source("wish").model, method, ids, args)
