"""How a cart is delivered: the methods that deliver it, and what they cost."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import structlog
from msgspec import structs

from adapters.errors import OdooError, OdooRejectedError
from adapters.records.orders import DeliveryMethod
from cart.model import Cart
from pricing.delivery import Measures, Shipped, measures, method_available
from resolvers.cart_buyer import Buyer
from resolvers.cart_products import Offers
from resolvers.cart_totals import Estimate
from resolvers.cart_types import shown
from resolvers.cart_view import CartView, with_delivery
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.order_types import checkout_tables, with_tax
from resolvers.order_view import ShippingMethodView
from resolvers.query import query
from resolvers.view import ShopView

log = structlog.get_logger(__name__)

UNKNOWN = "Shipping method does not exist."


@query.field("deliveryMethods")
async def resolve_delivery_methods(_: None, info: Info) -> list[ShippingMethodView]:
    context = info.context
    cart = await context.carts.current()
    if cart is None or not cart.lines:
        return []
    methods = await _offered(context, cart)
    estimate = await _estimate(context, cart)
    found = await asyncio.gather(*(_priced(context, cart, estimate, method) for method in methods))
    return [one for one in found if one is not None]


@mutation.field("setShippingMethod")
async def resolve_set_shipping_method(_: None, info: Info, shippingMethodId: int) -> CartView:  # noqa: N803
    """What it costs is Odoo's to say where only Odoo can: the next push brings it."""
    context = info.context
    cart = await context.carts.needed()
    if not any(method.id == shippingMethodId for method in await _offered(context, cart)):
        raise NotFoundError(UNKNOWN)
    if cart.details.carrier_id != shippingMethodId:
        cart = await context.carts.set_details(carrier_id=shippingMethodId)
    return shown(info, cart)


async def _offered(context: RequestContext, cart: Cart) -> list[DeliveryMethod]:
    """Those of this website and company that go where the goods go, with these goods."""
    view, cart_view = await context.view(), CartView(context, cart)
    tables, offers, buyer = await checkout_tables(context), await cart_view.offers(), await cart_view.buyer()
    measured, tag_ids = _measures(view, cart, offers), _tags(offers)
    return [
        method
        for method in tables.delivery_methods
        if method.website_id in {None, view.website.id}
        and method.company_id in {None, view.website.company_id}
        and _goes(method, buyer, measured, view, tag_ids)
    ]


def _goes(method: DeliveryMethod, buyer: Buyer, measured: Measures, view: ShopView, tag_ids: frozenset[int]) -> bool:
    return method_available(method, buyer.delivery, measured, view.tables.policy.delivery, tag_ids=tag_ids)


def _measures(view: ShopView, cart: Cart, offers: Offers) -> Measures:
    known = [(line, offers.by_variant.get(line.variant_id)) for line in cart.lines]
    shipped = [
        Shipped(line.quantity, offer.variant.weight, service=offer.product.product_type == "service")
        for line, offer in known
        if offer is not None
    ]
    return measures(shipped, view.tables.policy.delivery)


def _tags(offers: Offers) -> frozenset[int]:
    return frozenset(tag_id for offer in offers.by_variant.values() for tag_id in offer.product.tag_ids)


async def _estimate(context: RequestContext, cart: Cart) -> Estimate:
    view, cart_view = await context.view(), CartView(context, cart)
    offers, buyer = await cart_view.offers(), await cart_view.buyer()
    pricing = context.services.cart_pricings.of(
        view.tables, view.website, view.pricer.currency, buyer=buyer.partner, delivery=buyer.delivery
    )
    return Estimate(view, pricing, offers)


async def _priced(
    context: RequestContext, cart: Cart, estimate: Estimate, method: DeliveryMethod
) -> ShippingMethodView | None:
    """The method with its price; None where it does not deliver this cart."""
    if method.pricing == "provider":
        offered, price = await _odoos_price(context, cart, method)
        return _told(method, price, estimated=price is None) if offered else None
    chosen = structs.replace(cart, details=structs.replace(cart.details, carrier_id=method.id))
    line = (await with_delivery(estimate, method)).amounts(chosen).delivery
    if line is None:
        return None
    price = line.price_total if with_tax(context, estimate.view) else line.price_subtotal
    return _told(method, price, estimated=True)


async def _odoos_price(context: RequestContext, cart: Cart, method: DeliveryMethod) -> tuple[bool, Decimal | None]:
    """(does it deliver this cart, its price): asked of Odoo, where it knows the cart and can be asked."""
    if cart.synced is None:
        return True, None
    try:
        return True, await (await context.adapter()).delivery_price(cart.synced.order_id, method.id)
    except OdooRejectedError:
        return False, None
    except OdooError as error:
        log.info("delivery.price_unknown", method_id=method.id, error=type(error).__name__)
        return True, None


def _told(method: DeliveryMethod, price: Decimal | None, *, estimated: bool) -> ShippingMethodView:
    return ShippingMethodView(
        id=method.id,
        name=method.name,
        price=price,
        variant_id=method.variant_id,
        description=method.description,
        estimated=estimated,
    )


BINDABLES: list[object] = []
