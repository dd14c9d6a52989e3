"""What the lines of a cart cost its buyer: as it is shown to them, and as Odoo says at this moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Final

from adapters.errors import OdooUnavailableError
from adapters.records.orders import OrderLine
from cache.checkout_tables import CheckoutTables
from cache.dependencies import Dependencies
from cache.record_cache import RecordCache
from cache.reference import Labels, Reference
from cache.solo import SoloStore
from cache.tables import ShopTables
from cart.model import Cart
from cart.pushing import Buyer, LinePrice, LineProblem, PricedCart
from pricing.cart_totals import CartLineTotals
from resolvers.cart_buyer import GUEST_BUYER
from resolvers.cart_pricings import CartPricings
from resolvers.cart_products import free_of
from resolvers.cart_view import CartView
from resolvers.context import RequestContext, Services
from resolvers.outcomes import Outcomes
from resolvers.prices import PriceTables

_ZERO: Final = Decimal(0)
#: for the records of one cart
_ROOM: Final = 8 * 1024 * 1024


class CartPrices:
    """A `cart.pushing.LinePrices` for whoever asks, or for whom a context was made."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context

    async def priced(self, cart: Cart, *, live: bool = False) -> PricedCart:
        """Raises OdooUnavailableError where something is not known, or with ``live`` cannot be asked now."""
        if not live:
            return await _priced(self._context, cart, live=False)
        async with live_context(self._context) as context:
            return await _priced(context, cart, live=True)


async def _priced(context: RequestContext, cart: Cart, *, live: bool) -> PricedCart:
    # as computed here, whatever Odoo answered for it before; but codes and what people of the shop added count
    shown = CartView(context, cart, stock=False)
    amounts, buyer = await shown.estimate(), await shown.buyer()
    view, offers = await context.view(), await shown.offers()
    if not buyer.known or (live and offers.unknown):
        raise OdooUnavailableError("not all of a cart is known")
    free = await free_of(view, offers.by_variant.values()) if live else {}
    limited = [one for one in offers.by_variant.values() if one.product.storable and not one.product.allow_out_of_stock]
    if live and any(one.variant.id not in free for one in limited):
        raise OdooUnavailableError("what is free is not known")
    pricing = context.services.cart_pricings.of(
        view.tables, view.website, view.pricer.currency, buyer=buyer.partner, delivery=buyer.delivery
    )
    lines = {}
    for line in cart.lines:
        offer = offers.by_variant.get(line.variant_id)
        told = amounts.lines.get(line.number)
        if offer is None or told is None or offer.refusal() is not None:
            problem: LineProblem = "UNKNOWN" if line.variant_id in offers.unknown else "GONE"
            lines[line.number] = LinePrice(line.number, 0, _ZERO, _ZERO, _ZERO, _ZERO, problem=problem)
        else:
            lines[line.number] = _line(line.number, offer.product.uom_id, told, free.get(line.variant_id))
    guest = buyer.parties == GUEST_BUYER.parties
    return PricedCart(
        buyer=Buyer(
            partner_id=None if guest else buyer.parties.partner_id,
            commercial_partner_id=buyer.parties.buyer_id,
            invoice_partner_id=buyer.parties.invoice_partner_id,
            shipping_partner_id=buyer.parties.shipping_partner_id,
            website_id=view.website.id or None,
            company_id=view.website.company_id,
            pricelist_id=view.pricer.pricelist.id if view.pricer.pricelist is not None else None,
            fiscal_position_id=pricing.position.id if pricing.position is not None else None,
            payment_term_id=None if guest else buyer.partner.payment_term_id,
            to_company=1 / view.pricer.factor(),
        ),
        currency=amounts.currency,
        lines=lines,
        amount_total=amounts.amount_total,
        delivery=None if amounts.delivery is None else amounts.delivery.price_total,
    )


def _line(number: int, uom_id: int, told: CartLineTotals | OrderLine, free: Decimal | None) -> LinePrice:
    return LinePrice(
        number=number,
        uom_id=uom_id,
        price_unit=told.price_unit,
        discount=told.discount,
        price_subtotal=told.price_subtotal,
        price_total=told.price_total,
        available=free,
    )


# -- as Odoo says now -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def live_context(context: RequestContext) -> AsyncIterator[RequestContext]:
    """The same request over an Odoo that is asked for everything that prices of a cart are made of."""
    services = context.services
    records = RecordCache(SoloStore(local_bytes=_ROOM), services.adapter, patience=60.0, decoded_bytes=_ROOM)
    tables = await _live_tables(services)
    kept = await services.reference.shop()
    live = replace(services, records=records, outcomes=Outcomes())
    if tables is not kept:
        live = replace(
            live, reference=_Now(services.reference, tables), prices=PriceTables(), cart_pricings=CartPricings()
        )
    try:
        yield RequestContext(
            live,
            host=context.host,
            accept_language=context.accept_language,
            identity=context.identity,
            session=context.session,
            signing_in=context.signing_in,
            has_token=context.has_token,
            dependencies=Dependencies(),
        )
    finally:
        await records.close()


async def _live_tables(services: Services) -> ShopTables:
    """The shop's tables with the price rules of now; the kept ones where they are the same."""
    kept = await services.reference.shop()
    rules = tuple(await (await services.adapter()).shop_rules())
    return kept if rules == kept.shop_rules else replace(kept, shop_rules=rules)


class _Now(Reference):
    """The reference, with other tables."""

    def __init__(self, reference: Reference, tables: ShopTables) -> None:
        self._reference = reference
        self._tables = tables

    async def shop(self, dependencies: Dependencies | None = None) -> ShopTables:  # noqa: ARG002
        return self._tables

    async def labels(self, lang: str, dependencies: Dependencies | None = None) -> Labels:
        return await self._reference.labels(lang, dependencies)

    async def checkout(self, lang: str, dependencies: Dependencies | None = None) -> CheckoutTables:
        return await self._reference.checkout(lang, dependencies)
