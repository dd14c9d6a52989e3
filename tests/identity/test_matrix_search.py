"""The matrix through the product index, and by searching: no text, suggestion, count or cursor tells what is hidden."""

from __future__ import annotations

import html
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from demo.double import Double
from resolvers.search_cursors import Cursor
from search.suggesting import folded_words
from tests.identity.matrix_counts import Counting
from tests.identity.matrix_shop import Indexed, Persona, Shops, shops
from tests.identity.matrix_words import EVERYWHERE, Planted, made_up, plant
from tests.identity.test_matrix import Matrix, run
from tests.search.beside import indexed
from tests.support.bff import connected
from tests.support.opensearch import OpenSearch, opensearch_or_skip

pytestmark = pytest.mark.timeout(900)

#: Through the whole matrix go, drawn by version, one with such a role, and one with others; all go through searching.
SEEING_MUCH = frozenset({"practice", "shareholder", "backoffice", "unpriced"})
#: who may search, and sees little of what products are found by
SEARCHING = Persona(("searching",))
SEARCHED = """
query($search: String, $similar: Boolean, $filter: ProductFilterInput, $sort: ProductSortInput) {
  productConnection(first: 500, search: $search, orSimilar: $similar, filter: $filter, sort: $sort) {
    totalCount edges { cursor node { id } %s }
  }
}
"""
TYPED = "query($search: String!) { searchSuggestions(search: $search, first: 20) { products { id } %s } }"
COUNTS = "categories { category { id } count } values { value { id } count }"
#: all that a search may tell to who sees names
TOLD = """
query($search: String!) {
  productConnection(first: 500, search: $search, orSimilar: true) {
    totalCount didYouMean fallback edges { highlight node { id } }
  }
  searchSuggestions(search: $search, first: 20) { products { id } %s }
}
"""


@pytest.fixture(scope="module")
def opensearch() -> Iterator[OpenSearch]:
    with opensearch_or_skip() as found:
        yield found


