"""ORDER BY."""

from __future__ import annotations

import pytest

from tests.double.caller import Caller
from tests.double.shop import small_shop

VERSIONS = ("10.0", "14.0", "19.0")
T = "product.template"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("id", [1, 2, 3, 5]),
        ("id desc", [5, 3, 2, 1]),
        ("name", [3, 1, 5, 2]),  # by code points: digits, capitals, small letters
        ("name desc", [2, 5, 1, 3]),
        ("list_price desc, id desc", [1, 5, 2, 3]),
        ("list_price, name desc", [3, 2, 5, 1]),
        ("sequence, id desc", [5, 2, 1, 3]),  # never set: NULL, last
        ("sequence desc, id", [3, 1, 2, 5]),  # and first the other way round
        ("categ_id desc, id", [3, 2, 1, 5]),  # by the category's own order; none comes first, descending
    ],
)
def test_orders(version: str, order: str, expected: list[int]) -> None:
    assert Caller(small_shop(version))(T, "search", [], order=order) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_many2one_by_the_order_of_the_other_model(version: str) -> None:
    double = small_shop(version)
    table = double.db.table("product.category")
    for record_id, left in ((3, 5), (4, 3)):  # 10 orders by the nested set, later versions by the name path
        table.put({**(table.get(record_id) or {}), "parent_left": left})
    expected = [2, 1, 5, 3] if version == "10.0" else [1, 5, 2, 3]
    assert Caller(double)(T, "search", [], order="categ_id, id") == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_order_in_the_context_language(version: str) -> None:
    names = Caller(small_shop(version))(T, "search_read", [], ["name"], order="name", context={"lang": "fr_FR"})
    assert [row["name"] for row in names] == ["50% off", "Cherry_x", "Pomme", "banana"]


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_are_cuts_of_the_whole(version: str) -> None:
    caller = Caller(small_shop(version))
    whole = caller(T, "search", [], order="name")
    pages = [caller(T, "search", [], offset=start, limit=2, order="name") for start in (0, 2, 4)]
    assert [record_id for page in pages for record_id in page] == whole


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("order", ["name sideways", "name; drop table", "nofield"])
def test_bad_orders_fail(version: str, order: str) -> None:
    fault = Caller(small_shop(version)).fault(T, "search", [], order=order)
    assert fault.class_name == ("ValueError" if order == "nofield" else "UserError")
