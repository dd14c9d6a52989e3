"""Prices for whoever asks: the caller's pricelist through the pricing engine, shown with or without tax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from adapters.base import CatalogueReads
from adapters.records import Product, Variant, Website
from adapters.records.pricing import Pricelist, PricelistRule
from cache.reference import ShopTables
from pricing.currencies import CurrencyConverter
from pricing.engine import PriceEngine
from pricing.products import priced_product
from pricing.rounding import round_half_up
from pricing.rulebook import RuleBook
from pricing.sale_prices import SalePrice, sale_price
from pricing.taxes import DisplayPrice, display_price
from pricing.validity import Boundaries

K = TypeVar("K")
T = TypeVar("T")

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Quote:
    """A unit price in the pricelist's currency, rounded to it: as the website shows it, without and with tax.

    ``list_shown`` is what it would be without a pricelist, shown the same way.
    """

    shown: Decimal
    list_shown: Decimal
    tax_excluded: Decimal
    tax_included: Decimal
    currency: str
    tax_is_shown: bool

    @property
    def discounted(self) -> bool:
        return self.shown < self.list_shown


@dataclass(frozen=True, slots=True)
class _Engine:
    engine: PriceEngine
    shop_book: RuleBook
    converter: CurrencyConverter
    bases: Mapping[int, frozenset[int]]  # pricelist -> the pricelists its shop-wide rules build on
    rates: Boundaries
    shop_rules: Sequence[PricelistRule]
    # filled as asked for
    boundaries: dict[frozenset[int], Boundaries] = field(default_factory=dict)  # of the shop-wide rules, by pricelists
    closures: dict[int | None, frozenset[int]] = field(default_factory=dict)  # of pricelists
    changes: dict[tuple[int, int | None], _Change] = field(default_factory=dict)  # by identity of rules, and pricelist
    quotes: dict[_Asked, _Kept] = field(default_factory=dict)
    sales: dict[_Sold, _KeptSale] = field(default_factory=dict)


class _Change(NamedTuple):
    """When prices made of these very rules change: they are the same from ``since`` to before ``until``."""

    rules: Sequence[PricelistRule]
    since: datetime
    until: datetime | None

    def holds(self, rules: Sequence[PricelistRule], at: datetime) -> bool:
        return self.rules is rules and self.since <= at and (self.until is None or at < self.until)


class _Kept(NamedTuple):
    """What this very product costs, for as long as ``change`` holds."""

    product: Product
    change: _Change
    quote: Quote


class _KeptSale(NamedTuple):
    """Likewise what stands on the line of an order."""

    product: Product
    change: _Change
    price: SalePrice


#: variant, pricelist, quantity, on a website's order
_Sold = tuple[int, int | None, Decimal, bool]
#: variant, pricelist, quantity, with tax
_Asked = tuple[int, int | None, Decimal, bool]
#: how many prices are kept, and how many moments of change
_LIMIT = 20_000


class PriceTables:
    """Keeps one engine per company for as long as the shop's tables stay the same."""

    def __init__(self) -> None:
        self._tables: ShopTables | None = None
        self._engines: dict[int, _Engine] = {}

    def pricer(
        self, tables: ShopTables, website: Website, *, pricelist_id: int | None, include_tax: bool, at: datetime
    ) -> Pricer:
        """What prices for one caller, at a moment (aware).

        ``pricelist_id``: the caller's; None for the website's public one.
        """
        if tables is not self._tables:
            self._tables, self._engines = tables, {}
        engine = self._engines.get(website.company_id)
        if engine is None:
            engine = self._engines[website.company_id] = _engine(tables, website.company_id)
        return Pricer(tables, engine, website, public_pricelist(tables, website, pricelist_id), include_tax, at)


def public_pricelist(tables: ShopTables, website: Website, pricelist_id: int | None) -> Pricelist | None:
    """The pricelist asked for, else that of the website's public customer, else the first one for the website."""
    for wanted in (pricelist_id, website.public_pricelist_id):
        if wanted is not None and wanted in tables.pricelists:
            return tables.pricelists[wanted]
    for pricelist in tables.pricelists.values():
        if pricelist.website_id in {None, website.id} and pricelist.company_id in {None, website.company_id}:
            return pricelist
    return None


