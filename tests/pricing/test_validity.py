"""When prices change by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.pricing import CurrencyRates, PricedProduct, Pricelist, PricelistRule, PricingPolicy, RuleScope
from pricing.engine import PriceEngine
from pricing.validity import Boundaries
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rule(start: Any = None, end: Any = None, **values: Any) -> PricelistRule:
    return PricelistRule(
        id=1, pricelist_id=1, scope=RuleScope.GLOBAL, target_id=None, compute_price="fixed",
        date_start=start, date_end=end, **values,
    )  # fmt: skip


def test_days_begin_where_the_shop_is() -> None:
    brussels = ZoneInfo("Europe/Brussels")
    found = Boundaries.of([rule(date(2026, 3, 3), date(2026, 3, 4))], brussels)
    assert found.after(NOON) == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert found.after(datetime(2026, 3, 2, 23, tzinfo=UTC)) == datetime(2026, 3, 4, 23, tzinfo=UTC)
    assert found.after(datetime(2026, 3, 4, 23, tzinfo=UTC)) is None


def test_the_last_moment_belongs_to_the_rule() -> None:
    end = datetime(2026, 3, 2, 13)  # noqa: DTZ001  # naive UTC, as Odoo has it
    found = Boundaries.of([rule(end=end)])
    assert found.after(NOON) == datetime(2026, 3, 2, 13, 0, 0, 1, tzinfo=UTC)


def test_rates_come_into_force_at_midnight() -> None:
    rates = CurrencyRates("EUR", {"USD": ((date(2026, 3, 1), Decimal(1)), (date(2026, 3, 5), Decimal(2)))})
    assert Boundaries.of_rates(rates).after(NOON) == datetime(2026, 3, 5, tzinfo=UTC)


def test_without_dates_nothing_ends() -> None:
    assert Boundaries.of([rule(), rule(end=date.max)]).after(NOON) is None


days = st.dates(date(2026, 3, 1), date(2026, 3, 4))
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 4)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001


@pytest.mark.parametrize("policy", [ODOO_10, ODOO_14, ODOO_19], ids=["10.0", "14.0", "19.0"])
@given(data=st.data())
def test_between_two_boundaries_no_price_changes(policy: PricingPolicy, data: st.DataObject) -> None:
    """And it is the engine that says so."""
    bounds = st.none() | (days if policy.date_bounds == "date" else moments)
    rules = [
        rule(data.draw(bounds), data.draw(bounds), fixed_price=Decimal(index), min_quantity=Decimal(index % 2))
        for index in range(1, 4)
    ]
    engine = PriceEngine(policy, {1: Pricelist(1, "EUR")}, {}, {}, CurrencyRates("EUR"))
    product = PricedProduct(1, 1, None, Decimal(50), Decimal(0), Decimal(0), "EUR", "EUR", 1)
    book = engine.book(rules)

    def price(at: datetime) -> Decimal:
        return engine.price(product, 1, Decimal(1), at, rules=book).amount

    at = data.draw(moments).replace(tzinfo=UTC)
    following = Boundaries.of(rules).after(at)
    last = datetime(2026, 3, 8, tzinfo=UTC) if following is None else following - timedelta(microseconds=1)
    within = data.draw(st.datetimes(at.replace(tzinfo=None), last.replace(tzinfo=None))).replace(tzinfo=UTC)
    assert price(within) == price(at) == price(last)
