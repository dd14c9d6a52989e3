"""What a product costs in every pricelist: for one unit, of its cheapest and of its first variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import structlog

from adapters.records import Product, Variant
from adapters.records.pricing import PricedProduct, Pricelist, PricelistRule, RuleScope
from pricing.bulk import chunk_prices
from pricing.engine import PriceEngine
from pricing.errors import PricingError
from pricing.evaluation import chained_pricelist
from pricing.rounding import round_half_up
from pricing.rulebook import RuleBook
from pricing.taxes import display_price
from pricing.validity import Boundaries
from search.inputs import Tables

log = structlog.get_logger(__name__)

_ONE: Final = Decimal(1)
#: (least quantity, unit price), ascending
Tiers: TypeAlias = list[tuple[float, float]]


def price_key(pricelist_id: int) -> str:
    """The member of ``prices``, ``first_prices`` and ``tiers`` that belongs to a pricelist."""
    return f"p{pricelist_id}"


@dataclass(frozen=True, slots=True)
class ProductPrices:
    """Prices as the website shows them, by `price_key`, rounded to the pricelist's currency.

    ``cheapest``: of the cheapest variant. ``first``: of the first, where a product has several. ``tiers``: of the
    first variant, where its price hangs on the quantity. ``until``: when the first of the product's own rules begins
    or ends.
    """

    cheapest: Mapping[str, float]
    first: Mapping[str, float]
    tiers: Mapping[str, Tiers]
    until: datetime | None


@dataclass(eq=False)
class ShopPrices:
    """Prices products at one moment (aware) in all pricelists of a company's shop.

    ``include_tax``: as the website shows them. Pricelists of other companies are left out.
    """

    tables: Tables
    company_id: int
    include_tax: bool
    at: datetime
    pricelists: Mapping[int, Pricelist] = field(init=False)
    _engine: PriceEngine = field(init=False)
    _book: RuleBook = field(init=False)
    #: of the shop's rules of a pricelist and an internal category: least quantities, and what they build on
    _of_general: dict[tuple[int, int | None], tuple[frozenset[Decimal], frozenset[int]]] = field(
        init=False, default_factory=dict
    )
    _refused: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        tables = self.tables
        self.pricelists = {
            one.id: one for one in tables.pricelists.values() if one.company_id in {None, self.company_id}
        }
        self._engine = PriceEngine(
            tables.policy, tables.pricelists, tables.category_parents, tables.uoms, tables.rates[self.company_id]
        )
        self._book = self._engine.book(tables.shop_rules)

    @property
    def until(self) -> datetime | None:
        """When prices change next that hang on no rule of a product: by a rule of many, or a currency's rate."""
        boundaries = (Boundaries.of(self.tables.shop_rules), Boundaries.of_rates(self.tables.rates[self.company_id]))
        return min((moment for one in boundaries if (moment := one.after(self.at)) is not None), default=None)

    def of(self, products: Sequence[Product], rules: Iterable[PricelistRule]) -> dict[int, ProductPrices]:
        """The prices of products, by id. ``rules``: those bound to them or their variants, of all pricelists."""
        own = _by_template(products, rules)
        return {product.id: self._of_product(product, own.get(product.id, [])) for product in products}

    def _of_product(self, product: Product, rules: Sequence[PricelistRule]) -> ProductPrices:
        cheapest: dict[str, float] = {}
        first: dict[str, float] = {}
        book = self._book.extended(rules) if rules else self._book
        shown = _Shown(self.tables, product, include_tax=self.include_tax)
        for number, variant in enumerate(product.variants):
            for pricelist, amount in self._amounts(self._priced(product, variant), book):
                key, price = price_key(pricelist.id), shown.of(amount, self._engine.currency_step(pricelist.currency))
                if number == 0:
                    first[key] = price
                cheapest[key] = min(price, cheapest.get(key, price))
        return ProductPrices(
            cheapest=cheapest,
            first=first if len(product.variants) > 1 else {},
            tiers=self._tiers(product, book, rules, first, shown),
            until=Boundaries.of(rules).after(self.at),
        )

    def _amounts(self, priced: PricedProduct, book: RuleBook) -> Iterator[tuple[Pricelist, Decimal]]:
        """The price in each pricelist but those of which none can be told: their rules go round, or to a lost one."""
        wanted = [one for one in self.pricelists if one not in self._refused]
        try:
            prices = list(chunk_prices(self._engine, (priced,), wanted, (_ONE,), self.at, rules=book))
        except PricingError:
            self._refuse(priced, wanted, book)
            yield from self._amounts(priced, book)
            return
        for answer in prices:
            yield self.pricelists[answer.pricelist_id], self._engine.answered(answer.price.amount)

    def _refuse(self, priced: PricedProduct, wanted: Iterable[int], book: RuleBook) -> None:
        for pricelist_id in wanted:
            try:
                self._engine.price(priced, pricelist_id, _ONE, self.at, rules=book)
            except PricingError as error:
                log.warning("index.pricelist_left_out", pricelist_id=pricelist_id, error=str(error))
                self._refused.add(pricelist_id)

    # -- tiers ------------------------------------------------------------------------------------------------

    def _tiers(
        self,
        product: Product,
        book: RuleBook,
        rules: Sequence[PricelistRule],
        first: Mapping[str, float],
        shown: _Shown,
    ) -> dict[str, Tiers]:
        """As `PriceEngine.tiers` tells them, for all pricelists together: those that build on the same one share it."""
        variant = product.first_variant
        if variant is None:
            return {}
        own: dict[int, list[PricelistRule]] = defaultdict(list)
        for rule in rules:
            own[rule.pricelist_id].append(rule)
        priced, evaluation = self._priced(product, variant), self._engine.evaluation(self.at, book)
        found: dict[str, Tiers] = {}
        for pricelist in self.pricelists.values():
            key = price_key(pricelist.id)
            if key not in first:
                continue
            tiers: Tiers = [(1.0, first[key])]
            step = self._engine.currency_step(pricelist.currency)
            for quantity in sorted(self._breaks(pricelist.id, product.internal_category_id, own)):
                amount = self._engine.answered(evaluation.price(priced, pricelist.id, quantity, _ONE).amount)
                if (price := shown.of(amount, step)) != tiers[-1][1]:
                    tiers.append((float(quantity), price))
            if len(tiers) > 1:
                found[key] = tiers
        return found

    def _breaks(
        self, pricelist_id: int, category_id: int | None, own: Mapping[int, Sequence[PricelistRule]]
    ) -> set[Decimal]:
        """Quantities at which the price may change: of the product's own rules, the shop's, and what they build on."""
        found, seen, waiting = set[Decimal](), set[int](), [pricelist_id]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            least, bases = self._general(one, category_id)
            found |= least
            waiting.extend(bases)
            if one in own:
                least, bases = _least_and_bases(own[one])
                found |= least
                waiting.extend(bases)
        return found

    def _general(self, pricelist_id: int, category_id: int | None) -> tuple[frozenset[Decimal], frozenset[int]]:
        key = (pricelist_id, category_id)
        known = self._of_general.get(key)
        if known is None:
            known = self._of_general[key] = _least_and_bases(self._book.general(pricelist_id, category_id))
        return known

    # -- one price --------------------------------------------------------------------------------------------

    def _priced(self, product: Product, variant: Variant) -> PricedProduct:
        currency = self.tables.companies[self.company_id].currency_code
        return PricedProduct(
            variant_id=variant.id,
            template_id=product.id,
            category_id=product.internal_category_id,
            list_price=product.list_price,
            price_extra=variant.price_extra,
            standard_price=variant.cost,
            currency=currency,
            cost_currency=currency,
            uom_id=product.uom_id,
        )


