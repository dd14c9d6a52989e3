"""What a cart comes to, as Odoo will compute it: prices, taxes, delivery. All of it from what is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import structlog

from adapters.records.orders import DeliveryMethod, Order, OrderLine
from cart.model import Cart, CartLine
from pricing.cart_totals import CartLineTotals, CartPricing, CartTotals, PricedLine, TaxTotal
from pricing.delivery import Exchange, Shipped, delivery_price, measures
from pricing.errors import NoDeliveryPriceError, PricingError
from pricing.rounding import round_half_up
from resolvers.cart_products import Offer, Offers
from resolvers.money import money
from resolvers.view import ShopView

log = structlog.get_logger(__name__)

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a cart comes to, in ``currency``, with Odoo's names. ``lines``: by their numbers in the cart.

    ``step``: the currency's smallest amount. ``others``: lines that Odoo has and the cart has not: of codes, and those
    that people of the shop added. ``confirmed``: Odoo's own amounts. ``complete``: every line is in them.
    """

    currency: str
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    lines: Mapping[int, CartLineTotals | OrderLine]
    delivery: CartLineTotals | OrderLine | None
    others: Sequence[OrderLine] = ()
    taxes: Sequence[TaxTotal] = ()
    confirmed: bool = False
    complete: bool = True
    delivery_name: str = ""
    step: Decimal = Decimal("0.01")

    def money(self, amount: Decimal) -> dict[str, Any]:
        """A `Money` of the schema: rounded, though Odoo may keep more digits of a price."""
        return money(round_half_up(amount, self.step), self.currency)

    @property
    def amount_delivery(self) -> Decimal:
        """With tax."""
        return _ZERO if self.delivery is None else self.delivery.price_total


@dataclass(frozen=True, slots=True)
class Estimate:
    """What it takes to compute a cart without Odoo. ``known``: the order that Odoo made of it, when it was asked last.

    ``method``: how the goods are delivered, if that was chosen and there is such a method.
    """

    view: ShopView
    pricing: CartPricing
    offers: Offers
    method: DeliveryMethod | None = None
    delivery_product: Offer | None = None
    known: Order | None = None

    def amounts(self, cart: Cart) -> Amounts:
        priced = [one for one in map(self._priced, cart.lines) if one is not None]
        totals = self.pricing.totals(priced)
        delivery, by_odoo = self._delivery(cart, totals)
        if delivery is not None:
            totals = self.pricing.with_delivery(totals, delivery, self.method.tax_ids if self.method else ())
        others = [line for line in self.known.lines if _stays(line, cart)] if self.known is not None else []
        others += [by_odoo] if by_odoo is not None else []
        return Amounts(
            currency=self.view.pricer.currency,
            amount_untaxed=totals.amount_untaxed + _sum(line.price_subtotal for line in others),
            amount_tax=totals.amount_tax + _sum(line.price_tax for line in others),
            amount_total=totals.amount_total + _sum(line.price_total for line in others),
            lines={line.number: line for line in totals.lines},
            delivery=by_odoo if by_odoo is not None else totals.delivery,
            others=[line for line in others if line is not by_odoo],
            taxes=totals.taxes,
            complete=len(priced) == len(cart.lines),
            delivery_name=self.method.name if self.method is not None else "",
            step=self.pricing.step,
        )

    def _priced(self, line: CartLine) -> PricedLine | None:
        """The line with its price; None for what is not for sale, or of which the price cannot be told."""
        offer = self.offers.by_variant.get(line.variant_id)
        if offer is None:
            return None
        view = self.view
        product, variant, rules = offer
        try:
            price = view.pricer.sale(product, variant, rules, line.quantity, website=bool(view.website.id))
        except PricingError as error:
            log.warning("cart.line_unpriced", variant_id=variant.id, error=str(error))
            return None
        taxes = view.tables.taxes
        return PricedLine(
            line.number, line.quantity, price, tuple([tax_id for tax_id in product.tax_ids if tax_id in taxes])
        )

    # -- delivery ---------------------------------------------------------------------------------------------

    def _delivery(self, cart: Cart, totals: CartTotals) -> tuple[Decimal | None, OrderLine | None]:
        """The price of the delivery, or the line that Odoo has of it where only Odoo can tell."""
        if cart.details.carrier_id is None or not cart.lines:
            return None, None
        price = None if self.method is None else self.delivery_price(self.method, cart, totals)
        if price is not None:
            return price, None
        known = self.known
        if known is None or known.carrier_id != cart.details.carrier_id:
            return None, None
        return None, next((line for line in known.lines if line.kind == "delivery"), None)

    def delivery_price(self, method: DeliveryMethod, cart: Cart, totals: CartTotals) -> Decimal | None:
        """What the delivery would cost, tax as stored; None where only Odoo can tell, or it does not deliver this."""
        view, pricing = self.view, self.pricing
        offers = [(line, self.offers.by_variant.get(line.variant_id)) for line in cart.lines]
        shipped = [
            Shipped(line.quantity, offer.variant.weight, service=offer.product.product_type == "service")
            for line, offer in offers
            if offer is not None
        ]
        own_price = None
        if self.delivery_product is not None and self.delivery_product.variant.id == method.variant_id:
            own_price = round_half_up(
                view.pricer.sale(*self.delivery_product, _ONE, website=bool(view.website.id)).price,
                pricing.step,
            )
        try:
            return delivery_price(
                method,
                measures(shipped, pricing.policy.delivery),
                totals.amount_total,
                pricing.policy.delivery,
                exchange=Exchange(view.pricer.factor(), pricing.step, pricing.company_step),
                pricelist_price=own_price,
                adapted=lambda price: pricing.adapted_delivery(price, method.tax_ids),
            )
        except NoDeliveryPriceError:
            return None
        except PricingError as error:
            log.warning("cart.delivery_unpriced", method_id=method.id, error=str(error))
            return None


def confirmed_amounts(cart: Cart, order: Order, step: Decimal) -> Amounts:
    """Odoo's own amounts of a cart that it knows as it is. ``step``: the smallest amount of the order's currency."""
    numbers = {line.number for line in cart.lines}
    own = {line.number: line for line in order.lines if line.number is not None and line.number in numbers}
    delivery = next((line for line in order.lines if line.kind == "delivery"), None)
    return Amounts(
        currency=order.currency,
        amount_untaxed=order.amount_untaxed,
        amount_tax=order.amount_tax,
        amount_total=order.amount_total,
        lines=own,
        delivery=delivery,
        others=[line for line in order.lines if line.number not in own and line is not delivery],
        confirmed=True,
        complete=len(own) == len(cart.lines),
        step=step,
    )


def _stays(line: OrderLine, cart: Cart) -> bool:
    """Is a line of the order, as Odoo had it last, counted until Odoo tells again? Not those that the cart tells of."""
    if line.kind == "reward":
        return line.applied is None or line.applied.code in cart.details.codes
    return line.kind == "foreign"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _ZERO)
