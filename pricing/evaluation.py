"""Finding and applying the rule of a product: one moment, one rule book, any number of prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.errors import PricelistCycleError, UnknownPricelistError
from pricing.formula import rule_price

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from adapters.records.pricing import PricedProduct, Pricelist, PricelistRule, PricingPolicy
    from pricing.currencies import CurrencyConverter
    from pricing.rulebook import RuleBook


_ZERO = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Price:
    """A unit price: unrounded, tax as stored, in ``currency``, per the asked unit of measure.

    ``rule_id`` is the rule that made it, None where none applied. (Where the policy does not convert a price
    without a rule, ``amount`` is the product's list price as a bare number: Odoo shows it in the pricelist's
    currency all the same.)
    """

    amount: Decimal
    rule_id: int | None
    currency: str


class Evaluation:
    """Prices at one moment from one rule book.

    ``bound``: what rule dates are compared with, a day or a naive UTC datetime, as the policy says.
    ``day``: the UTC day whose currency rates count.
    """

    __slots__ = ("_bases", "_bases_of", "_bound", "_converter", "_day", "_policy", "_pricelists", "_rules")

    def __init__(
        self,
        policy: PricingPolicy,
        pricelists: Mapping[int, Pricelist],
        converter: CurrencyConverter,
        rules: RuleBook,
        bound: date | datetime,
        day: date,
    ) -> None:
        self._policy = policy
        self._pricelists = pricelists
        self._converter = converter
        self._rules = rules
        self._bound = bound
        self._day = day
        self._bases: dict[tuple[int, Decimal, Decimal], Price] = {}
        self._bases_of: PricedProduct | None = None

    def price(
        self,
        product: PricedProduct,
        pricelist_id: int,
        quantity: Decimal,
        unit_factor: Decimal,
        chain: tuple[int, ...] = (),
    ) -> Price:
        """The price for ``quantity`` (in the product's unit), per the unit that ``unit_factor`` leads to.

        ``chain``: the pricelists that led here, outermost first.
        Raises UnknownPricelistError, PricelistCycleError.
        """
        rule = self.rule(product, pricelist_id, quantity)
        return self.by_rule(rule, product, pricelist_id, quantity, unit_factor, chain)

    def rule(self, product: PricedProduct, pricelist_id: int, quantity: Decimal) -> PricelistRule | None:
        """The rule that wins: the first candidate that its dates and minimum quantity let apply."""
        rules = self._rules
        rule = self._first(rules.specific(pricelist_id, product), quantity)
        if rule is None:
            rule = self._first(rules.general(pricelist_id, product.category_id), quantity)
        return rule

    def by_rule(
        self,
        rule: PricelistRule | None,
        product: PricedProduct,
        pricelist_id: int,
        quantity: Decimal,
        unit_factor: Decimal,
        chain: tuple[int, ...] = (),
    ) -> Price:
        """The price that ``rule`` makes of the product in the pricelist; None means that no rule applies."""
        if rule is not None and (base_id := chained_pricelist(rule)) is not None:
            path = (*chain, pricelist_id)
            if base_id in path:
                raise PricelistCycleError((*path, base_id))
            base = self._base(product, base_id, quantity, unit_factor, path)
            return self.on_price(rule, base, pricelist_id, unit_factor)
        pricelist = self.pricelist(pricelist_id)
        if rule is None:
            return Price(self._without_rule(product, pricelist, unit_factor), None, pricelist.currency)
        if rule.compute_price == "fixed":
            return Price(rule_price(rule, _ZERO, unit_factor), rule.id, pricelist.currency)
        amount = self._on_product(rule, product, pricelist, unit_factor)
        return Price(amount, rule.id, pricelist.currency)

    def on_price(self, rule: PricelistRule, base: Price, pricelist_id: int, unit_factor: Decimal) -> Price:
        """What ``rule`` makes of another pricelist's price: it is converted first, in every version."""
        pricelist = self.pricelist(pricelist_id)
        converted = base.amount * self.factor(base.currency, pricelist.currency)
        return Price(rule_price(rule, converted, unit_factor), rule.id, pricelist.currency)

    def base(self, rule: PricelistRule | None, product: PricedProduct, quantity: Decimal) -> tuple[Decimal, str]:
        """What ``rule`` starts from, per the product's own unit, and its currency: another pricelist's price (even
        where the rule's price is fixed), the cost, or the list price (which it is without a rule, too).

        Raises UnknownPricelistError, PricelistCycleError.
        """
        if rule is not None and rule.base == "pricelist" and rule.base_pricelist_id is not None:
            price = self._base(product, rule.base_pricelist_id, quantity, _ONE, (rule.pricelist_id,))
            return price.amount, price.currency
        if rule is not None and rule.base == "standard_price":
            return product.standard_price, product.cost_currency
        return product.list_price + product.price_extra, product.currency

    def factor(self, source: str, target: str) -> Decimal:
        """What one unit of the currency ``source`` is worth in ``target``."""
        return self._converter.factor(source, target, self._day)

    def pricelist(self, pricelist_id: int) -> Pricelist:
        """Raises UnknownPricelistError."""
        try:
            return self._pricelists[pricelist_id]
        except KeyError:
            raise UnknownPricelistError(pricelist_id) from None

    def applies(self, rule: PricelistRule, quantity: Decimal) -> bool:
        """Whether the rule's minimum quantity and dates let it apply; the order of both is Odoo's."""
        if rule.min_quantity and quantity < rule.min_quantity:
            return False
        return self.current(rule)

    def current(self, rule: PricelistRule) -> bool:
        """Whether the moment is within the rule's dates, both ends included."""
        bound = self._bound
        if rule.date_start is not None and bound < rule.date_start:
            return False
        return rule.date_end is None or bound <= rule.date_end

    def _base(
        self,
        product: PricedProduct,
        pricelist_id: int,
        quantity: Decimal,
        unit_factor: Decimal,
        chain: tuple[int, ...],
    ) -> Price:
        """The price of a pricelist that others build on: of one product after the other, computed once."""
        if self._bases_of is not product:
            self._bases_of = product
            self._bases.clear()
        key = (pricelist_id, quantity, unit_factor)
        base = self._bases.get(key)
        if base is None:
            base = self._bases[key] = self.price(product, pricelist_id, quantity, unit_factor, chain)
        return base

    def _first(self, rules: Sequence[PricelistRule], quantity: Decimal) -> PricelistRule | None:
        for rule in rules:
            if self.applies(rule, quantity):
                return rule
        return None

    def _on_product(
        self, rule: PricelistRule, product: PricedProduct, pricelist: Pricelist, unit_factor: Decimal
    ) -> Decimal:
        """What ``rule`` makes of the product's own list price or cost, in the pricelist's currency."""
        if rule.base == "standard_price":
            base, currency = product.standard_price, product.cost_currency
        else:
            base, currency = product.list_price + product.price_extra, product.currency
        factor = self.factor(currency, pricelist.currency)
        if self._policy.convert_before_formula:
            return rule_price(rule, base * unit_factor * factor, unit_factor)
        return rule_price(rule, base * unit_factor, unit_factor) * factor

    def _without_rule(self, product: PricedProduct, pricelist: Pricelist, unit_factor: Decimal) -> Decimal:
        amount = (product.list_price + product.price_extra) * unit_factor
        if not self._policy.convert_without_rule:
            return amount
        return amount * self.factor(product.currency, pricelist.currency)


def chained_pricelist(rule: PricelistRule) -> int | None:
    """The pricelist on whose price the rule builds, or None where it does not look at one."""
    if rule.base != "pricelist" or rule.compute_price == "fixed":
        return None
    return rule.base_pricelist_id