class _Shown:
    """Shows amounts of one product, each once: pricelists have many in common."""

    __slots__ = ("_include_tax", "_known", "_tables", "_taxes")

    def __init__(self, tables: Tables, product: Product, *, include_tax: bool) -> None:
        self._tables = tables
        self._taxes = [tax_id for tax_id in product.tax_ids if tax_id in tables.taxes]
        self._include_tax = include_tax
        self._known: dict[tuple[Decimal, Decimal], float] = {}

    def of(self, amount: Decimal, step: Decimal) -> float:
        """As the website shows it. ``step``: the smallest amount of its currency."""
        found = self._known.get((amount, step))
        if found is None:
            found = self._known[amount, step] = float(self._taxed(amount, step))
        return found

    def _taxed(self, amount: Decimal, step: Decimal) -> Decimal:
        if not self._taxes:
            return round_half_up(amount, step)
        computation = self._tables.policy.tax_computation
        shown = display_price(amount, self._taxes, self._tables.taxes, step, computation=computation)
        return shown.tax_included if self._include_tax else shown.tax_excluded


def _least_and_bases(rules: Iterable[PricelistRule]) -> tuple[frozenset[Decimal], frozenset[int]]:
    """The least quantities above 1 of rules, and the pricelists they build on."""
    listed = list(rules)
    least = frozenset(rule.min_quantity for rule in listed if rule.min_quantity > _ONE)
    return least, frozenset(base for rule in listed if (base := chained_pricelist(rule)) is not None)


def _by_template(products: Sequence[Product], rules: Iterable[PricelistRule]) -> dict[int, list[PricelistRule]]:
    template_of = {variant.id: product.id for product in products for variant in product.variants}
    found: dict[int, list[PricelistRule]] = {product.id: [] for product in products}
    for rule in rules:
        target = template_of.get(rule.target_id or 0) if rule.scope is RuleScope.VARIANT else rule.target_id
        if target in found:
            found[target].append(rule)
    return found
