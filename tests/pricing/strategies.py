"""Hypothesis strategies: small shops that a human could have set up, with every kind of rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from adapters.records.pricing import (
    CurrencyRates,
    PricedProduct,
    Pricelist,
    PricelistRule,
    PricingPolicy,
    RuleScope,
    Uom,
)
from pricing.engine import PriceEngine
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19

if TYPE_CHECKING:
    from collections.abc import Iterable

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
#: category -> parent: a tree of three levels and a second root
CATEGORIES: dict[int, int | None] = {1: None, 2: 1, 3: 1, 4: 2, 5: None}
PRICELISTS = {
    1: Pricelist(1, "EUR"),
    2: Pricelist(2, "USD"),
    3: Pricelist(3, "EUR"),
    4: Pricelist(4, "GBP"),
}
TEMPLATES = (10, 11, 12)
#: variant -> template
VARIANTS = {20: 10, 21: 10, 22: 11, 23: 12}
UNIT, DOZEN, PACK, KILOGRAM = 1, 2, 3, 4
UOMS = {
    UNIT: Uom(UNIT, Decimal(1), 1, Decimal("0.001"), Decimal(1)),
    DOZEN: Uom(DOZEN, Decimal("0.0833333333333333"), 1, Decimal("0.01"), Decimal(12)),
    PACK: Uom(PACK, 1 / Decimal(6), 1, Decimal("0.01")),
    KILOGRAM: Uom(KILOGRAM, Decimal(1), 2, Decimal("0.001"), Decimal(1)),
}
RATES = CurrencyRates(
    "EUR",
    {
        "EUR": ((date(2020, 1, 1), Decimal(1)),),
        "USD": ((date(2020, 1, 1), Decimal("1.1")), (date(2026, 11, 1), Decimal("1.0823"))),
        "GBP": ((date(2026, 1, 1), Decimal("0.8431")),),
    },
)
POLICIES = st.sampled_from([ODOO_10, ODOO_14, ODOO_19])


def engine(policy: PricingPolicy) -> PriceEngine:
    return PriceEngine(policy, PRICELISTS, CATEGORIES, UOMS, RATES)


def money(low: str = "0.01", high: str = "500") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=2)


QUANTITIES = st.one_of(
    st.sampled_from([Decimal(1), Decimal(5), Decimal(10), Decimal(100)]),
    st.decimals(Decimal("0.001"), Decimal(200), places=3),
)


@st.composite
def products(draw: st.DrawFn) -> PricedProduct:
    variant = draw(st.sampled_from(sorted(VARIANTS)))
    return PricedProduct(
        variant_id=variant,
        template_id=VARIANTS[variant],
        category_id=draw(st.sampled_from([*CATEGORIES, None])),
        list_price=draw(money()),
        price_extra=draw(st.sampled_from([Decimal(0), Decimal("4.5")])),
        standard_price=draw(money()),
        currency="EUR",
        cost_currency="EUR",
        uom_id=UNIT,
    )


@dataclass(frozen=True)
class Bounds:
    """The dates of a rule, kept as days until the policy is known."""

    start: int | None
    end: int | None

    def of(self, days: int | None, policy: PricingPolicy) -> date | datetime | None:
        if days is None:
            return None
        moment = (AT + timedelta(days=days)).replace(tzinfo=None)
        return moment.date() if policy.date_bounds == "date" else moment


BOUNDS = st.builds(Bounds, st.one_of(st.none(), st.integers(-3, 3)), st.one_of(st.none(), st.integers(-3, 3)))
TARGETS: dict[RuleScope, st.SearchStrategy[int | None]] = {
    RuleScope.VARIANT: st.sampled_from(sorted(VARIANTS)),
    RuleScope.TEMPLATE: st.sampled_from(TEMPLATES),
    RuleScope.CATEGORY: st.sampled_from(sorted(CATEGORIES)),
    RuleScope.GLOBAL: st.none(),
}


@st.composite
def rules(draw: st.DrawFn, policy: PricingPolicy, number: int, *, chained: bool = True) -> PricelistRule:
    """One rule. A pricelist only builds on one with a higher id: there are no circles."""
    scope = draw(st.sampled_from(RuleScope))
    pricelist = draw(st.sampled_from(sorted(PRICELISTS)))
    higher = [one for one in PRICELISTS if one > pricelist]
    bases = ["list_price", "standard_price", *(["pricelist"] if chained and higher else [])]
    base = draw(st.sampled_from(bases))
    bounds = draw(BOUNDS)
    optional = st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("1.5"), Decimal("-0.01")])
    return PricelistRule(
        id=number,
        pricelist_id=pricelist,
        scope=scope,
        target_id=draw(TARGETS[scope]),
        compute_price=draw(st.sampled_from(["fixed", "percentage", "formula"])),
        base=base,  # type: ignore[arg-type]  # drawn from the three values
        base_pricelist_id=draw(st.sampled_from(higher)) if base == "pricelist" else None,
        min_quantity=draw(st.sampled_from([Decimal(0), Decimal(1), Decimal(5), Decimal(10), Decimal("2.5")])),
        date_start=bounds.of(bounds.start, policy),
        date_end=bounds.of(bounds.end, policy),
        fixed_price=draw(money()),
        percent_price=draw(st.decimals(Decimal(-20), Decimal(100), places=2)),
        discount=draw(st.decimals(Decimal(-60), Decimal(100), places=2)),
        round_to=draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("0.05"), Decimal(1)])),
        surcharge=draw(optional),
        min_margin=draw(optional),
        max_margin=draw(optional),
    )


@st.composite
def rulebooks(draw: st.DrawFn, policy: PricingPolicy, *, most: int = 14) -> list[PricelistRule]:
    count = draw(st.integers(0, most))
    return [draw(rules(policy, number)) for number in range(1, count + 1)]


def applicable(rule: PricelistRule, product: PricedProduct) -> bool:
    """Whether the rule's target is the product: said anew here, as a plain walk through everything."""
    targets: dict[RuleScope, Iterable[int | None]] = {
        RuleScope.VARIANT: [product.variant_id],
        RuleScope.TEMPLATE: [product.template_id],
        RuleScope.CATEGORY: list(lineage(product.category_id)),
        RuleScope.GLOBAL: [None],
    }
    return rule.target_id in targets[rule.scope]


def lineage(category: int | None) -> Iterable[int]:
    while category is not None:
        yield category
        category = CATEGORIES[category]
