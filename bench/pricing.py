"""How fast prices are computed in bulk: a synthetic wholesale catalogue with about one rule per price.

    python -m bench.pricing [--products 18000] [--pricelists 130] [--quantities 1]

The rule book imitates a wholesaler's: most pricelists hold a fixed price per product (some on the variant, some
with a second tier), some work by category and global formulas, some build on other pricelists. Rules of
products are made chunk by chunk, as they would be read; making them is timed apart from pricing.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from adapters.records.pricing import (
    CurrencyRates,
    PricedProduct,
    Pricelist,
    PricelistRule,
    PricingPolicy,
    RuleScope,
    Uom,
)
from pricing.bulk import bulk_prices
from pricing.engine import PriceEngine

POLICY = PricingPolicy(
    convert_before_formula=True,
    convert_without_rule=True,
    date_bounds="datetime",
    id_breaks_ties=True,
    price_digits=None,
)
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CATEGORIES = 400
#: Of every ten pricelists: the ninth works by formulas, the tenth builds on its neighbour.
FORMULA, CHAINED = 8, 9
CHUNK = 100


@dataclass(slots=True)
class Result:
    """What a run took: seconds (on the wall), prices, rules; memory in MiB, the highest of the process."""

    prices: int = 0
    rules: int = 0
    seconds: float = 0.0
    seconds_making_rules: float = 0.0
    peak_mib: float = 0.0

    @property
    def per_second(self) -> float:
        return self.prices / self.seconds


def pricelists(count: int) -> dict[int, Pricelist]:
    return {one: Pricelist(one, "USD" if one % 10 == 5 else "EUR", f"List {one}") for one in range(1, count + 1)}


def categories() -> dict[int, int | None]:
    """A tree: category 1 is the root, each other's parent is a third of its number."""
    return {one: one // 3 if one > 2 else None for one in range(1, CATEGORIES + 1)}


def products(count: int) -> Iterator[PricedProduct]:
    """Two variants to every third template, else one."""
    for one in range(1, count + 1):
        cents = Decimal(one * 7919 % 20_000 + 99)
        yield PricedProduct(
            variant_id=one,
            template_id=one - (one % 3 == 0),
            category_id=one % CATEGORIES + 1,
            list_price=cents.scaleb(-2),
            price_extra=Decimal(one % 2),
            standard_price=(cents * 3 / 5).scaleb(-2),
            currency="EUR",
            cost_currency="EUR",
            uom_id=1,
        )


def shop_rules(pricelist_count: int) -> Iterator[PricelistRule]:
    """Category and global rules: formulas on price or cost, and pricelists that build on the one before."""
    for pricelist in range(1, pricelist_count + 1):
        base_id = pricelist * 1_000
        kind = pricelist % 10
        if kind == CHAINED:
            yield PricelistRule(
                base_id,
                pricelist,
                RuleScope.GLOBAL,
                None,
                "formula",
                "pricelist",
                pricelist - 1,
                discount=Decimal(3),
                round_to=Decimal("0.05"),
            )
            continue
        yield PricelistRule(base_id, pricelist, RuleScope.GLOBAL, None, "percentage", percent_price=Decimal(2))
        if kind == FORMULA:
            for number, category in enumerate(range(1, CATEGORIES, 7), 1):
                yield PricelistRule(
                    base_id + number,
                    pricelist,
                    RuleScope.CATEGORY,
                    category,
                    "formula",
                    "standard_price",
                    discount=Decimal(-30),
                    surcharge=Decimal("0.15"),
                    min_margin=Decimal(1),
                    max_margin=Decimal(40),
                )


def product_rules(batch: Sequence[PricedProduct], pricelist_count: int) -> list[PricelistRule]:
    """A fixed price for every product in every pricelist of that kind; each sixth has a second tier."""
    rules = []
    fixed = [one for one in range(1, pricelist_count + 1) if one % 10 not in {FORMULA, CHAINED}]
    for product in batch:
        variant = product.variant_id or 0
        for pricelist in fixed:
            by_variant = (variant + pricelist) % 2 == 0
            scope = RuleScope.VARIANT if by_variant else RuleScope.TEMPLATE
            target = variant if by_variant else product.template_id
            cents = variant * pricelist % 30_000 + 50
            number = (variant * 1_000 + pricelist) * 2 + 1_000_000
            price = Decimal(cents).scaleb(-2)
            rules.append(PricelistRule(number, pricelist, scope, target, "fixed", fixed_price=price))
            if cents % 4 == 0:
                price = Decimal(cents * 9 // 10).scaleb(-2)
                tier = PricelistRule(
                    number + 1, pricelist, scope, target, "fixed", min_quantity=Decimal(10), fixed_price=price
                )
                rules.append(tier)
    return rules


def run(product_count: int, pricelist_count: int, quantities: Sequence[Decimal]) -> Result:
    """Prices everything once. Callable for small sizes too."""
    rates = CurrencyRates("EUR", {"USD": ((datetime(2026, 1, 1, tzinfo=UTC).date(), Decimal("1.0823")),)})
    lists = pricelists(pricelist_count)
    engine = PriceEngine(POLICY, lists, categories(), {1: Uom(1, Decimal(1), 1)}, rates)
    result = Result()
    start = time.perf_counter()
    shop = list(shop_rules(pricelist_count))
    result.rules = len(shop)

    def rules_of(batch: Sequence[PricedProduct]) -> list[PricelistRule]:
        begin = time.perf_counter()
        made = product_rules(batch, pricelist_count)
        result.rules += len(made)
        result.seconds_making_rules += time.perf_counter() - begin
        return made

    answers = bulk_prices(
        engine,
        products(product_count),
        list(lists),
        quantities,
        AT,
        rules=engine.book(shop),
        rules_of=rules_of,
        chunk=CHUNK,
    )
    result.prices = sum(1 for _ in answers)
    result.seconds = time.perf_counter() - start
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    result.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Bulk pricing of a synthetic catalogue.")
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--pricelists", type=int, default=130)
    parser.add_argument("--quantities", type=Decimal, nargs="+", default=[Decimal(1)])
    asked = parser.parse_args()
    result = run(asked.products, asked.pricelists, asked.quantities)
    print(f"prices              {result.prices:>12,}")
    print(f"rules               {result.rules:>12,}")
    print(f"seconds             {result.seconds:>12.1f}")
    print(f"  of it making rules{result.seconds_making_rules:>12.1f}")
    print(f"prices per second   {result.per_second:>12,.0f}")
    print(f"peak memory (MiB)   {result.peak_mib:>12.1f}")


if __name__ == "__main__":
    main()
