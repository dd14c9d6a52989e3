"""Domains: every operator, paths, trees, translations, and SQL's ways with NULL."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.double.errors import OdooFault
from tests.double.caller import Caller
from tests.double.shop import small_shop

VERSIONS = ("10.0", "14.0", "19.0")
T = "product.template"


def ids(caller: Caller, domain: list[Any], **kwargs: Any) -> list[int]:
    return sorted(caller(T, "search", domain, **kwargs))


CASES: list[tuple[list[Any], list[int]]] = [
    ([], [1, 2, 3, 5]),
    ([["active", "=", False]], [4]),
    ([["active", "in", [True, False]]], [1, 2, 3, 4, 5]),
    ([["id", "=", 2]], [2]),
    ([["id", "in", [2, 4, 99]]], [2]),
    ([["id", ">", 2]], [3, 5]),
    ([["id", "not in", [1, 2]]], [3, 5]),
    ([["name", "=", "Apple"]], [1]),
    ([["name", "!=", "Apple"]], [2, 3, 5]),
    ([["name", "like", "an"]], [2]),
    ([["name", "ilike", "APP"]], [1]),
    ([["name", "not ilike", "app"]], [2, 3, 5]),
    ([["name", "=like", "%rry_x"]], [5]),
    ([["name", "=ilike", "b%"]], [2]),
    ([["name", "like", "0%"]], [3]),  # % is a wildcard inside the pattern too
    ([["name", "=like", "_anana"]], [2]),
    ([["name", "ilike", ""]], [1, 2, 3, 5]),
    ([["list_price", ">=", 7.5]], [1, 5]),
    ([["list_price", "<", 7.5]], [2, 3]),
    ([["list_price", "=", 5]], [2]),
    ([["list_price", "=", 0]], [3]),
    ([["categ_id", "=", False]], [3]),
    ([["categ_id", "!=", False]], [1, 2, 5]),
    ([["categ_id", "!=", 3]], [2, 3]),
    ([["categ_id", "in", [3, False]]], [1, 3, 5]),
    ([["categ_id", "not in", [3]]], [2, 3]),
    ([["categ_id", "child_of", 2]], [1, 2, 5]),
    ([["categ_id", "child_of", [3]]], [1, 5]),
    ([["categ_id", "child_of", "Soft"]], [2]),
    ([["categ_id", "parent_of", [3]]], [1, 5]),
    ([["categ_id", "ilike", "hard"]], [1, 5]),
    ([["categ_id.name", "=", "Soft"]], [2]),
    ([["categ_id.parent_id.name", "=", "Fruit"]], [1, 2, 5]),
    ([["categ_id.name", "!=", "Soft"]], [1, 5]),  # no category: the path leads nowhere
    ([["public_categ_ids", "=", 11]], [2, 3]),
    ([["public_categ_ids", "in", [10]]], [3]),
    ([["public_categ_ids", "not in", [10]]], [1, 2, 5]),
    ([["public_categ_ids", "=", False]], [1, 5]),
    ([["public_categ_ids", "!=", False]], [2, 3]),
    ([["public_categ_ids", "child_of", [10]]], [2, 3]),
    ([["public_categ_ids.name", "=", "Shop"]], [3]),
    ([["product_variant_ids", "in", [31]]], [1]),
    ([["product_variant_ids.default_code", "=like", "SKU1%"]], [1]),
    ([["product_variant_ids", "=", False]], []),
    (["|", ["id", "=", 1], ["id", "=", 2]], [1, 2]),
    (["!", ["id", "=", 1]], [2, 3, 5]),
    (["&", "|", ["id", "=", 1], ["id", "=", 2], ["list_price", ">", 6]], [1]),
    (["!", "|", ["id", "=", 1], ["id", "=", 2]], [3, 5]),
    ([["list_price", "=?", False]], [1, 2, 3, 5]),
    ([["list_price", "=?", 10]], [1]),
    ([[1, "=", 1]], [1, 2, 3, 5]),
    ([[0, "=", 1]], []),
    ([["write_date", ">", "2026-01-02"]], [3, 5]),
    ([["write_date", ">=", "2026-01-02"]], [2, 3, 5]),
    ([["write_date", "<=", "2026-01-02"]], [1, 2]),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("domain", "expected"), CASES, ids=lambda value: str(value)[:60])
def test_operators(version: str, domain: list[Any], expected: list[int]) -> None:
    assert ids(Caller(small_shop(version)), domain) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_archived_records_show_when_asked(version: str) -> None:
    assert ids(Caller(small_shop(version)), [], context={"active_test": False}) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("version", VERSIONS)
def test_texts_are_searched_in_the_context_language(version: str) -> None:
    caller = Caller(small_shop(version))
    french = {"lang": "fr_FR"}
    assert ids(caller, [["name", "ilike", "pom"]], context=french) == [1]
    assert ids(caller, [["name", "ilike", "pom"]]) == []
    assert ids(caller, [["name", "ilike", "app"]], context=french) == []
    assert ids(caller, [["name", "ilike", "banana"]], context=french) == [2]  # not translated: the source


@pytest.mark.parametrize("version", VERSIONS)
def test_a_path_through_a_many2one_sees_archived_records(version: str) -> None:
    caller = Caller(small_shop(version))
    variants = caller(
        "product.product", "search", [["product_tmpl_id.name", "=", "Pear"]], context={"active_test": False}
    )
    assert variants == [24]


@pytest.mark.parametrize("version", VERSIONS)
def test_inherited_fields_are_searched_on_the_variant(version: str) -> None:
    caller = Caller(small_shop(version))
    assert caller("product.product", "search", [["name", "=", "Apple"]], order="id") == [21, 31]
    assert caller("product.product", "search", [["categ_id", "child_of", 3]], order="id") == [21, 25, 31]
    assert caller("product.product", "search_count", [["list_price", ">", 6]]) == 3


def test_any_since_19() -> None:
    caller = Caller(small_shop("19.0"))
    assert ids(caller, [["categ_id", "any", [["name", "=", "Soft"]]]]) == [2]
    assert ids(caller, [["categ_id", "not any", [["name", "=", "Soft"]]]]) == [1, 3, 5]
    assert ids(caller, [["product_variant_ids", "any", [["default_code", "=", "SKU1-B"]]]]) == [1]


def test_an_empty_text_is_false_since_19() -> None:
    domain = [["description_sale", "=", False]]
    assert ids(Caller(small_shop("14.0")), domain) == [1, 2]
    assert ids(Caller(small_shop("19.0")), domain) == [1, 2, 3]


def test_moments_are_compared_by_the_second_since_19() -> None:
    """In 10 and 14, the value just read finds its own record again; 19 compares whole seconds."""
    after = [["write_date", ">", "2026-01-03 10:00:00"]]
    same = [["write_date", "=", "2026-01-03 10:00:00"]]
    assert ids(Caller(small_shop("14.0")), after) == [3, 5]
    assert ids(Caller(small_shop("19.0")), after) == [5]
    assert ids(Caller(small_shop("14.0")), same) == []
    assert ids(Caller(small_shop("19.0")), same) == [3]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("domain", "error"),
    [
        ([["nofield", "=", 1]], "ValueError"),
        ([["name", "=", "x"], ["y"]], "ValueError"),
        (["|", ["id", "=", 1]], "ValueError"),
        ([["name", "nonsense", 1]], "ValueError"),
        ([["categ_id.nofield", "=", 1]], "ValueError"),
    ],
)
def test_malformed_domains_fail(version: str, domain: list[Any], error: str) -> None:
    assert Caller(small_shop(version)).fault(T, "search", domain).class_name == error


# ------------------------------------------------------------------- lookups only narrow what a scan would find

_LEAVES = st.sampled_from([case[0][0] for case in CASES if len(case[0]) == 1])
_DOMAINS = st.recursive(
    _LEAVES.map(lambda leaf: [leaf]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["&", "|"]), inner, inner).map(lambda parts: [parts[0], *parts[1], *parts[2]]),
        inner.map(lambda part: ["!", *part]),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=120, deadline=None)
@given(domain=_DOMAINS)
def test_an_index_finds_what_a_scan_finds(version: str, domain: list[Any]) -> None:
    from demo.double.domain import compile_domain

    env = _env(version)
    condition = compile_domain(env, T, domain)
    table = env.db.table(T)
    scanned = {record_id for record_id in table.ids() if condition.test(table.get(record_id) or {})}
    candidates = condition.candidates()
    if candidates is not None:
        assert scanned <= set(candidates)


_ENVS: dict[str, Any] = {}


def _env(version: str) -> Any:
    if version not in _ENVS:
        _ENVS[version] = small_shop(version).env()
    return _ENVS[version]


class CountingTable:
    """Counts the rows that are looked at."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self.rows = 0

    def __len__(self) -> int:
        return len(self.table)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def get(self, record_id: int) -> Any:
        self.rows += 1
        return self.table.get(record_id)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "leaf",
    [
        ["id", "in", [500, 501]],
        ["categ_id", "=", 77],
        ["categ_id", "in", [77]],
        ["categ_id.name", "=", "Rare"],
        ["categ_id", "child_of", [77]],
        ["public_categ_ids", "in", [10]],
        ["public_categ_ids", "child_of", [10]],
        ["product_variant_ids", "in", [21]],
        ["product_variant_ids.default_code", "=", "SKU1"],
        ["id", ">", 2990],
    ],
    ids=str,
)
def test_an_indexable_leaf_does_not_scan(version: str, leaf: list[Any]) -> None:
    double = small_shop(version)
    categories = double.db.table("product.category")
    categories.put({"id": 77, "name": "Rare", "parent_id": 1})
    templates = double.db.table(T)
    for number in range(100, 3000):
        templates.put({"id": number, "name": f"T{number}", "categ_id": 3, "active": True, "sale_ok": True})
    templates.put({**(templates.get(500) or {}), "categ_id": 77})
    counting = CountingTable(templates)
    double.dataset.tables[T] = counting
    Caller(double)(T, "search", [["sale_ok", "=", True], leaf], order="id")
    assert counting.rows < 60


def test_bad_languages() -> None:
    """14 reads the source, 19 refuses; an installed but inactive language is not installed."""
    assert Caller(small_shop("14.0"))(T, "read", [1], ["name"], context={"lang": "de_DE"})[0]["name"] == "Apple"
    with pytest.raises(OdooFault, match="Invalid language code: de_DE"):
        Caller(small_shop("19.0"))(T, "read", [1], ["name"], context={"lang": "de_DE"})