@dataclass(eq=False)
class World:
    """Two applications that all tests of a version share. ``source``: what finds their products."""

    shops: Shops
    version: str
    source: str
    planted: list[Planted]
    personas: list[Persona]

    @property
    def is_indexed(self) -> bool:
        return self.source == "index"

    def report(self, what: str, cells: int, personas: Iterable[Persona]) -> None:
        who = ", ".join(map(str, personas))
        print(f"\n{self.version} by {self.source}, {what}: {cells} cells, 0 leaks, of {who}")  # noqa: T201


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="session",
    params=[("10.0", "index"), ("14.0", "index"), ("14.0", "odoo"), ("19.0", "index"), ("19.0", "odoo")],
    ids="-".join,
)
async def world(
    request: pytest.FixtureRequest, opensearch: OpenSearch, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    version, source = request.param
    planted: list[Planted] = []

    @asynccontextmanager
    async def found_by(double: Double) -> AsyncIterator[Mapping[str, Any]]:
        planted.extend(plant(double))
        if source == "odoo":
            yield {}
            return
        async with indexed(double, opensearch) as beside:
            yield beside.settings

    way: Indexed = found_by
    async with shops(version, tmp_path_factory.mktemp("roles"), products=24, indexed=way) as found:
        await be_patient(found)
        yield World(found, version, source, planted, [*found.personas, SEARCHING])


async def be_patient(world: Shops) -> None:
    """However busy the machine is, Odoo and the engine count as there."""
    for one in (world.all, world.roles):
        services = one.app.state.services
        services.records._patience = 300.0
        await connected(services)


async def test_nothing_leaks(world: World) -> None:
    """The whole matrix: every field, argument, order, facet and count. (What Odoo finds goes through it at home.)"""
    if not world.is_indexed:
        pytest.skip("in test_matrix.py")
    draw = random.Random(world.version)  # noqa: S311
    much = [persona for persona in world.personas if not SEEING_MUCH.isdisjoint(persona.roles)]
    drawn = [draw.choice(much), draw.choice([persona for persona in world.personas if persona not in much])]
    cells = await run(Matrix(world.shops), drawn)
    world.report("the whole matrix", cells, drawn)
    assert cells > 5_000


async def test_nothing_is_found_out_by_searching(world: World) -> None:
    """Hidden products: by their names and codes, suggestions, filters, marks and cursors."""
    probing = Probing(Matrix(world.shops))
    for persona in world.personas:
        await probing.of(persona)
    cells = probing.matrix.done()
    world.report("searching", cells, world.personas)
    assert cells > 1_000


async def test_counts_tell_nothing(world: World) -> None:
    """Facets, totals, ranges and stock within filters drawn at random, worked out anew from what is visible."""
    matrix = Matrix(world.shops)
    counting = Counting(matrix, random.Random(f"counts {world.version}"))  # noqa: S311
    for persona in world.personas:
        await counting.of(persona, lists=20)
    cells = matrix.done()
    world.report("counts", cells, world.personas)
    assert cells > 1_000


async def test_hidden_fields_are_not_looked_into(world: World) -> None:
    """A word of a hidden field, or of a hidden product, is answered as one that nothing has."""
    matrix, found = Matrix(world.shops), Counter[str]()
    different: dict[Any, Persona] = {}
    for persona in world.personas:
        rights = matrix.oracle.rights(persona)
        different.setdefault((rights.fields, frozenset(matrix.oracle.visible(persona))), persona)
    for persona in different.values():
        rights = matrix.oracle.rights(persona)
        if rights.shows("Query.productConnection.search") and rights.shows("ProductEdge.highlight"):
            looking = Looking(matrix, persona)
            for planted in world.planted:
                found[planted.field] += await looking.met(planted)
    cells = matrix.done()
    world.report(f"words, found {found}", cells, world.personas)
    assert cells > 200
    looked_into = found.keys() if world.is_indexed else EVERYWHERE
    assert all(found[field] for field in looked_into), f"nobody finds them: {found}"


class Looking:
    """Searches for words, as they are, begun, mistyped and beside another, and as often for one that nothing has."""

    NOTHING = made_up(random.Random(1))  # noqa: S311

    def __init__(self, matrix: Matrix, persona: Persona) -> None:
        self._matrix = matrix
        self._persona = persona
        self._rights = matrix.oracle.rights(persona)
        self._visible = matrix.oracle.visible(persona)
        counted = all(self._rights.shows(f"SearchSuggestions.{one}") for one in ("categories", "values"))
        self._text = TOLD % (COUNTS if counted else "")
        self._alike: dict[str, dict[str, Any]] = {}

    async def met(self, planted: Planted) -> int:
        """How many products were found that have the word, by who may see it there."""
        shown = self._rights.shows(f"Product.{planted.field}")
        seen = planted.products & self._visible if shown else frozenset()
        met = 0
        for form in ("{0}", "{1}", "{2}qq", "vaccine {0}"):
            answer, nothing = await self._asked(form, planted.word), await self._of_nothing(form)
            where = f"{self._persona} {planted.field} {form} {planted.word!r}: {answer} instead of {nothing}"
            if seen and "errors" not in answer:
                met += len(seen & _found(answer))
                self._matrix.told(where, _found(answer) <= seen | _found(nothing))
            else:
                self._matrix.told(where, "errors" not in answer and answer == nothing)
        return met

    async def _of_nothing(self, form: str) -> dict[str, Any]:
        if form not in self._alike:
            self._alike[form] = await self._asked(form, self.NOTHING)
        return self._alike[form]

    async def _asked(self, form: str, word: str) -> dict[str, Any]:
        text = form.format(word, word[:6], word[:-2])
        return await self._matrix.world.roles.ask(self._text, {"search": text}, self._persona)


def _found(answer: Mapping[str, Any]) -> set[int]:
    return {edge["node"]["id"] for edge in answer["data"]["productConnection"]["edges"]}


class Probing:
    """Looks for what is hidden with all that the shop's rows tell of it."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.world: Shops = matrix.world
        self.names = {row["id"]: str(row["name"]) for row in matrix.oracle.sold}
        #: what everybody may read: categories, brands and other values
        common = (*self.world.rows("product.public.category"), *self.world.rows("product.attribute.value"))
        self.common = {word for row in common for word in folded_words(str(row["name"]))}

    async def of(self, persona: Persona) -> None:
        rights, visible = self.matrix.oracle.rights(persona), self.matrix.oracle.visible(persona)
        hidden = [row for row in self.matrix.oracle.sold if row["id"] not in visible][:4]
        if rights.shows("Query.products.search"):
            for text in self._texts(hidden):
                await self._searched(persona, text, visible)
        if rights.shows("Query.searchSuggestions.search"):
            for text in self._texts(hidden):
                await self._typed(persona, text, visible)
        else:
            answer = await self.world.roles.ask(TYPED % "", {"search": "a"}, persona)
            self._told(f"{persona} suggestions: {answer}", _codes(answer) == {"FORBIDDEN_FIELD"})
        await self._by_filters(persona, hidden, visible)
        await self._by_cursors(persona, hidden, visible)

    def _texts(self, hidden: Iterable[Mapping[str, Any]]) -> list[str]:
        oracle = self.matrix.oracle
        texts = {"a", "vaccine", "phar", "duo"}
        for row in hidden:
            name = str(row["name"])
            texts |= {name, name[:5], name.split(maxsplit=1)[0], name.split(maxsplit=1)[0][:-1] + "q"}
            texts |= {code for kind in ("default_code", "barcode") for code in oracle.codes(row, kind)}
        return sorted(texts)

    async def _searched(self, persona: Persona, text: str, visible: set[int]) -> None:
        """Only what is seen is found, counted and meant."""
        rights = self.matrix.oracle.rights(persona)
        highlight = "highlight node { name }" if rights.shows("ProductEdge.highlight") else ""
        for similar in (False, True):
            variables = {"search": text, "similar": similar}
            found = await self._connection(persona, variables, highlight)
            ids = [edge["node"]["id"] for edge in found["edges"]]
            where = f"{persona} search {text!r} {similar}: {ids}"
            self._told(where, set(ids) <= visible)
            self._told(f"{where} count", found["totalCount"] == len(ids))
            self._told(
                f"{where} cursors", all(_tells_nothing(edge["cursor"], edge["node"]["id"]) for edge in found["edges"])
            )
            marked = [edge for edge in found["edges"] if edge.get("highlight") is not None]
            self._told(f"{where} marks", all(_unmarked(edge["highlight"]) == edge["node"]["name"] for edge in marked))
        answer = await self.world.roles.ask(
            "query($s: String) { productConnection(search: $s) { didYouMean } }", {"s": text}, persona
        )
        seen = {word for id_ in visible for word in folded_words(self.names[id_])}
        meant = folded_words(answer["data"]["productConnection"]["didYouMean"] or "")
        self._told(f"{persona} meant by {text!r}: {meant}", set(meant) <= seen | self.common | set(folded_words(text)))
        self._told(f"{persona} may know what is meant", bool(rights.shows("Products.didYouMean")) or not meant)

    async def _typed(self, persona: Persona, text: str, visible: set[int]) -> None:
        """What is suggested leads to what is seen, and is counted by that."""
        answer = await self.world.roles.ask(TYPED % COUNTS, {"search": text}, persona)
        found = answer["data"]["searchSuggestions"]
        where = f"{persona} typed {text!r}: {found}"
        rights, oracle = self.matrix.oracle.rights(persona), self.matrix.oracle
        self._told(where, {product["id"] for product in found["products"]} <= visible)
        if rights.shows("SearchSuggestions.categories"):
            counts = oracle.in_categories(persona)
            told = {one["category"]["id"]: one["count"] for one in found["categories"]}
            self._told(f"{where} categories", all(counts.get(key) == count for key, count in told.items()))
        else:
            self._told(f"{where} categories are hidden", found["categories"] is None)
        if rights.shows("SearchSuggestions.values"):
            facets = await self._facets(persona)
            told = {one["value"]["id"]: one["count"] for one in found["values"]}
            self._told(f"{where} values", all(facets.get(key) == count for key, count in told.items()))
        else:
            self._told(f"{where} values are hidden", found["values"] is None)

    async def _facets(self, persona: Persona) -> dict[int, int]:
        """Counts of values among what is seen: of these `_of_aggregates` has found that they are right."""
        text = "{ productConnection { facets { values { value { id } count } } } }"
        answer = await self.world.roles.ask(text, {}, persona)
        facets = answer["data"]["productConnection"]["facets"]
        return {one["value"]["id"]: one["count"] for facet in facets for one in facet["values"]}

    async def _by_filters(self, persona: Persona, hidden: list[Mapping[str, Any]], visible: set[int]) -> None:
        rights = self.matrix.oracle.rights(persona)
        for row in hidden:
            probes: list[tuple[str, dict[str, Any]]] = [("ids", {"ids": [row["id"]]})]
            if rights.shows("ProductFilterInput.name"):
                probes.append(("name", {"name": str(row["name"])}))
            if rights.shows("ProductFilterInput.minPrice"):
                probes.append(("prices", {"minPrice": row["list_price"], "maxPrice": row["list_price"]}))
            for name, wanted in probes:
                found = await self._connection(persona, {"filter": wanted})
                ids = {edge["node"]["id"] for edge in found["edges"]}
                where = f"{persona} {name} of {row['id']}: {ids}"
                self._told(where, ids <= visible and found["totalCount"] == len(ids))

    async def _by_cursors(self, persona: Persona, hidden: list[Mapping[str, Any]], visible: set[int]) -> None:
        """A cursor to what is hidden is one to what does not exist, in whatever order."""
        rights = self.matrix.oracle.rights(persona)
        text = """
            query($after: String, $before: String, $first: Int, $last: Int, $sort: ProductSortInput) {
              productConnection(first: $first, last: $last, after: $after, before: $before, sort: $sort) {
                totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage }
              }
            }"""
        for key in ("id", "name", "price", "unitPrice", "popular", "newest"):
            if not rights.shows(f"ProductSortInput.{key}"):
                continue
            for row in hidden[:3]:
                for place in (0, 2):
                    for way in ({"first": 3, "after": ...}, {"last": 3, "before": ...}):
                        answers = [
                            await self.world.roles.ask(
                                text,
                                {"sort": {key: "DESC"}} | _filled(way, Cursor(place, id_).encode()),
                                persona,
                            )
                            for id_ in (row["id"], 999_999)
                        ]
                        where = f"{persona} {key} {way} {place} beside {row['id']}: {answers}"
                        self._told(where, "errors" not in answers[0] and answers[0] == answers[1])
                        nodes = answers[0]["data"]["productConnection"]["nodes"]
                        self._told(f"{where} nodes", {node["id"] for node in nodes} <= visible)

    async def _connection(self, persona: Persona, variables: Mapping[str, Any], extra: str = "") -> dict[str, Any]:
        answer = await self.world.roles.ask(SEARCHED % extra, variables, persona)
        assert "errors" not in answer, (persona, variables, answer)
        found: dict[str, Any] = answer["data"]["productConnection"]
        return found

    def _told(self, text: str, ok: bool) -> None:
        self.matrix.told(text, ok)


def _filled(way: Mapping[str, Any], cursor: str) -> dict[str, Any]:
    return {key: cursor if value is ... else value for key, value in way.items()}


def _codes(answer: Mapping[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


def _unmarked(highlight: str) -> str:
    """The name that was marked."""
    return html.unescape(re.sub(r"</?em>", "", highlight))


def _tells_nothing(cursor: str, product_id: int) -> bool:
    """But a place and the product there: how well a text fits is told nowhere."""
    found = Cursor.decode(cursor, "after")
    return (found.product_id, found.values) == (product_id, ())
