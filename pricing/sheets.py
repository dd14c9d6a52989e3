"""Prices of product after product in all pricelists of a shop, at one moment.

The answers are those of ``PriceEngine.price``: the evaluation is the same, and only the rule that wins is found
quicker. What the shop's rules give for an internal category is looked for once, dates are compared once for each rule,
and a product's own rules are sorted out once for all pricelists.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.records.pricing import RuleScope
from pricing.evaluation import Evaluation, chained_pricelist
from pricing.rounding import ONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.records.pricing import PricedProduct, PricelistRule
    from pricing.engine import PriceEngine
    from pricing.rulebook import RuleBook

#: the rules of one product in a pricelist, in order: of single variants by id, and of the product
_Own = tuple[dict[int, list["PricelistRule"]], list["PricelistRule"]]
#: least quantities above 1, and the pricelists that rules build on
_Reach = tuple[frozenset[Decimal], frozenset[int]]
_NOTHING: _Reach = (frozenset(), frozenset())


class PriceSheets(Evaluation):
    """Prices one product at a time: `open` it first, with the rules bound to it and its variants."""

    __slots__ = ("_book", "_firsts", "_own", "_reaches")

    def __init__(self, engine: PriceEngine, shop_rules: Iterable[PricelistRule], at: datetime) -> None:
        """``at``: the (aware) moment. ``shop_rules``: those of categories and of everything."""
        book = engine.book(shop_rules)
        like = engine.evaluation(at, book)
        super().__init__(like._policy, like._pricelists, like._converter, book, like._bound, like._day)
        self._book: RuleBook = book
        self._firsts: dict[tuple[int, int | None, Decimal], PricelistRule | None] = {}
        self._reaches: dict[tuple[int, int | None], _Reach] = {}
        self._own: dict[int, _Own] = {}

    def open(self, rules: Sequence[PricelistRule]) -> None:
        """The product that is priced next has these rules of its own, in any pricelists."""
        self._bases_of = None
        self._own = {}
        unsorted: list[list[PricelistRule]] = []
        for rule in rules:
            if (rule.date_start is not None or rule.date_end is not None) and not self.current(rule):
                continue
            own = self._own.get(rule.pricelist_id)
            if own is None:
                own = self._own[rule.pricelist_id] = ({}, [])
            group = own[0].setdefault(rule.target_id or 0, []) if rule.scope is RuleScope.VARIANT else own[1]
            group.append(rule)
            if len(group) == 2:
                unsorted.append(group)
        for group in unsorted:
            group.sort(key=self._book.order)

    @property
    def variants_with_rules(self) -> frozenset[int]:
        """The variants of the open product that have current rules of their own."""
        return frozenset(variant for of_variants, _ in self._own.values() for variant in of_variants)

    def rule(self, product: PricedProduct, pricelist_id: int, quantity: Decimal) -> PricelistRule | None:
        """The rule that wins, of the open product."""
        own = self._own.get(pricelist_id)
        if own is not None:
            of_variants, of_template = own
            for rule in of_variants.get(product.variant_id or 0, ()) if of_variants else ():
                if not rule.min_quantity or quantity >= rule.min_quantity:
                    return rule
            for rule in of_template:
                if not rule.min_quantity or quantity >= rule.min_quantity:
                    return rule
        key = (pricelist_id, product.category_id, quantity)
        try:
            return self._firsts[key]
        except KeyError:
            found = self._first(self._book.general(pricelist_id, product.category_id), quantity)
            self._firsts[key] = found
            return found

    def amount(self, product: PricedProduct, pricelist_id: int, quantity: Decimal = ONE) -> Decimal:
        """What one unit costs when ``quantity`` are bought (of the product's own unit): unrounded, tax as stored.

        Raises UnknownPricelistError, PricelistCycleError.
        """
        rule = self.rule(product, pricelist_id, quantity)
        if rule is not None and rule.compute_price == "fixed":
            self.pricelist(pricelist_id)
            return rule.fixed_price
        return self.by_rule(rule, product, pricelist_id, quantity, ONE).amount

    def breaks(self, product: PricedProduct, pricelist_id: int) -> Iterable[Decimal]:
        """Quantities above 1 at which the open product's price may change.

        Those of rules that apply to some quantity, and of the pricelists that these build on. A rule that applies from
        the first unit on keeps what is tried after it from ever being reached.
        """
        least, bases = self._reach(product, pricelist_id)
        if not bases:
            return least
        found, seen, waiting = set(least), {pricelist_id}, list(bases)
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                least, bases = self._reach(product, one)
                found |= least
                waiting.extend(bases)
        return found

    def _reach(self, product: PricedProduct, pricelist_id: int) -> _Reach:
        own = self._own.get(pricelist_id)
        if own is None:
            return self._general_reach(product.category_id, pricelist_id)
        of_variants, of_template = own
        if not of_variants and len(of_template) == 1 and of_template[0].compute_price == "fixed":
            least = of_template[0].min_quantity
            if least <= ONE:
                return _NOTHING
        rules = (*of_variants.get(product.variant_id or 0, ()), *of_template)
        (found, bases), whole = _reached(rules)
        if whole:
            return found, bases
        more, further = self._general_reach(product.category_id, pricelist_id)
        return found | more, bases | further

    def _general_reach(self, category_id: int | None, pricelist_id: int) -> _Reach:
        key = (pricelist_id, category_id)
        found = self._reaches.get(key)
        if found is None:
            current = (rule for rule in self._book.general(pricelist_id, category_id) if self.current(rule))
            found, _ = _reached(current)
            self._reaches[key] = found
        return found


def _reached(rules: Iterable[PricelistRule]) -> tuple[_Reach, bool]:
    """Of rules in the order in which they are tried; and whether one of them applies from the first unit on."""
    least, bases = set[Decimal](), set[int]()
    for rule in rules:
        if (base := chained_pricelist(rule)) is not None:
            bases.add(base)
        if rule.min_quantity <= ONE:
            return (frozenset(least), frozenset(bases)), True
        least.add(rule.min_quantity)
    return (frozenset(least), frozenset(bases)), False
