"""What a delivery method costs, and where it delivers, as far as that can be told without Odoo."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.errors import NoDeliveryPriceError
from pricing.rounding import round_half_up
from pricing.tax_lines import HUNDRED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from adapters.records.contacts import Contact
    from adapters.records.orders import DeliveryMethod
    from adapters.records.pricing import DeliveryPolicy

_ZERO = Decimal(0)
_ONE = Decimal(1)
_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "==": operator.eq,
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """A line of goods. ``quantity`` in the product's unit; ``weight`` and ``volume`` of one unit, in Odoo's units."""

    quantity: Decimal
    weight: Decimal = _ZERO
    volume: Decimal = _ZERO
    service: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """What prices of delivery depend on, besides the amount of the order.

    ``all_weight`` and ``all_volume`` are those of services too: a method's limits count them in every version.
    """

    quantity: Decimal = _ZERO
    weight: Decimal = _ZERO
    volume: Decimal = _ZERO
    weight_volume: Decimal = _ZERO
    all_weight: Decimal = _ZERO
    all_volume: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Exchange:
    """From the company's currency to the order's: ``factor`` (1 of the company's in the order's currency), and the
    smallest amounts of the two, to which converted amounts are rounded."""

    factor: Decimal = _ONE
    order_step: Decimal = Decimal("0.01")
    company_step: Decimal = Decimal("0.01")

    def to_order(self, amount: Decimal) -> Decimal:
        return amount if self.factor == 1 else round_half_up(amount * self.factor, self.order_step)

    def to_company(self, amount: Decimal) -> Decimal:
        return amount if self.factor == 1 else round_half_up(amount / self.factor, self.company_step)


def measures(lines: Iterable[Shipped], policy: DeliveryPolicy) -> Measures:
    """The sums over an order's lines, the delivery's left out, as the version makes them."""
    shipped = list(lines)
    counted = [one for one in shipped if policy.services_count or not one.service]
    weight = sum((one.weight * one.quantity for one in counted), _ZERO)
    volume = sum((one.volume * one.quantity for one in counted), _ZERO)
    by_product = sum((one.weight * one.volume * one.quantity for one in counted), _ZERO)
    return Measures(
        quantity=sum((one.quantity for one in counted), _ZERO),
        weight=weight,
        volume=volume,
        weight_volume=by_product if policy.weight_volume_by_product and by_product else weight * volume,
        all_weight=sum((one.weight * one.quantity for one in shipped), _ZERO),
        all_volume=sum((one.volume * one.quantity for one in shipped), _ZERO),
    )


def method_available(
    method: DeliveryMethod,
    contact: Contact,
    measured: Measures,
    policy: DeliveryPolicy,
    *,
    tag_ids: Collection[int] = (),
) -> bool:
    """Whether the method is offered for goods that go to ``contact`` (``_match_address``, and from 18 on ``_match``).

    ``tag_ids``: of all products of the cart. That its price can be told (``delivery_price`` raises
    NoDeliveryPriceError where not) is a condition of its own.
    """
    return (
        not (method.country_ids and contact.country_id not in method.country_ids)
        and not (method.state_ids and contact.state_id not in method.state_ids)
        and _zip_matches(method, contact.zip or "", ignore_case=policy.zip_ignores_case)
        and not (method.max_weight and measured.all_weight > method.max_weight)
        and not (method.max_volume and measured.all_volume > method.max_volume)
        and not (method.must_have_tag_ids and not set(method.must_have_tag_ids) & set(tag_ids))
        and not set(method.excluded_tag_ids) & set(tag_ids)
    )


def delivery_price(
    method: DeliveryMethod,
    measured: Measures,
    amount_total: Decimal,
    policy: DeliveryPolicy,
    *,
    exchange: Exchange | None = None,
    pricelist_price: Decimal | None = None,
    adapted: Callable[[Decimal], Decimal] | None = None,
) -> Decimal | None:
    """The price of the delivery in the order's currency, unrounded; None where only Odoo can tell (a provider).

    ``amount_total``: of the order with tax and without delivery. ``pricelist_price``: what one of the delivery
    product costs in the order's pricelist, needed by versions where that counts (else its list price is taken);
    ``adapted``: what the fiscal position makes of its price (``pricing.fiscal.adapted_price``).
    Raises NoDeliveryPriceError where no rule applies: the method is not offered then.
    """
    if method.pricing == "provider":
        return None
    exchange = exchange or Exchange()
    if _is_free(method, amount_total, policy, exchange):
        return _ZERO
    if method.pricing == "fixed":
        price = exchange.to_order(method.fixed_price)
        if policy.by_pricelist and pricelist_price is not None:
            price = pricelist_price
    else:
        price = exchange.to_order(_by_rules(method, measured, exchange.to_company(amount_total)))
    if policy.price_is_adapted and adapted is not None:
        price = adapted(price)
    if method.pricing == "fixed" and not policy.margin_on_fixed:
        return price
    return price * (1 + method.margin / HUNDRED) + exchange.to_order(method.fixed_margin)


def _is_free(method: DeliveryMethod, amount_total: Decimal, policy: DeliveryPolicy, exchange: Exchange) -> bool:
    if method.free_over is None:
        return False
    if method.pricing == "fixed":
        in_order = policy.free_over_currency == "order"
        return (amount_total if in_order else exchange.to_company(amount_total)) >= method.free_over
    return policy.rules_can_be_free and max(amount_total, exchange.to_company(amount_total)) >= method.free_over


def _by_rules(method: DeliveryMethod, measured: Measures, amount: Decimal) -> Decimal:
    """By the first rule that applies, in the company's currency."""
    values = {
        "price": amount,
        "quantity": measured.quantity,
        "weight": measured.weight,
        "volume": measured.volume,
        "wv": measured.weight_volume,
    }
    for rule in method.rules:
        if _COMPARE[rule.operator](values[rule.variable], rule.limit):
            return rule.base + rule.price * values[rule.factor]
    raise NoDeliveryPriceError(method.id)


def _zip_matches(method: DeliveryMethod, code: str, *, ignore_case: bool) -> bool:
    if method.zip_prefixes:
        return bool(code) and any(_has_prefix(code.upper(), prefix) for prefix in method.zip_prefixes)
    fold = str.upper if ignore_case else str
    code = fold(code)
    if method.zip_from and code < fold(method.zip_from):
        return False
    return not (method.zip_to and code > fold(method.zip_to))


def _has_prefix(code: str, prefix: str) -> bool:
    """Odoo takes prefixes as regular expressions (``100$`` is the zip 100 alone); what is none is taken as it is."""
    try:
        return re.match(prefix, code) is not None
    except re.error:
        return code.startswith(prefix)
