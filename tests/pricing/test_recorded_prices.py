"""Every price that the recorded servers answered comes out of the engine."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pricing.rounding import round_half_up, to_decimal
from tests.pricing.recorded import announce, recording

if TYPE_CHECKING:
    from tests.pricing.recorded import RecordedPrice, Recording

#: How many rows of each kind the recordings hold: a row left out is a failure too.
ROWS = {
    ("10.0", "variants"): 4508,
    ("10.0", "templates"): 2240,
    ("10.0", "dates"): 672,
    ("10.0", "units"): 336,
    ("14.0", "variants"): 3360,
    ("14.0", "dates"): 1120,
    ("19.0", "variants"): 4656,
    ("19.0", "templates"): 1044,
    ("19.0", "units"): 120,
}
AMBIGUOUS = {("10.0", "variants"): 8, ("10.0", "dates"): 20}
FLOAT_NOISE = Decimal("1e-9")
CENT = Decimal("0.01")


def _reproduced(row: RecordedPrice, amount: Decimal, recorded: Recording) -> bool:
    """Equal but for binary noise, equal when rounded to the currency, and equal as the version rounds it."""
    price = Decimal(row.price)
    return (
        abs(amount - price) <= FLOAT_NOISE
        and round_half_up(amount, CENT) == round_half_up(to_decimal(row.price), CENT)
        and (row.field_price is None or recorded.engine.answered(amount) == to_decimal(row.field_price))
    )


@pytest.mark.parametrize(("version", "kind"), ROWS)
def test_every_recorded_price(version: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = recording(version)
    rows = recorded.prices[kind]
    wrong = []
    for row in rows:
        answers = recorded.engine.possible_prices(
            row.product, row.pricelist_id, row.quantity, row.at, uom_id=row.uom_id, rules=recorded.book
        )
        if not row.ambiguous:
            answers = answers[:1]
        if not any(_reproduced(row, one.amount, recorded) and one.rule_id == row.rule_id for one in answers):
            wrong.append((row, answers))
    assert not wrong, f"{len(wrong)} of {len(rows)} differ, the first: {wrong[:3]}"
    assert len(rows) == ROWS[version, kind]
    ambiguous = sum(row.ambiguous for row in rows)
    assert ambiguous == AMBIGUOUS.get((version, kind), 0)
    announce(capsys, f"Odoo {version}, {kind}: {len(rows)} prices reproduced ({ambiguous} of them ambiguous)")


@pytest.mark.parametrize(("version", "kind"), ROWS)
def test_price_is_the_first_of_the_possible_prices(version: str, kind: str) -> None:
    recorded = recording(version)
    for row in recorded.prices[kind]:
        asked = (row.product, row.pricelist_id, row.quantity, row.at)
        possible = recorded.engine.possible_prices(*asked, uom_id=row.uom_id, rules=recorded.book)
        assert possible[0] == recorded.engine.price(*asked, uom_id=row.uom_id, rules=recorded.book)


def test_ambiguous_rows_are_those_with_several_possible_prices() -> None:
    """What the recording calls ambiguous is what the engine finds tied, among the rows it looked at."""
    recorded = recording("10.0")
    for row in recorded.prices["variants"]:
        possible = recorded.engine.possible_prices(
            row.product, row.pricelist_id, row.quantity, row.at, rules=recorded.book
        )
        assert row.ambiguous == (len({one.amount for one in possible}) > 1), row
