"""Amounts as a website shows them are those of the computation of taxes, with or without it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.pricing import CurrencyRates, Tax
from pricing.engine import PriceEngine
from pricing.taxes import display_price
from search import shown
from search.shown import Shown
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19
from tests.pricing.test_taxes import tax_lists

STEPS = {"EUR": Decimal("0.01"), "CHF": Decimal("0.05"), "JPY": Decimal(1)}
AMOUNTS = st.lists(st.decimals(Decimal(-5), Decimal(2000), places=4), min_size=1, max_size=5)


@given(
    taxes=tax_lists(),
    children=st.booleans(),
    amounts=AMOUNTS,
    policy=st.sampled_from([ODOO_10, ODOO_14, ODOO_19]),
    currency=st.sampled_from(sorted(STEPS)),
    include_tax=st.booleans(),
)
def test_as_the_computation_tells_it(
    taxes: list[Tax], children: bool, amounts: list[Decimal], policy: object, currency: str, include_tax: bool
) -> None:
    assert isinstance(policy, type(ODOO_19))
    by_id = {tax.id: tax for tax in taxes}
    tax_ids = sorted(by_id)
    if children and taxes:
        by_id[99] = replace(taxes[0], id=99, amount_type="group", children=tuple(tax_ids), price_include=False)
        tax_ids = [99]
    engine = PriceEngine(policy, {}, {}, {}, CurrencyRates("EUR", {}, STEPS))
    shows = Shown(engine, by_id, (*tax_ids, 12345), currency, include_tax=include_tax)
    for amount in (*amounts, *amounts):
        told = display_price(
            engine.answered(amount), tax_ids, by_id, STEPS[currency], computation=policy.tax_computation
        )
        assert shows.of(amount) == float(told.tax_included if include_tax else told.tax_excluded)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_REMEMBERED", 3)
    engine = PriceEngine(ODOO_19, {}, {}, {}, CurrencyRates("EUR", {}, STEPS))
    shows = Shown(engine, {}, (), "EUR", include_tax=False)
    for number in range(10):
        assert shows.of(Decimal(number) / 8) == float(round(Decimal(number) / 8 + Decimal("0.0001"), 2))
        assert len(shows._known) <= 3
