"""Fiscal positions: which one an order has, which taxes it maps to, and what that does to prices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.contacts import Contact, FiscalPosition, TaxMapping
from adapters.records.pricing import Tax
from pricing.errors import UnknownFiscalPositionError
from pricing.fiscal import adapted_price, map_taxes
from pricing.fiscal_positions import FiscalSeat, fiscal_position_for, line_position_for
from pricing.taxes import display_price
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19, POLICIES
from tests.pricing.recorded import announce, ref
from tests.pricing.recorded_orders import shop

if TYPE_CHECKING:
    from adapters.records.pricing import PricingPolicy

BELGIUM, FRANCE, GERMANY, NORWAY = 20, 75, 57, 165
FLANDERS, WALLONIA = 501, 502
SEAT = FiscalSeat(1, vat="BE0477472701")
CENT = Decimal("0.01")


def position(number: int, **values: Any) -> FiscalPosition:
    defaults: dict[str, Any] = {
        "id": number,
        "name": f"Position {number}",
        "sequence": number,
        "company_id": 1,
        "auto_apply": True,
        "vat_required": False,
        "country_id": None,
        "country_ids": (),
        "state_ids": (),
        "zip_from": None,
        "zip_to": None,
        "taxes": (),
    }
    return FiscalPosition(**{**defaults, **values})


def contact(country_id: int | None = BELGIUM, **values: Any) -> Contact:
    return Contact(id=7, kind="delivery", name="Clinic", commercial_partner_id=7, country_id=country_id, **values)


def found(
    policy: PricingPolicy,
    positions: list[FiscalPosition],
    delivery: Contact,
    buyer: Contact | None = None,
    set_id: int | None = None,
    seat: FiscalSeat = SEAT,
) -> int | None:
    one = fiscal_position_for(positions, policy=policy.fiscal, seat=seat, delivery=delivery, buyer=buyer, set_id=set_id)
    return one.id if one is not None else None


# --- which position


@pytest.mark.parametrize("version", POLICIES)
def test_positions_of_recorded_orders(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of all orders that Odoos keep. (By RPC, 10 and 14 set none: there it must be that none would be found.)"""
    kept = shop(version)
    told = 0
    for order in kept.orders.values():
        computed = fiscal_position_for(
            kept.positions.values(),
            policy=POLICIES[version].fiscal,
            seat=FiscalSeat(ref(order.row["company_id"]) or 0),
            delivery=kept.contacts[ref(order.row["partner_shipping_id"]) or 0],
            buyer=kept.contacts[ref(order.row["partner_id"]) or 0],
        )
        assert (computed.id if computed is not None else None) == order.position_id, order.name
        told += order.position_id is not None
    assert (len(kept.orders), told) == {"10.0": (28, 1), "14.0": (43, 0), "19.0": (81, 81)}[version]
    announce(capsys, f"Odoo {version}: fiscal positions of {len(kept.orders)} orders ({told} have one)")


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_one_that_is_set_wins(policy: PricingPolicy) -> None:
    positions = [position(1), position(2, auto_apply=False), position(3, auto_apply=False)]
    assert found(policy, positions, contact()) == 1
    assert found(policy, positions, contact(), contact(fiscal_position_id=2)) == 2
    assert found(policy, positions, contact(fiscal_position_id=3), contact(fiscal_position_id=2)) == 3
    assert found(policy, positions, contact(fiscal_position_id=3), set_id=2) == 2
    with pytest.raises(UnknownFiscalPositionError):
        found(policy, positions, contact(fiscal_position_id=9))


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_only_those_of_the_company_that_apply_by_themselves(policy: PricingPolicy) -> None:
    assert found(policy, [position(1, company_id=2), position(2, auto_apply=False)], contact()) is None
    assert found(policy, [position(1, company_id=None)], contact()) == 1


@pytest.mark.parametrize("policy", [ODOO_10, ODOO_14], ids=["10.0", "14.0"])
def test_the_narrowest_region_wins(policy: PricingPolicy) -> None:
    positions = [
        position(1),
        position(2, country_ids=(BELGIUM, FRANCE)),
        position(3, country_id=BELGIUM),
        position(4, country_id=BELGIUM, zip_from="5000", zip_to="5999"),
        position(5, country_id=BELGIUM, state_ids=(WALLONIA,)),
        position(6, country_id=BELGIUM, state_ids=(WALLONIA,), zip_from="5000", zip_to="5999"),
    ]
    assert found(policy, positions, contact(state_id=WALLONIA, zip="5000")) == 6
    assert found(policy, positions, contact(state_id=WALLONIA, zip="6000")) == 5
    assert found(policy, positions, contact(state_id=FLANDERS, zip="5999")) == 4
    assert found(policy, positions, contact(state_id=FLANDERS, zip="9000")) == 3
    assert found(policy, positions, contact()) == 3
    assert found(policy, positions, contact(FRANCE)) == 2
    assert found(policy, positions, contact(NORWAY)) == 1
    assert found(policy, positions, contact(None)) is None


