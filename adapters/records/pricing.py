"""TEMPORARY"""

from pricing.rules import *  # noqa
from pricing.rules import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, RuleScope, Uom  # noqa

try:
    from pricing.taxes import Tax
except ImportError:
    pass
