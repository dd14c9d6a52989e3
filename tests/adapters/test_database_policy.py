"""What of the way to price is the database's own: decimals of prices, discounts and quantities; the company's VAT."""

from __future__ import annotations

import pytest

from tests.adapters.customers import VERSIONS, shop

NAMES = {
    "Product Price": "price_digits",
    "Discount": "discount_digits",
    "Product Unit of Measure": "quantity_digits",
    "Product Unit": "quantity_digits",
}


@pytest.mark.parametrize("version", VERSIONS)
async def test_decimals_are_those_of_the_database(version: str) -> None:
    async with shop(version) as found:
        assert await found.adapter.database_policy() == found.adapter.pricing_policy  # as it is shipped
        table = found.double.db.table("decimal.precision")
        names = {row["name"]: row for key in table.ids() if (row := table.get(key)) is not None}
        changed = {}
        for digits, (name, ours) in enumerate(NAMES.items(), start=4):
            if name in names:
                names[name]["digits"] = digits
                changed[ours] = digits
        assert len(changed) == 3
        policy = await found.adapter.database_policy()
        if version == "19.0":  # answers prices as they are
            assert policy.price_digits is None
            del changed["price_digits"]
        assert {name: getattr(policy, name) for name in changed} == changed
        assert policy.fiscal == found.adapter.pricing_policy.fiscal


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_companys_own_vat(version: str) -> None:
    async with shop(version) as found:
        (company,) = await found.adapter.companies()
        (row,) = [found.double.db.table("res.partner").get(1)]
        assert row is not None
        assert company.vat == (row.get("vat") or None) == "BE0477472701"
