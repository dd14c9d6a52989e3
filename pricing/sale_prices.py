"""What stands on a line of an order: ``price_unit`` and ``discount``, for a product's price in a pricelist.

Most pricelists show no discount: ``price_unit`` is the price. Where discounts are shown ``price_unit`` is the price
that the pricelist starts from, and ``discount`` the difference as a percentage, rounded to two decimals: the customer
pays what these two make, which may be a little off the pricelist's price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from pricing.rounding import round_digits, round_half_up
from pricing.tax_lines import HUNDRED

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.records.pricing import PricedProduct, PricelistRule, PricingPolicy
    from pricing.engine import PriceEngine
    from pricing.evaluation import Evaluation
    from pricing.rulebook import RuleBook

_ZERO = Decimal(0)


class SalePrice(NamedTuple):
    """The price of one unit, and what it is without the discount that is shown (None: no discount is shown).

    Unrounded, tax as stored, in the pricelist's currency.
    """

    price: Decimal
    before_discount: Decimal | None = None
    rule_id: int | None = None


def sale_price(
    engine: PriceEngine,
    product: PricedProduct,
    pricelist_id: int,
    quantity: Decimal,
    at: datetime,
    *,
    rules: RuleBook,
    website: bool = False,
) -> SalePrice:
    """The price of one unit (the product's own) when ``quantity`` are bought, with the discount that is shown.

    The quantity counts as the order would keep it: 4.996 reaches the price of 5 where quantities have two decimals.
    ``website``: the order is one of a website: there a percentage is taken off the list price (17 on).
    Raises what ``PriceEngine.price`` raises.
    """
    quantity = stored_quantity(quantity, engine.policy)
    evaluation = engine.evaluation(at, rules)
    rule = evaluation.rule(product, pricelist_id, quantity)
    price = evaluation.by_rule(rule, product, pricelist_id, quantity, Decimal(1))
    if not evaluation.pricelist(pricelist_id).shows_discount:
        return SalePrice(price.amount, None, price.rule_id)
    if engine.policy.shown_discounts == "difference":
        before: Decimal | None = _before_difference(engine, evaluation, rule, product, pricelist_id, quantity)
    else:
        before = _before_percentage(evaluation, rule, product, pricelist_id, quantity, website=website)
    return SalePrice(price.amount, before, price.rule_id)


def displayed_price(price: SalePrice, policy: PricingPolicy) -> Decimal:
    """The price that ``price_unit`` is made of (``_get_display_price``): surcharges are never shown as discounts.

    Without a discount shown, 10 and 14 take it from a rounded field.
    """
    if price.before_discount is not None:
        return max(price.before_discount, price.price)
    return price.price if policy.price_digits is None else round_digits(price.price, policy.price_digits)


def discount_of(price: SalePrice, policy: PricingPolicy) -> Decimal:
    """The percentage that stands in ``discount``; 0 where none is shown, or the price is higher than before."""
    before = price.before_discount
    if not before:
        return _ZERO
    discount = (before - price.price) / before * HUNDRED
    if (discount > 0) is not (before > 0):
        return _ZERO
    return round_digits(discount, policy.discount_digits)


def stored_price(price: Decimal, policy: PricingPolicy) -> Decimal:
    """``price_unit`` as the order keeps it, and computes with it: rounded where the version rounds prices."""
    return price if policy.price_digits is None else round_digits(price, policy.price_digits)


def stored_quantity(quantity: Decimal, policy: PricingPolicy) -> Decimal:
    """A quantity as the order keeps it."""
    return round_digits(quantity, policy.quantity_digits)


def _before_difference(
    engine: PriceEngine,
    evaluation: Evaluation,
    rule: PricelistRule | None,
    product: PricedProduct,
    pricelist_id: int,
    quantity: Decimal,
) -> Decimal:
    """``_get_real_price_currency``: what the rule starts from, or the rule it builds on as long as pricelists show
    discounts. Converted without rounding to the currency of the last one's pricelist, and then, rounded, to this."""
    seen = {pricelist_id}
    while rule is not None and rule.base == "pricelist" and rule.base_pricelist_id is not None:
        if rule.base_pricelist_id in seen or not evaluation.pricelist(rule.base_pricelist_id).shows_discount:
            break
        seen.add(rule.base_pricelist_id)
        rule = evaluation.rule(product, rule.base_pricelist_id, quantity)
    amount, currency = evaluation.base(rule, product, quantity)
    if rule is not None:
        if rule.base == "pricelist":
            amount = engine.answered(amount)
        last = evaluation.pricelist(rule.pricelist_id).currency
        amount, currency = amount * evaluation.factor(currency, last), last
    target = evaluation.pricelist(pricelist_id).currency
    if currency == target:
        return amount
    return round_half_up(amount * evaluation.factor(currency, target), engine.currency_step(target))


def _before_percentage(
    evaluation: Evaluation,
    rule: PricelistRule | None,
    product: PricedProduct,
    pricelist_id: int,
    quantity: Decimal,
    *,
    website: bool,
) -> Decimal | None:
    """``_compute_price_before_discount``, of percentages alone, and through those that they build on."""
    if rule is None or rule.compute_price != "percentage":
        return None
    target = evaluation.pricelist(pricelist_id).currency
    if website:
        amount, currency = evaluation.base(None, product, quantity)
        return amount * evaluation.factor(currency, target)
    while rule.base == "pricelist" and rule.base_pricelist_id is not None:
        below = evaluation.rule(product, rule.base_pricelist_id, quantity)
        if below is None or below.compute_price != "percentage":
            break
        rule = below
    amount, currency = evaluation.base(rule, product, quantity)
    return amount * evaluation.factor(currency, target)
