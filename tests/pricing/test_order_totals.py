"""The totals of every order that the recorded servers computed come out of the tax computation."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from pricing.rounding import round_digits, to_decimal
from pricing.taxes import LineTotals, OrderLine, OrderTotals, Tax, order_totals
from tests.pricing.policies import POLICIES
from tests.pricing.recorded import DATA, announce

CENT = Decimal("0.01")
#: Taxes of the same sequence are in no particular order up to 17: each database has its own, and lists them in
#: it whenever it is asked. The recording names the taxes of a line sorted by id; this is how that 14.0 listed
#: them ("T 0.15 fixed", which enters the base of what follows, stood between the two percentages).
LISTED = {"14.0": [4, 7, 3]}


def _tax(row: dict[str, Any]) -> Tax:
    return Tax(
        id=row["id"],
        amount=to_decimal(row["amount"]),
        amount_type=row["amount_type"],
        price_include=row["price_include"],
        include_base_amount=row["include_base_amount"],
        sequence=row["sequence"],
    )


def _line(row: dict[str, Any], listed: list[int]) -> OrderLine:
    def rank(tax_id: int) -> int:
        return listed.index(tax_id) if tax_id in listed else -1

    return OrderLine(
        to_decimal(row["price_unit"]),
        to_decimal(row["quantity"]),
        sorted(row["taxes"], key=rank),
        to_decimal(row["discount"]),
    )


def _same(amount: Decimal, recorded: float) -> bool:
    """Equal to what was recorded, up to the noise of a binary float (tax amounts have up to 7 decimals)."""
    return round_digits(amount, 7) == round_digits(to_decimal(recorded), 7)


def _differences(computed: OrderTotals | LineTotals, row: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    return [
        f"{field} {getattr(computed, field)} for {row}"
        for field in fields
        if not _same(getattr(computed, field), row[field])
    ]


@pytest.mark.parametrize("version", POLICIES)
def test_every_recorded_order(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads((DATA / version / "order_totals.json").read_text())
    taxes = {row["id"]: _tax(row) for row in data["taxes"]}
    checked_lines, methods = 0, set()
    wrong: list[str] = []
    for order in data["orders"]:
        totals = order_totals(
            [_line(row, LISTED.get(version, [])) for row in order["lines"]],
            taxes,
            order["rounding"],
            CENT,
            computation=POLICIES[version].tax_computation,
        )
        methods.add(order["rounding"])
        checked_lines += len(totals.lines)
        wrong += _differences(totals, order["order"], ("amount_untaxed", "amount_tax", "amount_total"))
        for line, row in zip(totals.lines, order["lines"], strict=True):
            wrong += _differences(line, row, ("price_subtotal", "price_tax", "price_total"))
    assert not wrong, f"{len(wrong)} amounts differ, the first: {wrong[:3]}"
    assert len(data["orders"]) == 200
    assert methods == {"round_per_line", "round_globally"}
    announce(capsys, f"Odoo {version}: totals of {len(data['orders'])} orders, {checked_lines} lines reproduced")
