"""What makes a promotion of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.records.pricing import PricelistRule, RuleScope
from subscriptions.promotions import Promotion, pricelist_of, promotions_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAYS = {"date_start": date(2026, 11, 1), "date_end": date(2026, 11, 30)}


def rule(number: int, **values: Any) -> PricelistRule:
    base: dict[str, Any] = {
        "id": number,
        "pricelist_id": 4,
        "scope": RuleScope.TEMPLATE,
        "target_id": number,
        "compute_price": "percentage",
        "percent_price": Decimal(15),
        **DAYS,
    }
    return PricelistRule(**{**base, **values})


def only(*rules: PricelistRule) -> Promotion:
    (found,) = promotions_of(rules, NOW)
    return found


def test_rules_of_the_same_days_and_terms_are_one() -> None:
    found = only(
        rule(1),
        rule(2),
        rule(3, scope=RuleScope.VARIANT, target_id=33),
        rule(4, scope=RuleScope.CATEGORY, target_id=9),
        rule(5, compute_price="formula", discount=Decimal("15.0"), percent_price=Decimal(0)),
    )
    assert (found.template_ids, found.variant_ids, found.category_ids) == ((1, 2, 5), (33,), (9,))
    assert (found.discount, found.percentage, found.min_quantity) == ("PERCENTAGE", Decimal(15), Decimal(1))
    assert not found.everything
    assert (found.begins, found.ends) == (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert pricelist_of(found.id) == 4


def test_other_terms_make_others() -> None:
    others = [
        rule(2, percent_price=Decimal(20)),
        rule(3, date_end=date(2026, 12, 1)),
        rule(4, date_start=None),
        rule(5, min_quantity=Decimal(10)),
        rule(6, pricelist_id=5),
        rule(7, compute_price="fixed", fixed_price=Decimal(3)),
    ]
    found = promotions_of([rule(1), *others], NOW)
    assert len(found) == len({one.id for one in found}) == 7


def test_it_is_the_same_after_an_import_and_a_migration() -> None:
    before = only(rule(1), rule(2))
    imported = only(*(replace(rule(one), id=one + 1_000) for one in (2, 1, 3)))
    assert imported.id == before.id
    # from dates to moments
    migrated = only(
        rule(1, date_start=datetime(2026, 11, 1), date_end=datetime(2026, 11, 30, 23, 59, 59))  # noqa: DTZ001
    )
    assert migrated.id == before.id
    assert migrated.ends == before.ends
    midnight = only(rule(1, date_start=datetime(2026, 11, 1), date_end=datetime(2026, 12, 1)))  # noqa: DTZ001
    assert midnight.id == before.id
    assert midnight.last_day == date(2026, 11, 30)


def test_fixed_prices_are_one_whatever_they_are() -> None:
    found = only(*(rule(one, compute_price="fixed", fixed_price=Decimal(one)) for one in (1, 2)))
    assert (found.discount, found.percentage, found.template_ids) == ("SPECIAL_PRICE", None, (1, 2))


def test_what_is_none() -> None:
    assert not promotions_of(
        [
            rule(1, date_end=None),  # a price
            rule(2, percent_price=Decimal(-5)),  # dearer
            rule(3, percent_price=Decimal(0)),
            rule(4, date_end=date(2026, 11, 21)),  # over
        ],
        NOW,
    )


def test_what_it_costs_the_shop_is_not_told() -> None:
    for values in (
        {"base": "standard_price", "discount": Decimal(-30)},
        {"discount": Decimal(10), "min_margin": Decimal(2)},
        {"discount": Decimal(10), "surcharge": Decimal(1)},
    ):
        found = only(rule(1, compute_price="formula", percent_price=Decimal(0), **values))
        assert (found.discount, found.percentage) == ("SPECIAL_PRICE", None)


def test_when_it_runs() -> None:
    found = only(rule(1, date_start=date(2026, 11, 23), date_end=date(2026, 11, 24)))
    first, last = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
    assert found.is_coming(NOW)
    assert found.changes_at(NOW) == first
    assert found.is_running(first)
    assert not found.is_coming(first)
    assert found.changes_at(first) == last
    assert found.is_running(last - timedelta(seconds=1))
    assert not found.is_running(last)
    assert found.changes_at(last) is None
    moment = only(rule(1, date_start=None, date_end=datetime(2026, 11, 22, 18, 30)))  # noqa: DTZ001
    assert moment.begins is None
    assert moment.is_running(datetime(2026, 11, 22, 18, 30, tzinfo=UTC)), "its last moment still"


def test_what_ends_first_comes_first() -> None:
    found = promotions_of([rule(1, date_end=date(2026, 12, 30)), rule(2), rule(3, scope=RuleScope.GLOBAL)], NOW)
    assert [one.ends.day for one in found] == [1, 31]
    assert found[0].everything


def test_no_ids_of_promotions() -> None:
    for text in ("", "4", "4-", "x-0123456789ab", "4-0123456789abc", "-0123456789ab"):
        assert pricelist_of(text) is None