@pytest.mark.parametrize("policy", [ODOO_10, ODOO_14], ids=["10.0", "14.0"])
def test_those_for_vat_numbers_come_first(policy: PricingPolicy) -> None:
    positions = [position(1, country_id=FRANCE), position(2, vat_required=True)]
    assert found(policy, positions, contact(FRANCE)) == 1
    assert found(policy, positions, contact(FRANCE), contact(FRANCE, vat="FR40303265045")) == 2
    assert found(policy, positions[:1], contact(FRANCE), contact(FRANCE, vat="FR40303265045")) == 1


def test_zips_as_numbers_and_as_texts() -> None:
    positions = [position(1, country_id=BELGIUM, zip_from="900", zip_to="9999"), position(2, country_id=BELGIUM)]
    assert found(ODOO_10, positions, contact(zip="1000")) == 1
    assert found(ODOO_14, positions, contact(zip="1000")) == 2
    assert found(ODOO_10, positions, contact(zip="B-1000")) == 2
    assert found(ODOO_14, positions, contact(zip="9500A")) == 1


def test_the_first_by_sequence_that_fits_in_all() -> None:
    positions = [
        position(5, sequence=1, country_id=BELGIUM, state_ids=(WALLONIA,), zip_from="5000", zip_to="5999"),
        position(4, sequence=2, country_ids=(FRANCE, GERMANY), vat_required=True),
        position(3, sequence=3, country_ids=(FRANCE, GERMANY), excluded_state_ids=(700,)),
        position(2, sequence=4, country_id=BELGIUM),
        position(1, sequence=5),
    ]
    assert found(ODOO_19, positions, contact(state_id=WALLONIA, zip="5000")) == 5
    assert found(ODOO_19, positions, contact(state_id=WALLONIA)) == 2
    assert found(ODOO_19, positions, contact(FRANCE, vat="FR40303265045")) == 4
    assert found(ODOO_19, positions, contact(FRANCE)) == 3
    assert found(ODOO_19, positions, contact(GERMANY, state_id=700)) == 1
    assert found(ODOO_19, positions, contact(NORWAY)) == 1
    assert found(ODOO_19, [position(1, sequence=1), *positions], contact()) == 1
    assert found(ODOO_19, positions, contact(NORWAY), contact(None)) is None


def test_own_positions_before_those_of_companies_above() -> None:
    positions = [position(1, company_id=9), position(2, company_id=8), position(3, sequence=99)]
    seat = FiscalSeat(1, parent_ids=(8, 9))
    assert found(ODOO_19, positions, contact(), seat=seat) == 3
    assert found(ODOO_19, positions[:2], contact(), seat=seat) == 2


def test_a_vat_number_of_the_company_s_country_decides_by_the_buyer_s_address() -> None:
    """Only in 19, and only in the European Union."""
    positions = [position(1, country_id=BELGIUM), position(2, country_id=FRANCE)]
    at_home = contact(BELGIUM, vat="BE0428759497")
    assert found(ODOO_19, positions, contact(FRANCE), at_home) == 1
    assert found(ODOO_14, positions, contact(FRANCE), at_home) == 2
    assert found(ODOO_19, positions, contact(FRANCE), contact(BELGIUM, vat="NL123456782B90")) == 2
    norwegian = FiscalSeat(1, vat="NO995525828")
    assert found(ODOO_19, positions, contact(FRANCE), contact(NORWAY, vat="NO1"), seat=norwegian) == 2


def test_lines_of_an_order_without_a_position() -> None:
    positions = [position(1, country_id=FRANCE), position(2, auto_apply=False)]

    def of_lines(policy: PricingPolicy, buyer: Contact) -> int | None:
        one = line_position_for(None, positions, policy=policy.fiscal, seat=SEAT, buyer=buyer)
        return one.id if one is not None else None

    french = contact(FRANCE)
    assert [of_lines(policy, french) for policy in POLICIES.values()] == [None, 1, None]
    set_by_hand = contact(FRANCE, fiscal_position_id=2)
    assert [of_lines(policy, set_by_hand) for policy in POLICIES.values()] == [2, 2, None]
    for policy in POLICIES.values():
        given_one = line_position_for(positions[1], positions, policy=policy.fiscal, seat=SEAT, buyer=french)
        assert given_one is positions[1]


