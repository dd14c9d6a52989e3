"""Sums of purchases: one row for each currency, in the product's unit, whatever the lines were in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records import Currency
from adapters.records.pricing import Uom
from adapters.records.stats import PurchasedVariant
from resolvers.stats_sums import Amount, amounts_of, in_unit, plain, rounding_of, variant_sums

ROUNDING = rounding_of(
    {
        code: Currency(id=1, code=code, symbol=code, symbol_first=False, rounding=step, digits=2)
        for code, step in {"EUR": "0.01", "JPY": "1", "CHF": "0.05"}.items()
    }
)
PIECE, DOZEN, KILO = (
    Uom(1, Decimal(1), 1),
    Uom(2, Decimal("0.083333"), 1, factor_inv=Decimal(12)),
    Uom(3, Decimal(1), 2),
)
UOMS = {uom.id: uom for uom in (PIECE, DOZEN, KILO)}
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100)
PARTS = st.lists(
    st.builds(
        PurchasedVariant,
        variant_id=st.integers(1, 4),
        uom_id=st.sampled_from([1, 2, 3, 9]),
        currency=st.sampled_from(["EUR", "USD"]),
        quantity=st.integers(0, 10**6).map(Decimal),
        untaxed=CENTS,
        total=CENTS,
    ),
    max_size=30,
)


def part(
    quantity: str, *, variant_id: int = 1, uom_id: int = 1, currency: str = "EUR", untaxed: str = "10"
) -> PurchasedVariant:
    return PurchasedVariant(
        variant_id=variant_id,
        uom_id=uom_id,
        currency=currency,
        quantity=Decimal(quantity),
        untaxed=Decimal(untaxed),
        total=Decimal(untaxed) * Decimal("1.21"),
    )


def test_currencies_stay_apart() -> None:
    found = amounts_of([part("1", currency="JPY", untaxed="100"), part("1"), part("2", untaxed="5")], ROUNDING)
    assert found == [Amount("EUR", Decimal("15.00"), Decimal("18.15")), Amount("JPY", Decimal(100), Decimal(121))]
    assert found[0].tax == Decimal("3.15")
    assert amounts_of([], ROUNDING) == []


def test_noise_of_floats_is_rounded_away() -> None:
    (found,) = amounts_of([part("1", untaxed="48.0500000000000043")], ROUNDING)
    assert (str(found.untaxed), str(found.total)) == ("48.05", "58.14")
    (francs,) = amounts_of([part("1", currency="CHF", untaxed="1.03")], ROUNDING)
    assert francs.untaxed == Decimal("1.05")


def test_a_dozen_is_twelve() -> None:
    (found,) = variant_sums([part("3"), part("2", uom_id=2)], {1: 1}, UOMS, ROUNDING)
    assert found.quantity == 27
    (dozens,) = variant_sums([part("24"), part("2", uom_id=2)], {1: 2}, UOMS, ROUNDING)
    assert dozens.quantity == 4
    (hidden,) = variant_sums([part("3"), part("2", uom_id=2)], {}, UOMS, ROUNDING)
    assert hidden.quantity == 27, "of a product that is not shown it is the unit of what comes first"


@pytest.mark.parametrize("uom_id", [3, 9])
def test_units_of_another_kind_do_not_convert(uom_id: int) -> None:
    assert in_unit(Decimal("2.5"), uom_id, 1, UOMS) == Decimal("2.5")


def test_a_line_of_nothing_counts_for_nothing() -> None:
    assert variant_sums([part("0", untaxed="0")], {}, UOMS, ROUNDING) == []


@given(PARTS)
def test_nothing_is_lost(parts: list[PurchasedVariant]) -> None:
    sums = variant_sums(parts, {}, UOMS, ROUNDING)
    assert len({one.variant_id for one in sums}) == len(sums)
    for code in ("EUR", "USD"):
        told = sum((one.untaxed(code) for one in sums), Decimal(0))
        assert told == sum(
            (one.untaxed for one in parts if one.currency == code and (one.quantity or one.untaxed)), Decimal(0)
        )


@pytest.mark.parametrize(
    ("quantity", "written"), [("12.000000", "12"), ("0.500", "0.5"), ("1000000", "1000000"), ("0", "0")]
)
def test_quantities_are_written_plainly(quantity: str, written: str) -> None:
    assert str(plain(Decimal(quantity))) == written
