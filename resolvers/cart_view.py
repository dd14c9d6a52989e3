"""A cart as it is shown: what is asked of it is worked out once, when it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, TypeVar

from adapters.errors import OdooError
from adapters.records.orders import AppliedCode, Order, OrderLine
from cart.known_order import decode_order
from cart.model import Cart, CartLine
from pricing.cart_totals import CartLineTotals
from resolvers.cart_buyer import Buyer, buyer_of
from resolvers.cart_products import Offer, Offers, free_of, offers_of
from resolvers.cart_totals import Amounts, Estimate, confirmed_amounts
from resolvers.context import RequestContext
from resolvers.order_types import checkout_tables
from resolvers.order_view import OrderLineView, OrderView, line_view
from resolvers.view import ShopView

T = TypeVar("T")

_ZERO: Final = Decimal(0)

Problem = Literal["PRODUCT_UNAVAILABLE", "NOT_KNOWN_NOW", "NOT_ENOUGH_STOCK", "REFUSED_BY_ERP"]

#: what an order has no line of
_LEFT_OUT: Final = frozenset({"PRODUCT_UNAVAILABLE", "REFUSED_BY_ERP"})

#: fields for which it has to be known what is free of the products
STOCK_FIELDS: Final = frozenset({"problem", "warning", "shopWarning"})


class Notice(NamedTuple):
    """Something that the customer should know of what was just done."""

    code: str
    message: str
    variant_id: int | None = None


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line with its amounts among those of the ``whole``; None where it is in none."""

    cart: CartView
    line: CartLine
    offer: Offer | None
    amounts: CartLineTotals | OrderLine | None
    whole: Amounts
    problem: Problem | None
    free: Decimal | None

    @property
    def warning(self) -> str | None:
        return None if self.problem is None else warning_of(self.problem, self.line.quantity, self.free)