# --- which taxes


def test_mapping_of_taxes() -> None:
    mappings = (
        TaxMapping(tax_id=1, to=11),
        TaxMapping(tax_id=2, to=None),
        TaxMapping(tax_id=3, to=12),
        TaxMapping(tax_id=3, to=13),
        TaxMapping(tax_id=5, to=11),
    )
    mapped = position(1, taxes=mappings)
    assert map_taxes(mapped, (1, 4)) == (11, 4)
    assert map_taxes(mapped, (2,)) == ()
    assert map_taxes(mapped, (3, 2, 4)) == (12, 13, 4)
    assert map_taxes(mapped, (1, 5)) == (11,)
    assert map_taxes(None, (1, 2)) == (1, 2)
    assert map_taxes(position(2), (1, 2)) == (1, 2)
    assert map_taxes(position(3, removes_all=True), (1, 2)) == ()


# --- which price


TAXES = {
    1: Tax(1, Decimal(21), price_include=True),
    2: Tax(2, Decimal(6), price_include=True),
    3: Tax(3, Decimal(21)),
    4: Tax(4, Decimal(0)),
    5: Tax(5, Decimal("0.15"), "fixed", price_include=True, include_base_amount=True, sequence=0),
}


def adapted(policy: PricingPolicy, price: str, old: tuple[int, ...], new: tuple[int, ...]) -> Decimal:
    return adapted_price(Decimal(price), old, new, TAXES, policy, rounding_method="round_per_line", company_step=CENT)


@pytest.mark.parametrize("policy", [ODOO_10, ODOO_14], ids=["10.0", "14.0"])
def test_included_taxes_that_go_are_taken_out_and_rounded(policy: PricingPolicy) -> None:
    assert adapted(policy, "106", (2,), (4,)) == Decimal("100.00")
    assert adapted(policy, "9.99", (1,), ()) == Decimal("8.26")
    assert adapted(policy, "106", (2,), (1,)) == Decimal("100.00"), "included taxes that come are not put in"
    assert adapted(policy, "12.105", (5, 1), (4,)) == Decimal("9.86")
    assert adapted(policy, "9.99", (3,), (4,)) == Decimal("9.99"), "a tax on top was never in the price"
    assert adapted(policy, "9.99", (1, 3), (1,)) == Decimal("9.99")


def test_included_taxes_are_replaced_unrounded() -> None:
    assert adapted(ODOO_19, "106", (2,), (1,)) == Decimal(121)
    assert adapted(ODOO_19, "106", (2,), (4,)) == Decimal(100)
    assert round(adapted(ODOO_19, "9.99", (1,), ()), 6) == Decimal("8.256198")
    assert adapted(ODOO_19, "100", (3,), (2,)) == Decimal(100), "only where all taxes of the product are included"
    assert adapted(ODOO_19, "100", (1, 3), (4,)) == Decimal(100)
    assert adapted(ODOO_19, "100", (), (1,)) == Decimal(121), "of no taxes all are included, as Odoo has it"
    assert adapted(ODOO_19, "12.25", (5, 1), (5,)) == Decimal("12.25") / Decimal("1.21")


prices = st.decimals(Decimal("0.01"), Decimal(5000), places=2)
rates = st.decimals(Decimal(0), Decimal(30), places=1)


@given(prices, rates, rates)
def test_what_is_without_tax_stays_the_same_when_included_taxes_are_replaced(
    price: Decimal, old: Decimal, new: Decimal
) -> None:
    """To the cent: 19 keeps the price without tax, whatever tax is in the price."""
    taxes = {1: Tax(1, old, price_include=True), 2: Tax(2, new, price_include=True)}
    changed = adapted_price(price, (1,), (2,), taxes, ODOO_19, rounding_method="round_per_line", company_step=CENT)
    before = display_price(price, (1,), taxes, Decimal("1e-9"), computation="batches")
    after = display_price(changed, (2,), taxes, Decimal("1e-9"), computation="batches")
    assert abs(before.tax_excluded - after.tax_excluded) <= Decimal("2e-9")


@given(prices, rates, st.sampled_from([ODOO_10, ODOO_14]))
def test_the_price_without_an_included_tax_is_what_was_shown_without_tax(
    price: Decimal, rate: Decimal, policy: PricingPolicy
) -> None:
    taxes = {1: Tax(1, rate, price_include=True)}
    net = adapted_price(price, (1,), (), taxes, policy, rounding_method="round_per_line", company_step=CENT)
    assert net == display_price(price, (1,), taxes, CENT, computation=policy.tax_computation).tax_excluded
