"""What one rule makes of a base price: the arithmetic of ``product.pricelist.item``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.rounding import round_half_up

if TYPE_CHECKING:
    from adapters.records.pricing import PricelistRule

_HUNDRED = Decimal(100)


def rule_price(rule: PricelistRule, base: Decimal, unit_factor: Decimal) -> Decimal:
    """The price by ``rule`` from a base price; nothing but ``round_to`` is rounded.

    ``base`` is per the asked unit, in the currency that the version computes formulas in; so is the answer,
    except for a fixed price, which does not look at the base and is in the pricelist's currency.
    ``unit_factor`` turns the rule's amounts (per the product's unit) into amounts per the asked unit; a
    multiple to round to is not converted.
    """
    if rule.compute_price == "fixed":
        return rule.fixed_price * unit_factor
    if rule.compute_price == "percentage":
        return base - base * rule.percent_price / _HUNDRED
    price = base - base * rule.discount / _HUNDRED
    if rule.round_to:
        price = round_half_up(price, rule.round_to)
    if rule.surcharge:
        price += rule.surcharge * unit_factor
    if rule.min_margin:
        price = max(price, base + rule.min_margin * unit_factor)
    if rule.max_margin:
        price = min(price, base + rule.max_margin * unit_factor)
    return price