class Pricer:
    """Prices products for one caller."""

    def __init__(
        self,
        tables: ShopTables,
        engine: _Engine,
        website: Website,
        pricelist: Pricelist | None,
        include_tax: bool,
        at: datetime,
    ) -> None:
        self.pricelist = pricelist
        self._tables = tables
        self._engine = engine
        self._company = tables.companies[website.company_id]
        self._include_tax = include_tax
        self._at = at

    @property
    def at(self) -> datetime:
        """The moment that prices are for."""
        return self._at

    @property
    def shows_tax(self) -> bool:
        """Do prices include tax, as they are shown?"""
        return self._include_tax

    @property
    def currency(self) -> str:
        """ISO code of the currency prices are in."""
        return self.pricelist.currency if self.pricelist else self._company.currency_code

    @property
    def pricelist_ids(self) -> frozenset[int]:
        """The caller's pricelist and those that its shop-wide rules lead to."""
        own = self.pricelist.id if self.pricelist else None
        found = self._engine.closures.get(own)
        if found is None:
            found = self._engine.closures[own] = frozenset(self._closure(set() if own is None else {own}))
        return found

    def changes_at(self, rules: Sequence[PricelistRule]) -> datetime | None:
        """The next moment at which a price made of these rules of a product may change by itself; None if never."""
        return self._change(rules).until

    def _change(self, rules: Sequence[PricelistRule]) -> _Change:
        key = (id(rules), self.pricelist.id if self.pricelist else None)
        kept = self._engine.changes.get(key)
        if kept is None or not kept.holds(rules, self._at):
            kept = _Change(rules, self._at, self._next_change(rules))
            _keep(self._engine.changes, key, kept)
        return kept

    def _next_change(self, rules: Sequence[PricelistRule]) -> datetime | None:
        led_to = {rule.base_pricelist_id for rule in rules if rule.base_pricelist_id is not None}
        pricelists = frozenset(self._closure(led_to | self.pricelist_ids))
        shop_wide = self._engine.boundaries.get(pricelists)
        if shop_wide is None:
            shop_wide = Boundaries.of(rule for rule in self._engine.shop_rules if rule.pricelist_id in pricelists)
            self._engine.boundaries[pricelists] = shop_wide
        dated = [rule for rule in rules if rule.date_start is not None or rule.date_end is not None]
        all_of_them = (shop_wide, self._engine.rates, *([Boundaries.of(dated)] if dated else ()))
        return min((moment for one in all_of_them if (moment := one.after(self._at)) is not None), default=None)

    async def load_rules(self, adapter: CatalogueReads, products: Sequence[Product]) -> list[Sequence[PricelistRule]]:
        """For each product the rules bound to it or its variants, of the caller's pricelist and those it builds on.

        One call; one more only where a product's own rule builds on a pricelist that no shop-wide rule leads to.
        """
        template_of = {variant.id: product.id for product in products for variant in product.variants}
        by_template: dict[int, list[PricelistRule]] = defaultdict(list)
        wanted = set(self.pricelist_ids)
        loaded: set[int] = set()
        while missing := wanted - loaded:
            rules = await adapter.product_rules([p.id for p in products], list(template_of), sorted(missing))
            loaded |= missing
            for rule in rules:
                target = rule.target_id or 0
                by_template[template_of.get(target, 0) if rule.scope.name == "VARIANT" else target].append(rule)
                if rule.base_pricelist_id is not None:
                    wanted = self._closure(wanted | {rule.base_pricelist_id})
        return [by_template[product.id] for product in products]

    def quote(
        self, product: Product, variant: Variant, rules: Sequence[PricelistRule], quantity: Decimal = _ONE
    ) -> Quote:
        """What one unit of the variant costs when ``quantity`` are bought: of the same records the same quote."""
        change = self._change(rules)
        asked = (variant.id, self.pricelist.id if self.pricelist else None, quantity, self._include_tax)
        kept = self._engine.quotes.get(asked)
        if kept is None or kept.product is not product or kept.change is not change:
            kept = _Kept(product, change, self._quote(product, variant, rules, quantity))
            _keep(self._engine.quotes, asked, kept)
        return kept.quote

    def _quote(self, product: Product, variant: Variant, rules: Sequence[PricelistRule], quantity: Decimal) -> Quote:
        priced = priced_product(product, variant, self._company.currency_code)
        list_price = self._in_currency(priced.list_price + priced.price_extra)
        if self.pricelist is None:
            amount = list_price
        else:
            book = self._engine.shop_book.extended(rules) if rules else self._engine.shop_book
            price = self._engine.engine.price(priced, self.pricelist.id, quantity, self._at, rules=book)
            amount = self._engine.engine.answered(price.amount)
        shown, list_shown = self._taxed(product, amount), self._taxed(product, list_price)
        return Quote(
            shown=self._pick(shown),
            list_shown=self._pick(list_shown),
            tax_excluded=shown.tax_excluded,
            tax_included=shown.tax_included,
            currency=self.currency,
            tax_is_shown=self._include_tax,
        )

    def sale(
        self, product: Product, variant: Variant, rules: Sequence[PricelistRule], quantity: Decimal, *, website: bool
    ) -> SalePrice:
        """What stands on the line of an order of ``quantity``: of the same records the very same price.

        ``website``: the order is one of a website. Raises PricingError.
        """
        change = self._change(rules)
        asked = (variant.id, self.pricelist.id if self.pricelist else None, quantity, website)
        kept = self._engine.sales.get(asked)
        if kept is None or kept.product is not product or kept.change is not change:
            kept = _KeptSale(product, change, self._sale(product, variant, rules, quantity, website=website))
            _keep(self._engine.sales, asked, kept)
        return kept.price

    def _sale(
        self, product: Product, variant: Variant, rules: Sequence[PricelistRule], quantity: Decimal, *, website: bool
    ) -> SalePrice:
        priced = priced_product(product, variant, self._company.currency_code)
        if self.pricelist is None:
            return SalePrice(self._in_currency(priced.list_price + priced.price_extra))
        engine, book = self._engine.engine, self._engine.shop_book
        if rules:
            book = book.extended(rules)
        return sale_price(engine, priced, self.pricelist.id, quantity, self._at, rules=book, website=website)

    def factor(self) -> Decimal:
        """What one of the company's currency is in the currency of prices, now."""
        return self._in_currency(_ONE)

    def tiers(
        self, product: Product, variant: Variant, rules: Sequence[PricelistRule]
    ) -> list[tuple[Decimal, Decimal]]:
        """(least quantity, unit price as shown), ascending by quantity."""
        if self.pricelist is None:
            return [(_ONE, self.quote(product, variant, rules).shown)]
        book = self._engine.shop_book.extended(rules) if rules else self._engine.shop_book
        priced = priced_product(product, variant, self._company.currency_code)
        tiers: list[tuple[Decimal, Decimal]] = []
        for tier in self._engine.engine.tiers(priced, self.pricelist.id, self._at, rules=book):
            shown = self._pick(self._taxed(product, self._engine.engine.answered(tier.price)))
            if not tiers or tiers[-1][1] != shown:
                tiers.append((tier.min_quantity, shown))
        return tiers

    def _closure(self, pricelist_ids: set[int]) -> set[int]:
        """The pricelists and all that their shop-wide rules build on."""
        found, pending = set(pricelist_ids), list(pricelist_ids)
        while pending:
            for base in self._engine.bases.get(pending.pop(), frozenset()) - found:
                found.add(base)
                pending.append(base)
        return found

    def _in_currency(self, amount: Decimal) -> Decimal:
        day = self._at.date()
        return amount * self._engine.converter.factor(self._company.currency_code, self.currency, day)

    def _taxed(self, product: Product, amount: Decimal) -> DisplayPrice:
        step = Decimal(self._tables.currencies[self.currency].rounding)
        taxes = [tax_id for tax_id in product.tax_ids if tax_id in self._tables.taxes]
        if not taxes:
            rounded = round_half_up(amount, step)
            return DisplayPrice(rounded, rounded)
        computation = self._tables.policy.tax_computation
        return display_price(amount, taxes, self._tables.taxes, step, computation=computation)

    def _pick(self, price: DisplayPrice) -> Decimal:
        return price.tax_included if self._include_tax else price.tax_excluded


def _keep(kept: dict[K, T], key: K, value: T) -> None:
    """Keep a value; the oldest goes when there are too many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > _LIMIT:
        del kept[next(iter(kept))]


def _engine(tables: ShopTables, company_id: int) -> _Engine:
    rates = tables.rates[company_id]
    engine = PriceEngine(tables.policy, tables.pricelists, tables.category_parents, tables.uoms, rates)
    bases: dict[int, set[int]] = defaultdict(set)
    for rule in tables.shop_rules:
        if rule.base_pricelist_id is not None:
            bases[rule.pricelist_id].add(rule.base_pricelist_id)
    return _Engine(
        engine=engine,
        shop_book=engine.book(tables.shop_rules),
        converter=CurrencyConverter(rates, first_rate_reaches_back=tables.policy.first_rate_reaches_back),
        bases={pricelist_id: frozenset(found) for pricelist_id, found in bases.items()},
        rates=Boundaries.of_rates(rates),
        shop_rules=tables.shop_rules,
    )
