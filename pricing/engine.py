"""The pricing engine: the price of a product in a pricelist, as Odoo would compute it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.currencies import CurrencyConverter
from pricing.evaluation import Evaluation, Price, chained_pricelist
from pricing.rounding import round_digits
from pricing.rulebook import CategoryParents, RuleBook
from pricing.ties import possible_prices
from pricing.units import UnitConverter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.records.pricing import CurrencyRates, PricedProduct, Pricelist, PricelistRule, PricingPolicy, Uom

__all__ = ["Price", "PriceEngine", "Tier"]

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Tier:
    """From ``min_quantity`` (in the product's unit) on, a unit costs ``price``: unrounded, tax as stored."""

    min_quantity: Decimal
    price: Decimal


class PriceEngine:
    """Evaluates pricelist rules. It holds what changes rarely; the rules come with each question.

    ``categories``: internal category id -> parent id. ``timezone``: where a day begins, for rules bounded by
    days (Odoo uses the asking user's).
    """

    def __init__(
        self,
        policy: PricingPolicy,
        pricelists: Mapping[int, Pricelist],
        categories: CategoryParents,
        uoms: Mapping[int, Uom],
        rates: CurrencyRates,
        *,
        timezone: tzinfo = UTC,
    ) -> None:
        self.policy = policy
        self._pricelists = pricelists
        self._categories = categories
        self._units = UnitConverter(uoms)
        self._converter = CurrencyConverter(rates, first_rate_reaches_back=policy.first_rate_reaches_back)
        self._steps = rates.rounding
        self._timezone = timezone

    def book(self, rules: Iterable[PricelistRule] = ()) -> RuleBook:
        """A rule book in the order of this engine's policy and categories."""
        return RuleBook(rules, categories=self._categories)

    def price(
        self,
        product: PricedProduct,
        pricelist_id: int,
        quantity: Decimal,
        at: datetime,
        *,
        rules: RuleBook,
        uom_id: int | None = None,
    ) -> Price:
        """The unrounded price of one unit when ``quantity`` units are bought, tax as stored.

        ``at``: an aware datetime. ``uom_id``: the unit of ``quantity`` and of the price, the product's own if
        None. Raises UnknownPricelistError, UnknownUomError, PricelistCycleError, and ValueError for a naive
        ``at``.
        """
        quantity, unit_factor = self.in_product_unit(product, quantity, uom_id)
        return self.evaluation(at, rules).price(product, pricelist_id, quantity, unit_factor)

    def possible_prices(
        self,
        product: PricedProduct,
        pricelist_id: int,
        quantity: Decimal,
        at: datetime,
        *,
        rules: RuleBook,
        uom_id: int | None = None,
    ) -> tuple[Price, ...]:
        """Every price that this version may answer, the one of ``price`` first: several only where rules are
        tied and the policy does not break ties. Raises as ``price`` does."""
        quantity, unit_factor = self.in_product_unit(product, quantity, uom_id)
        evaluation = self.evaluation(at, rules)
        if self.policy.id_breaks_ties:
            return (evaluation.price(product, pricelist_id, quantity, unit_factor),)
        return tuple(possible_prices(evaluation, rules, product, pricelist_id, quantity, unit_factor))

    def tiers(
        self,
        product: PricedProduct,
        pricelist_id: int,
        at: datetime,
        *,
        rules: RuleBook,
        first: Decimal = Decimal(1),
    ) -> tuple[Tier, ...]:
        """The quantities (in the product's unit) at which the price changes, with the price from there on.

        Starts at ``first``, the smallest quantity that is sold. Breaks of pricelists that this one builds on
        count too. Neighbours with the same price are one tier. Raises as ``price`` does.
        """
        evaluation = self.evaluation(at, rules)
        breaks: set[Decimal] = set()
        self._collect_breaks(evaluation, rules, product, pricelist_id, breaks, set())
        tiers: list[Tier] = []
        for quantity in sorted({first, *(one for one in breaks if one > first)}):
            amount = evaluation.price(product, pricelist_id, quantity, Decimal(1)).amount
            if not tiers or tiers[-1].price != amount:
                tiers.append(Tier(quantity, amount))
        return tuple(tiers)

    def answered(self, amount: Decimal) -> Decimal:
        """An unrounded price as this version of Odoo would answer it: rounded where it rounds, else raw."""
        digits = self.policy.price_digits
        return amount if digits is None else round_digits(amount, digits)

    def currency_step(self, currency: str) -> Decimal:
        """The smallest amount of a currency: 0.01 where it is not known."""
        return self._steps.get(currency) or _CENT

    def evaluation(self, at: datetime, rules: RuleBook) -> Evaluation:
        """The evaluator of one moment, for many prices. Raises ValueError for a naive ``at``."""
        if at.tzinfo is None:
            raise ValueError("the moment of a price must be an aware datetime")
        utc = at.astimezone(UTC)
        by_day = self.policy.date_bounds == "date"
        bound = at.astimezone(self._timezone).date() if by_day else utc.replace(tzinfo=None)
        return Evaluation(self.policy, self._pricelists, self._converter, rules, bound, utc.date())

    def in_product_unit(self, product: PricedProduct, quantity: Decimal, uom_id: int | None) -> tuple[Decimal, Decimal]:
        """The quantity in the product's unit; the factor from a price per that unit to one per ``uom_id``."""
        if uom_id is None or uom_id == product.uom_id:
            return quantity, Decimal(1)
        converted = self._units.quantity(quantity, uom_id, product.uom_id)
        return converted, self._units.price_factor(product.uom_id, uom_id)

    def _collect_breaks(
        self,
        evaluation: Evaluation,
        rules: RuleBook,
        product: PricedProduct,
        pricelist_id: int,
        breaks: set[Decimal],
        seen: set[int],
    ) -> None:
        """Adds the minimum quantities of current candidates, and of those of the pricelists they build on."""
        seen.add(pricelist_id)
        for rule in rules.candidates(pricelist_id, product):
            if not evaluation.current(rule):
                continue
            breaks.add(rule.min_quantity)
            base_id = chained_pricelist(rule)
            if base_id is not None and base_id not in seen:
                self._collect_breaks(evaluation, rules, product, base_id, breaks, seen)
