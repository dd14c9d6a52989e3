"""The rules of every version come to the same prices, and leave no choice between equal rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from demo.dataset import Dataset
from tests.wholesale.reference_prices import Prices, rows

_MOMENTS = (
    datetime(2024, 3, 10, 12, tzinfo=UTC),  # in the past period
    datetime(2024, 4, 1, 0, 0, 1, tzinfo=UTC),  # a second after it
    datetime(2026, 11, 21, 6, tzinfo=UTC),
    datetime(2040, 1, 1, tzinfo=UTC),  # the first moment of the future one
)
_QUANTITIES = (1, 2, 3, 5, 12, 100)


@pytest.fixture(scope="session")
def prices(datasets: dict[str, Dataset]) -> dict[str, Prices]:
    return {version: Prices(dataset) for version, dataset in datasets.items()}


def test_prices_are_equal_in_every_version(datasets: dict[str, Dataset], prices: dict[str, Prices]) -> None:
    variants = list(datasets["19.0"].tables["product.product"].ids())[:60]
    pricelists = list(datasets["19.0"].tables["product.pricelist"].ids())
    seen: Counter[str] = Counter()
    for variant_id in variants:
        for pricelist_id in pricelists:
            for when in _MOMENTS:
                for quantity in _QUANTITIES:
                    asked = (variant_id, pricelist_id, quantity, when)
                    found = {version: known.price(*asked) for version, known in prices.items()}
                    assert len(set(found.values())) == 1, (asked, found)
                    row = prices["19.0"].matching(*asked)[0]
                    seen[f"{row['applied_on']} {row['compute_price']} {row['base']}"] += 1
    assert {kind for kind, times in seen.items() if times > 20} >= {
        "0_product_variant fixed list_price",
        "1_product fixed list_price",
        "1_product percentage list_price",
        "2_product_category formula list_price",
        "2_product_category formula standard_price",
        "2_product_category percentage list_price",
        "3_global formula pricelist",
        "3_global formula standard_price",
        "3_global percentage list_price",
        "3_global percentage pricelist",
    }


def test_no_two_rules_are_equal_in_rank(dataset: Dataset) -> None:
    keys = Counter(
        (
            row["pricelist_id"],
            row["applied_on"],
            row.get("product_id", 0),
            row.get("product_tmpl_id", 0),
            row.get("categ_id", 0),
            row.get("min_quantity", 0),
        )
        for row in rows(dataset, "product.pricelist.item")
    )
    assert [key for key, times in keys.items() if times > 1] == []


def test_every_pricelist_has_a_rule_for_everything(dataset: Dataset) -> None:
    everything = {
        row["pricelist_id"]
        for row in rows(dataset, "product.pricelist.item")
        if row["applied_on"] == "3_global" and not {"min_quantity", "date_start", "date_end"} & row.keys()
    }
    assert everything == set(dataset.tables["product.pricelist"].ids())


def test_a_smallest_margin_has_a_largest_one(dataset: Dataset) -> None:
    """14.0 refuses a rule whose smallest margin is above the largest, even if that one is not set."""
    for row in rows(dataset, "product.pricelist.item"):
        assert row.get("price_min_margin", 0.0) <= row.get("price_max_margin", 0.0)


def test_foreign_pricelists_have_no_formulas(dataset: Dataset) -> None:
    """Versions compute formulas before or after the conversion; what is proportional to the price does not care."""
    euro = next(rows(dataset, "res.company"))["currency_id"]
    foreign = [row for row in rows(dataset, "product.pricelist.item") if row["currency_id"] != euro]
    assert {row["compute_price"] for row in foreign} == {"fixed", "percentage"}
    assert len({row["currency_id"] for row in foreign}) == 2
    assert {row["base"] for row in foreign} == {"list_price"}


def test_a_percentage_on_the_cost_is_never_used(dataset: Dataset) -> None:
    """10.0 and 14.0 take it from the cost, 19.0 from the list price."""
    assert not [
        row["id"]
        for row in rows(dataset, "product.pricelist.item")
        if row["compute_price"] == "percentage" and row["base"] == "standard_price"
    ]


def test_nearly_every_product_has_a_price_of_its_own_in_nearly_every_pricelist(datasets: dict[str, Dataset]) -> None:
    dataset = datasets["19.0"]
    pairs = {
        (row["pricelist_id"], row["product_tmpl_id"])
        for row in rows(dataset, "product.pricelist.item")
        if "product_tmpl_id" in row
    }
    most = len(dataset.tables["product.pricelist"]) * len(dataset.tables["product.template"])
    assert 0.75 < len(pairs) / most < 0.95