class CartView:
    """A cart, or that there is none yet. ``stock``: see `STOCK_FIELDS`."""

    def __init__(
        self,
        context: RequestContext,
        cart: Cart | None,
        *,
        stock: bool = False,
        notices: Sequence[Notice] = (),
    ) -> None:
        self.context = context
        self.cart = cart
        self.notices = notices
        self._stock = stock
        self._made: dict[str, asyncio.Task[Any]] = {}
        known = None if cart is None or cart.synced is None else cart.synced
        self._known = known

    async def _once(self, name: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What ``make`` makes, the first time it is asked for."""
        task = self._made.get(name)
        if task is None:
            task = self._made[name] = asyncio.create_task(make())
        made: T = await task
        return made

    @property
    def lines(self) -> Sequence[CartLine]:
        return () if self.cart is None else self.cart.lines

    def known_order(self) -> Order | None:
        """The order that Odoo made of it, as it was when Odoo was told last."""
        return None if self._known is None else decode_order(self._known.order)

    async def offers(self) -> Offers:
        return await self._once("offers", self._offers)

    async def buyer(self) -> Buyer:
        return await self._once("buyer", self._buyer)

    async def estimate(self) -> Amounts:
        """What it comes to as computed here."""
        return await self._once("estimate", self._estimate)

    async def amounts(self) -> Amounts:
        """What it comes to: Odoo's own amounts, where it knows the cart as it is."""
        cart = self.cart
        if cart is not None and cart.is_synced:
            order = self.known_order()
            if order is not None:
                currency = (await self.context.view()).tables.currencies.get(order.currency)
                return confirmed_amounts(cart, order, Decimal(currency.rounding if currency is not None else "0.01"))
        return await self.estimate()

    async def shown(self) -> list[LineShown]:
        """All lines."""
        return await self._once("shown", self._shown)

    async def order(self) -> OrderView | None:
        """The cart as an order."""
        return await self._once("order", self._order)

    # -- how they are made ------------------------------------------------------------------------------------

    async def _offers(self) -> Offers:
        return await offers_of(self.context, [line.variant_id for line in self.lines], stock=self._stock)

    async def _buyer(self) -> Buyer:
        assert self.cart is not None  # noqa: S101  # asked of carts that there are
        return await buyer_of(self.context, self.cart.details)

    async def _estimate(self) -> Amounts:
        assert self.cart is not None  # noqa: S101  # asked of carts that there are
        view = await self.context.view()
        offers, buyer = await self.offers(), await self.buyer()
        pricing = self.context.services.cart_pricings.of(
            view.tables, view.website, view.pricer.currency, buyer=buyer.partner, delivery=buyer.delivery
        )
        estimate = Estimate(view, pricing, offers, known=self.known_order())
        carrier_id = self.cart.details.carrier_id
        if carrier_id is not None:
            estimate = await self._with_delivery(estimate, carrier_id)
        return estimate.amounts(self.cart)

    async def _with_delivery(self, estimate: Estimate, carrier_id: int) -> Estimate:
        try:
            method = (await checkout_tables(self.context)).methods.get(carrier_id)
        except OdooError:
            return estimate
        if method is None:
            return estimate
        return await with_delivery(estimate, method)

    async def _shown(self) -> list[LineShown]:
        if self.cart is None:
            return []
        offers, amounts = await self.offers(), await self.amounts()
        view = await self.context.view()
        free = await free_of(view, offers.by_variant.values()) if self._stock else {}
        wanted = _wanted(self.lines)
        shown = []
        for line in self.lines:
            offer, told = offers.by_variant.get(line.variant_id), amounts.lines.get(line.number)
            there = free.get(line.variant_id)
            problem: Problem | None = None
            if offer is None:
                problem = "NOT_KNOWN_NOW" if line.variant_id in offers.unknown else "PRODUCT_UNAVAILABLE"
            elif told is None:
                problem = "REFUSED_BY_ERP" if amounts.confirmed else "NOT_KNOWN_NOW"
            elif there is not None and wanted[line.variant_id] > there:
                problem = "NOT_ENOUGH_STOCK"
            shown.append(LineShown(self, line, offer, told, amounts, problem, there))
        return shown

    async def _order(self) -> OrderView | None:
        cart = self.cart
        if cart is None:
            return None
        amounts, buyer, known = await self.amounts(), await self.buyer(), self.known_order()
        view = await self.context.view()
        own = [_own_line(one, view) for one in await self.shown() if one.problem not in _LEFT_OUT]
        return OrderView(
            id=cart.order_number if self._known is None else self._known.order_id,
            name=None if known is None else known.name,
            state="draft",
            currency=amounts.currency,
            parties=buyer.parties,
            ordered_at=datetime.fromtimestamp(cart.created, UTC),
            lines=[*own, *(_odoos_line(line) for line in amounts.others), *_delivery_lines(amounts)],
            amount_untaxed=amounts.amount_untaxed,
            amount_tax=amounts.amount_tax,
            amount_total=amounts.amount_total,
            codes=_codes(cart, known),
            carrier_id=cart.details.carrier_id,
            delivery_estimated=not amounts.confirmed,
            transactions=() if known is None else known.transactions,
            reference=cart.details.reference,
            note=cart.details.note,
            cart=cart.id,
            currency_rate=None if known is None else known.currency_rate,
        )


async def with_delivery(estimate: Estimate, method: Any) -> Estimate:
    """The same with a delivery method, and the product that stands for it where its price counts."""
    view = estimate.view
    product = None
    if estimate.pricing.policy.delivery.by_pricelist:
        product = await _delivery_product(view, method.variant_id)
    return Estimate(view, estimate.pricing, estimate.offers, method, product, estimate.known)


async def _delivery_product(view: Any, variant_id: int) -> Offer | None:
    """Products that stand for deliveries are not for sale by themselves."""
    try:
        owners = await view.records.templates_of([variant_id])
        products = await view.records.products(list(owners.values()), view.lang)
        offers = [Offer(product, one) for product in products for one in product.variants if one.id == variant_id]
        return offers[0]._replace(rules=await view.rules(offers[0].product)) if offers else None
    except OdooError:
        return None


def warning_of(problem: Problem, wanted: Decimal, free: Decimal | None) -> str:
    """A problem of a line in words; of stock in Odoo's."""
    if problem == "NOT_ENOUGH_STOCK" and free is not None:
        return lowered_message(wanted, free)
    return {
        "PRODUCT_UNAVAILABLE": "This product is not for sale any more.",
        "NOT_KNOWN_NOW": "It cannot be known right now whether this product is for sale.",
        "NOT_ENOUGH_STOCK": "There is less of this product than you ask for.",
        "REFUSED_BY_ERP": "The shop's back office did not take this line.",
    }[problem]


def lowered_message(wanted: Decimal, free: Decimal) -> str:
    """What website_sale_stock says."""
    return f"You ask for {_plain(wanted)} products but only {_plain(max(free, Decimal(0)))} is available"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _wanted(lines: Sequence[CartLine]) -> dict[int, Decimal]:
    """How much of each variant is in the cart, over all its lines."""
    wanted: dict[int, Decimal] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, Decimal(0)) + line.quantity
    return wanted


def _own_line(shown: LineShown, view: ShopView) -> OrderLineView:
    """What cannot be known now has no name and no price yet, and says so in its warning."""
    one = shown.amounts
    return OrderLineView(
        id=shown.line.number,
        kind="product",
        name="" if shown.offer is None else shown.offer.node(view).display_name,
        quantity=shown.line.quantity,
        price_unit=_ZERO if one is None else one.price_unit,
        price_subtotal=_ZERO if one is None else one.price_subtotal,
        price_tax=_ZERO if one is None else one.price_tax,
        price_total=_ZERO if one is None else one.price_total,
        discount=_ZERO if one is None else one.discount,
        variant_id=None if shown.offer is None else shown.line.variant_id,
        warning=shown.warning,
    )


def _odoos_line(line: OrderLine) -> OrderLineView:
    """A line that the cart has not: its id is below 0, as numbers of the cart's lines are above."""
    told = line_view(line)
    return OrderLineView(**{**{name: getattr(told, name) for name in told.__slots__}, "id": -line.id})


def _delivery_lines(amounts: Amounts) -> list[OrderLineView]:
    one = amounts.delivery
    if one is None:
        return []
    if isinstance(one, OrderLine):
        return [_odoos_line(one)]
    return [
        OrderLineView(
            id=0,
            kind="delivery",
            name=amounts.delivery_name,
            quantity=one.quantity,
            price_unit=one.price_unit,
            price_subtotal=one.price_subtotal,
            price_tax=one.price_tax,
            price_total=one.price_total,
        )
    ]


def _codes(cart: Cart, known: Order | None) -> list[AppliedCode]:
    """Those that Odoo applied, as far as the cart still has them."""
    applied = [line.applied for line in known.lines if line.applied is not None] if known is not None else []
    return [one for one in applied if one.code in cart.details.codes]
