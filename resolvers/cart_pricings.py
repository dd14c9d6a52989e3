"""How the carts of a buyer are computed, kept for all buyers of whom it is the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

import structlog

from adapters.records import Website
from adapters.records.contacts import Contact, FiscalPosition
from cache.tables import ShopTables
from pricing.cart_totals import CartPricing
from pricing.errors import UnknownFiscalPositionError
from pricing.fiscal_positions import FiscalSeat, fiscal_position_for, line_position_for

log = structlog.get_logger(__name__)

#: how many ways to compute carts are kept: of each currency and each pair of fiscal positions
_MOST: Final = 200


class _Way(NamedTuple):
    """What carts are computed alike by."""

    company_id: int
    currency: str
    position_id: int | None
    line_position_id: int | None


class CartPricings:
    """Keeps how carts are computed, and lines that were, for as long as the shop's tables stay the same."""

    def __init__(self) -> None:
        self._tables: ShopTables | None = None
        self._kept: dict[_Way, CartPricing] = {}

    def of(
        self, tables: ShopTables, website: Website, currency: str, *, buyer: Contact, delivery: Contact
    ) -> CartPricing:
        """How the cart of a buyer is computed whose goods go to ``delivery``."""
        if tables is not self._tables:
            self._tables, self._kept = tables, {}
        position, lines_position = _positions(tables, website, buyer, delivery)
        way = _Way(
            website.company_id,
            currency,
            position.id if position else None,
            lines_position.id if lines_position else None,
        )
        pricing = self._kept.get(way)
        if pricing is None:
            company = tables.companies[website.company_id]
            pricing = CartPricing(
                policy=tables.policy,
                taxes=tables.taxes,
                position=position,
                line_position=lines_position,
                rounding_method=company.tax_rounding,
                step=Decimal(tables.currencies[currency].rounding),
                company_step=Decimal(tables.currencies[company.currency_code].rounding),
            )
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[way] = pricing
        return pricing


def _positions(
    tables: ShopTables, website: Website, buyer: Contact, delivery: Contact
) -> tuple[FiscalPosition | None, FiscalPosition | None]:
    """The fiscal position of the order, and the one of its lines."""
    policy, positions = tables.policy.fiscal, tables.fiscal_positions
    company = tables.companies.get(website.company_id)
    seat = FiscalSeat(website.company_id, vat=None if company is None else company.vat)
    try:
        position = fiscal_position_for(positions, policy=policy, seat=seat, delivery=delivery, buyer=buyer)
        return position, line_position_for(position, positions, policy=policy, seat=seat, buyer=buyer)
    except UnknownFiscalPositionError as error:
        log.warning("cart.fiscal_position_unknown", position_id=error.position_id, buyer_id=buyer.id)
        return None, None
