"""What a product costs in every pricelist: for one unit, of its cheapest and of its first variant."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import structlog

from adapters.records import Product
from adapters.records.pricing import PricedProduct, Pricelist, PricelistRule, RuleScope
from pricing.engine import PriceEngine
from pricing.errors import PricingError
from pricing.products import priced_product
from pricing.sheets import PriceSheets
from pricing.validity import Boundaries
from search.inputs import Tables
from search.sellers import Seller, sellers_of
from search.shown import Shown

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
    """Prices products at one moment (aware) in all pricelists of a shop, each as its seller shows it.

    ``company_id``, ``include_tax``: of whom the shop mostly is. Pricelists of companies without a website are left out.
    """

    tables: Tables
    company_id: int
    include_tax: bool
    at: datetime
    sellers: Mapping[int, Seller] | None = None
    pricelists: Mapping[int, Pricelist] = field(init=False)
    _shops: list[_SellerPrices] = field(init=False)

    def __post_init__(self) -> None:
        tables = self.tables
        if self.sellers is None:
            self.sellers = sellers_of(tables, Seller(self.company_id, self.include_tax), fixed=True)
        self.pricelists = {one.id: one for one in tables.pricelists.values() if one.id in self.sellers}
        lists: dict[Seller, list[Pricelist]] = {}
        for one in self.pricelists.values():
            lists.setdefault(self.sellers[one.id], []).append(one)
        self._shops = [_SellerPrices(tables, seller, theirs, self.at) for seller, theirs in lists.items()]

    @property
    def until(self) -> datetime | None:
        """When prices change next that hang on no rule of a product: by a rule of many, or a currency's rate."""
        rates = {shop.seller.company_id: Boundaries.of_rates(shop.rates) for shop in self._shops}
        boundaries = (Boundaries.of(self.tables.shop_rules), *rates.values())
        return min((moment for one in boundaries if (moment := one.after(self.at)) is not None), default=None)

    @property
    def sold_otherwise(self) -> tuple[int, ...]:
        """The pricelists that are not priced as ``company_id`` and ``include_tax`` tell."""
        mostly = (self.company_id, self.include_tax)
        return tuple(sorted(one for one, seller in (self.sellers or {}).items() if seller != mostly))

    def seller(self, pricelist_id: int) -> Seller | None:
        """Who sells at its prices; None where nobody does."""
        return (self.sellers or {}).get(pricelist_id)

    def current(self, rule: PricelistRule) -> bool:
        """Is the moment within the rule's dates?"""
        return any(shop.current(rule) for shop in self._shops[:1])

    def of(
        self, products: Sequence[Product], rules: Iterable[PricelistRule], pricelists: Container[int] | None = None
    ) -> dict[int, ProductPrices]:
        """The prices of products, by id.

        ``rules``: those bound to them or their variants, of all pricelists. ``pricelists``: prices in these alone; then
        those of the pricelists that they build on have to be told, and ``until`` is of no use.
        """
        own = rules_by_product(products, rules)
        return {product.id: self._of_product(product, own[product.id], pricelists) for product in products}

    def _of_product(
        self, product: Product, rules: Sequence[PricelistRule], pricelists: Container[int] | None
    ) -> ProductPrices:
        cheapest: dict[str, float] = {}
        first: dict[str, float] = {}
        tiers: dict[str, Tiers] = {}
        for shop in self._shops:
            shop.price(product, rules, pricelists, cheapest, first, tiers)
        return ProductPrices(
            cheapest=cheapest,
            first=first if len(product.variants) > 1 else {},
            tiers=tiers,
            until=Boundaries.of(rules).after(self.at),
        )


@dataclass(frozen=True, slots=True)
class _List:
    """A pricelist with the name of its member."""

    id: int
    key: str
    currency: str


