"""Cursors on a real engine: each product once, whichever way, whatever the order, whoever answers the next page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.double import Double
from demo.wholesale import generate
from resolvers.search_cursors import Cursor
from search import paging
from tests.identity.matrix_shop import Persona, Shop, shop
from tests.search.beside import indexed
from tests.support.opensearch import OpenSearch

pytestmark = pytest.mark.timeout(600)

PAGE = """
query($first: Int, $after: String, $last: Int, $before: String, $filter: ProductFilterInput, $search: String,
      $sort: ProductSortInput) {
  productConnection(first: $first, after: $after, last: $last, before: $before, filter: $filter, search: $search,
                    sort: $sort) {
    totalCount edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
CUSTOMER = Persona(("backoffice",), 4)
ORDERS: list[dict[str, Any]] = [
    {},
    {"sort": {"id": "DESC"}},
    {"sort": {"name": "ASC"}},
    {"sort": {"name": "DESC"}},
    {"sort": {"price": "DESC"}},
    {"sort": {"unitPrice": "ASC"}},
    {"sort": {"popular": "DESC"}},
    {"sort": {"newest": "DESC"}},
    {"search": "pharmacy"},
    {"search": "phramacy"},
    {"search": "phramacy", "sort": {"name": "ASC"}},
]


#: those whose order hangs on the products alone, whoever finds them
SORTED = [one for one in ORDERS if "search" not in one]
#: Names that Odoo's databases sort otherwise than the engine, each in a way of its own.
NAMES = (
    "Zebra", "abc", "Abd", "ABE", "Écu", "ecu", "e\u0301cv", "zèbre", "Aegis", "Ægis", "ægir", "Oeuf", "œuf", "Strasse",
    "Straße", "Łódź", "Lodz", "- dash", "_under", "(paren)", "«Guillemets»", "“Quoted”", "'Quoted'", "Ωmega", "ωmega",
    "İstanbul", "istanbul", "ﬁne", "fine", "½ dose", "1/2 dose", "№ 5", "Ёлка", "елка", "Ὀδύσσεια", "日本", "x²", "x2",
    "ſharp", "Kelvin", "™ mark", "𝒜 script", "ａｂｃ", "ABC",
)  # fmt: skip


@dataclass
class Shops:
    by_index: Shop
    by_odoo: Shop

    async def page(self, shop: Shop, **variables: Any) -> Any:
        return (await shop.ask(PAGE, variables, CUSTOMER))["data"]["productConnection"]

    async def every(self, **variables: Any) -> list[int]:
        page = await self.page(self.by_index, first=500, **variables)
        return ids(page)


def rename(double: Double) -> None:
    """Give products the names, in all languages."""
    table = double.dataset.tables["product.template"]
    for id_, name in zip(sorted(table.ids()), NAMES, strict=False):
        row = table.get(id_) or {}
        for key in [key for key in row if key == "name" or key.startswith("name@")]:
            double.write("product.template", [id_], {"name": name}, {"lang": key.partition("@")[2] or None})


def ids(page: Any) -> list[int]:
    return [edge["node"]["id"] for edge in page["edges"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shops(opensearch: OpenSearch) -> AsyncIterator[Shops]:
    double = Double(generate("19.0", products=60, pricelists=5))
    rename(double)
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(indexed(double, opensearch))
        by_index = await stack.enter_async_context(shop(double, None, **beside.settings, local_cache_bytes=2**22))
        yield Shops(by_index, await stack.enter_async_context(shop(double, None)))


@pytest.fixture(params=[10_000, 15], ids=["near", "far"])
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How far the engine counts: also less than the shop has."""
    monkeypatch.setattr(paging, "MAX_WINDOW", request.param)
    return int(request.param)


@pytest.mark.parametrize("asked", ORDERS, ids=str)
async def test_forwards_and_backwards_each_once(shops: Shops, asked: dict[str, Any], window: int) -> None:
    del window
    every, met, after = await shops.every(**asked), list[int](), None
    assert len(every) > 20
    while True:
        page = await shops.page(shops.by_index, first=7, after=after, **asked)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        met += ids(page)
        assert page["totalCount"] == len(every)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert met == every
    met, before = [], None
    while True:
        page = await shops.page(shops.by_index, last=7, before=before, **asked)
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        met = ids(page) + met
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert met == every


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_window_is_that_of_the_whole_list(shops: Shops, data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(ORDERS))
    whole = await shops.page(shops.by_index, first=500, **asked)
    every, cursors = ids(whole), [edge["cursor"] for edge in whole["edges"]]
    places = st.none() | st.integers(0, len(every) - 1)
    after, before = data.draw(places), data.draw(places)
    size, backward = data.draw(st.integers(0, 12)), data.draw(st.booleans())
    page = await shops.page(
        shops.by_index,
        after=None if after is None else cursors[after],
        before=None if before is None else cursors[before],
        **{"last" if backward else "first": size},
        **asked,
    )
    start = 0 if after is None else after + 1
    stop = len(every) if before is None else max(before, start)
    start, stop = (max(start, stop - size), stop) if backward else (start, min(stop, start + size))
    assert ids(page) == every[start:stop]
    if start < stop:
        assert page["pageInfo"]["hasNextPage"] is (stop < len(every))
        assert page["pageInfo"]["hasPreviousPage"] is (start > 0)


async def test_the_mistyped_are_answered_where_nothing_is_as_it_was_typed(shops: Shops) -> None:
    right, wrong = [await shops.every(search=text) for text in ("pharmacy", "phramacy")]
    assert right
    assert set(right) <= set(wrong)


@pytest.mark.parametrize("asked", SORTED, ids=str)
async def test_whoever_answers_the_next_page(shops: Shops, asked: dict[str, Any]) -> None:
    """The engine goes away and comes back between two pages: they fit together."""
    every, met, after = await shops.every(**asked), list[int](), None
    for turn in range(len(every)):
        answers = shops.by_odoo if turn % 2 else shops.by_index
        page = await shops.page(answers, first=7, after=after, **asked)
        met += ids(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert met == every


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whoever_answers_whichever_page(shops: Shops, data: st.DataObject) -> None:
    """No product is lost and none comes twice, however often the engine goes and comes, either way."""
    asked, backward = data.draw(st.sampled_from(SORTED)), data.draw(st.booleans())
    every, met, cursor = await shops.every(**asked), list[int](), None
    size, place, more, end = (
        ("last", "before", "hasPreviousPage", "startCursor")
        if backward
        else ("first", "after", "hasNextPage", "endCursor")
    )
    while True:
        answers = data.draw(st.sampled_from((shops.by_index, shops.by_odoo)))
        page = await shops.page(answers, **{size: data.draw(st.integers(1, 20)), place: cursor}, **asked)
        met = ids(page) + met if backward else met + ids(page)
        cursor = page["pageInfo"][end]
        if not page["pageInfo"][more]:
            break
    assert met == every


async def test_a_cursor_tells_nothing_that_is_not_shown(shops: Shops) -> None:
    """How often products are sold, and how rare words are among all documents, are nobody's but the shop's."""
    for asked in ({"sort": {"popular": "DESC"}}, {"search": "duo"}, {"sort": {"newest": "ASC"}}):
        page = await shops.page(shops.by_index, first=3, **asked)
        for edge in page["edges"]:
            assert Cursor.decode(edge["cursor"], "after").values == ()
    page = await shops.page(shops.by_index, first=3, sort={"price": "ASC"})
    assert len(Cursor.decode(page["edges"][0]["cursor"], "after").values) == 2


@pytest.mark.parametrize("asked", ORDERS[:6], ids=str)
async def test_a_product_that_moved_or_went_hides_no_other(shops: Shops, asked: dict[str, Any], window: int) -> None:
    del window
    whole = await shops.page(shops.by_index, first=500, **asked)
    every, cursors = ids(whole), [edge["cursor"] for edge in whole["edges"]]
    moved = Cursor(30, every[4]).encode()
    assert ids(await shops.page(shops.by_index, first=5, after=moved, **asked)) == every[5:10]
    assert ids(await shops.page(shops.by_index, last=3, before=moved, **asked)) == every[1:4]
    gone = Cursor(10, 999_999).encode()
    assert ids(await shops.page(shops.by_index, first=5, after=gone, **asked)) == every[10:15]
    assert ids(await shops.page(shops.by_index, last=5, before=gone, **asked)) == every[5:10]
    beyond = Cursor(10**6, 999_999).encode()
    assert ids(await shops.page(shops.by_index, first=5, after=beyond, **asked)) == []
    assert ids(await shops.page(shops.by_index, last=5, before=beyond, **asked)) == every[-5:]
    before = Cursor(-3, 999_999).encode()
    assert ids(await shops.page(shops.by_index, first=2, after=before, **asked)) == every[:2]
    assert ids(await shops.page(shops.by_index, last=2, before=before, **asked)) == []
    other = {"filter": {"ids": every[::2]}, **asked}
    assert ids(await shops.page(shops.by_index, first=3, after=cursors[8], **other)) == every[10:16:2]


async def test_values_that_nobody_gave_out_end_in_an_answer(shops: Shops) -> None:
    """A forged cursor may point anywhere, and gets products all the same."""
    page = await shops.page(shops.by_index, first=1, sort={"price": "ASC"})
    search = Cursor.decode(page["edges"][0]["cursor"], "after").search
    for values in ((None, None), ("x", "y"), (1e308, -(2**53)), (True, False)):
        forged = Cursor(3, 1, search, values).encode()
        assert (await shops.page(shops.by_index, first=2, after=forged, sort={"price": "ASC"}))["totalCount"]


async def test_lists_by_numbers_go_on_beyond_what_the_engine_counts(shops: Shops, window: int) -> None:
    del window
    text = "query($p: Int) { products(pageSize: 9, currentPage: $p) { totalCount products { id slug } } }"
    met, expected = list[Any](), list[Any]()
    for number in range(1, 12):
        met += (await shops.by_index.ask(text, {"p": number}, CUSTOMER))["data"]["products"]["products"]
        expected += (await shops.by_odoo.ask(text, {"p": number}, CUSTOMER))["data"]["products"]["products"]
    assert met == expected
    assert len(met) > 40