class _SellerPrices:
    """Prices in the pricelists of one seller."""

    def __init__(self, tables: Tables, seller: Seller, pricelists: Iterable[Pricelist], at: datetime) -> None:
        self.seller = seller
        self.rates = tables.rates[seller.company_id]
        self._tables = tables
        self._lists = [_List(one.id, price_key(one.id), one.currency) for one in pricelists]
        self._engine = PriceEngine(tables.policy, tables.pricelists, tables.category_parents, tables.uoms, self.rates)
        self._sheets = PriceSheets(self._engine, tables.shop_rules, at)
        self._currency = tables.companies[seller.company_id].currency_code
        self._shown: dict[tuple[tuple[int, ...], str], Shown] = {}

    def price(
        self,
        product: Product,
        rules: Sequence[PricelistRule],
        pricelists: Container[int] | None,
        cheapest: dict[str, float],
        first: dict[str, float],
        tiers: dict[str, Tiers],
    ) -> None:
        """Adds the product's prices (in some pricelists, or in all) to the dictionaries."""
        lists = self._lists if pricelists is None else [one for one in self._lists if one.id in pricelists]
        self._sheets.open(rules)
        with_rules = self._sheets.variants_with_rules
        shown = self._shown_in(product.tax_ids)
        done: set[tuple[int, Decimal, Decimal]] = set()
        for variant in product.variants:
            alike = (variant.id if variant.id in with_rules else 0, variant.price_extra, variant.cost)
            if alike in done:
                continue
            prices = self._of_variant(lists, priced_product(product, variant, self._currency), shown)
            if not done:
                first.update(prices)
                cheapest.update(prices)
            else:
                cheapest.update((key, min(price, cheapest.get(key, price))) for key, price in prices.items())
            done.add(alike)
        if product.first_variant is not None:
            self._add_tiers(lists, priced_product(product, product.first_variant, self._currency), shown, first, tiers)

    def current(self, rule: PricelistRule) -> bool:
        """Is the moment within the rule's dates?"""
        return self._sheets.current(rule)

    def _of_variant(
        self, lists: Sequence[_List], priced: PricedProduct, shown: Mapping[str, Shown]
    ) -> dict[str, float]:
        amount, refused = self._sheets.amount, list[_List]()
        prices: dict[str, float] = {}
        for one in lists:
            try:
                prices[one.key] = shown[one.currency].of(amount(priced, one.id))
            except PricingError as error:
                log.warning("index.pricelist_left_out", pricelist_id=one.id, error=str(error))
                refused.append(one)
        if refused:  # its rules go round, or to a lost one: it is left out from here on
            self._lists = [one for one in self._lists if one not in refused]
        return prices

    def _add_tiers(
        self,
        lists: Sequence[_List],
        priced: PricedProduct,
        shown: Mapping[str, Shown],
        first: Mapping[str, float],
        tiers: dict[str, Tiers],
    ) -> None:
        """As `PriceEngine.tiers` tells them; neighbours that are shown alike are one tier."""
        for one in lists:
            breaks = self._sheets.breaks(priced, one.id)
            if not breaks or one.key not in first:
                continue
            found: Tiers = [(1.0, first[one.key])]
            try:
                for quantity in sorted(breaks):
                    price = shown[one.currency].of(self._sheets.amount(priced, one.id, quantity))
                    if price != found[-1][1]:
                        found.append((float(quantity), price))
            except PricingError as error:
                log.warning("index.tiers_left_out", pricelist_id=one.id, error=str(error))
                continue
            if len(found) > 1:
                tiers[one.key] = found

    def _shown_in(self, tax_ids: tuple[int, ...]) -> dict[str, Shown]:
        """What shows amounts with these taxes, by currency."""
        return {one: self._shown_of(tax_ids, one) for one in {one.currency for one in self._lists}}

    def _shown_of(self, tax_ids: tuple[int, ...], currency: str) -> Shown:
        found = self._shown.get((tax_ids, currency))
        if found is None:
            include = self.seller.include_tax
            found = Shown(self._engine, self._tables.taxes, tax_ids, currency, include_tax=include)
            self._shown[tax_ids, currency] = found
        return found


def rules_by_product(products: Sequence[Product], rules: Iterable[PricelistRule]) -> dict[int, list[PricelistRule]]:
    """Rules sorted out by product id, as they come; those of other products are passed over."""
    template_of = {variant.id: product.id for product in products for variant in product.variants}
    found: dict[int, list[PricelistRule]] = {product.id: [] for product in products}
    for rule in rules:
        target = template_of.get(rule.target_id or 0) if rule.scope is RuleScope.VARIANT else rule.target_id
        if target in found:
            found[target].append(rule)
    return found
