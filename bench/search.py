"""How fast products are found over HTTP: by the index, and by Odoo's own search, in one run on the same catalogue.

    python -m bench.search [--products 18000] [--pricelists 130] [--seconds 5] [--concurrency 1 8] [--processes 2]
                           [--without-odoo] [--engine-apart]

A search page is 20 products with their prices, the facets, the range of own prices, the categories' counts and what is
in stock, for somebody whose role sees a part of the catalogue. Words, orders and filters take turns, and no question is
asked twice, so no answer is kept; the products' records are. "First pages" are each of another search; "four orders"
are of a quarter as many searches, each looked at in four orders, as somebody does who compares. Then the same with
every other question asked before, as in shops, whose customers look for much the same. The engine is found as
`bench.search_build` finds it, and shares the machine with the double, Valkey, the application and the client; with
``--engine-apart`` also as if it did not (`bench.engine_apart`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count, cycle, islice, product
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import structlog

import identity
from bench.load import fetch, get, load, post
from bench.processes import Counters, Served, engine_apart, odoo, ready, served, valkey
from bench.search_build import LANGS, opened, opensearch
from bench.table import Figures, table
from search.builder import Builder

_ROLES: Final = Path(identity.__file__).parent / "roles.example.toml"
_PAGE: Final = """query ($search: String, $filter: ProductFilterInput, $sort: ProductSortInput, $after: String) {
  productConnection(first: 20, search: $search, filter: $filter, sort: $sort, after: $after, language: "fr_FR") {
    totalCount inStockCount unitPriceRange { min { amount } max { amount } } pageInfo { endCursor hasNextPage }
    facets { attribute { id name } values { count selected value { id name } } }
    categoryFacets { count category { id name } }
    nodes { id name slug sku imageUrl variantPriceAfterDiscount variantPrice isInStock } } }"""
_SUGGEST: Final = """query ($search: String!, $first: Int) {
  searchSuggestions(search: $search, first: $first, language: "fr_FR") {
  products { name slug } categories { category { name slug } count } values { value { name } count } } }"""
_LOGIN: Final = 'mutation { login(email: "vet1@customer.example", password: "Secret-1") { user { id } } }'
_WORDS: Final = (
    "antiparasitaire", "chien", "croquettes", "vaccin", "seringue", "collier", "comprimés", "chat", "spray", "gants",
    "pipette", "aliment", "shampooing", "antibiotique", "renal", "solution",
)  # fmt: skip
_SORTS: Final[tuple[Mapping[str, str], ...]] = ({}, {"unitPrice": "ASC"}, {"popular": "DESC"}, {"name": "ASC"})


def first_pages() -> Iterator[dict[str, Any]]:
    """Variables of search pages, each of another search, without end."""
    for number, (search, sort) in enumerate(cycle(product(_WORDS, _SORTS)), 1):
        yield page(search, number, sort)


def four_orders() -> Iterator[dict[str, Any]]:
    """Variables of search pages, each another question, four of each search, without end."""
    for number, search in enumerate(cycle(_WORDS), 1):
        for sort in _SORTS:
            yield page(search, number, sort)


def page(search: str, number: int, sort: Mapping[str, str]) -> dict[str, Any]:
    # a bound below which nothing costs: another search with the same answer
    wanted = {"minUnitPrice": number / 10_000_000, "inStock": number % 2 == 0}
    return {"search": search, "filter": wanted, "sort": sort, "after": None}


def asked_before() -> Iterator[dict[str, Any]]:
    """As `four_orders`, but every other one was asked before, some of them much more often than others."""
    chance, known = random.Random(7), list[dict[str, Any]]()  # noqa: S311  # no secret
    for number, one in enumerate(four_orders()):
        if number < len(_WORDS) * len(_SORTS):
            known.append(one)
        yield one
        yield known[min(int(chance.paretovariate(0.5)), len(known)) - 1]


def begun() -> Iterator[dict[str, Any]]:
    """What somebody has typed so far, each another question: 3,000 of them, and then again."""
    for _ in count():
        for first, typed, word, length in product(range(8, 21), (str.lower, str.title, str.upper), _WORDS, range(3, 9)):
            yield {"search": typed(word[:length]), "first": first}


_KINDS: Final[Mapping[str, tuple[str, Callable[[], Iterator[dict[str, Any]]]]]] = {
    "first pages": (_PAGE, first_pages),
    "four orders": (_PAGE, four_orders),
    "half asked before": (_PAGE, asked_before),
    "suggestions": (_SUGGEST, begun),
}
_APART: Final = ("first pages", "suggestions")
#: questions of each kind, more than are asked again in the time
_RECORDED: Final = 6_000


def requests(document: str, variables: Iterator[Mapping[str, Any]], cookie: str) -> Iterator[bytes]:
    """Whole HTTP requests of whoever has the cookie."""
    for one in variables:
        raw = post("/graphql", msgspec.json.encode({"query": document, "variables": one}))
        yield raw.replace(b"session_id=undefined", b"session_id=" + cookie.encode(), 1)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--pricelists", type=int, default=130)
    parser.add_argument("--version", default="19.0")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="of the application")
    parser.add_argument("--engine-apart", action="store_true", help="also as if the engine were on other cores")
    parser.add_argument("--without-odoo", action="store_true", help="do not measure Odoo's own search beside")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with ExitStack() as stack:
        told = stack.enter_context(opensearch())
        settings = stack.enter_context(odoo(asked.version, asked.products, asked.pricelists))
        async with opened(settings, told, LANGS[:1]) as bench:
            built = await Builder(bench.catalogue, bench.indexes, replicas=0).build(fresh=True)
            print(
                f"{built.products} products indexed, {asked.pricelists} pricelists; {os.cpu_count()} cores, "
                f"{asked.processes} processes\n",
                flush=True,
            )
            common = {
                **settings,
                "redis_url": stack.enter_context(valkey()),
                "roles_file": str(_ROLES),
                "poll_seconds": 0,
                "reference_seconds": 86_400,
                "odoo_timeout": 300,
                "odoo_hanging": 300,
                "request_timeout": 300,
                "cart_sync": False,
            }
            engine = {
                "opensearch_url": told["OPENSEARCH_URL"],
                "opensearch_user": told["OPENSEARCH_ADMIN"],
                "opensearch_password": told["OPENSEARCH_PASSWORD"],
                "opensearch_ca_file": told.get("OPENSEARCH_CA"),
                "opensearch_prefix": bench.indexes.names.prefix,
                "index_sync": False,
            }
            kinds = [("index", {**common, **engine})]
            if not asked.without_odoo:
                kinds.append(("Odoo", {**common, "redis_namespace": "without"}))
            rows: list[Sequence[str]] = []
            for name, values in kinds:
                with ExitStack() as inner:
                    apps = [
                        await ready(inner.enter_context(served("app", settings=values))) for _ in range(asked.processes)
                    ]
                    rows += await measured(apps, name, asked.concurrency, asked.seconds)
            if asked.engine_apart:
                rows += await apart(told, {**common, **engine}, asked)
            head = ("", "by", "at once", "req/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "Odoo calls")
            print(table(head, rows, left=2))
            for row in rows:
                beside = [other for other in rows if (other[0], other[2]) == (row[0], row[2]) and other[1] == "Odoo"]
                if row[1] == "index" and beside:
                    print(f"{row[0]} at {row[2]}: p50 {float(row[4]) / float(beside[0][4]):.2f} x of Odoo's own search")
    return 0


async def logged_in(app: Served) -> str:
    """The session of a practice, with a pricelist of its own."""
    async with aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{app.port}/graphql"
        async with client.post(url, json={"query": _LOGIN}) as answer:
            cookies = [text for text in answer.headers.getall("Set-Cookie", ()) if text.startswith("session_id=")]
            if not cookies:
                raise RuntimeError(f"nobody could log in: {await answer.text()}")
            return cookies[0].partition("=")[2].partition(";")[0]


async def counters(apps: Sequence[Served]) -> Counters:
    """Of all processes together."""
    first, *others = [await app.counters() for app in apps]
    for other in others:
        first += other
    return first


async def apart(
    engine: Mapping[str, str], settings: Mapping[str, Any], asked: argparse.Namespace
) -> list[Sequence[str]]:
    """The figures of questions whose answers were recorded before."""
    with ExitStack() as stack:
        port = stack.enter_context(engine_apart(engine))
        of = {"opensearch_url": f"http://127.0.0.1:{port}", "opensearch_user": None, "opensearch_ca_file": None}
        with served("app", settings={**settings, **of, "redis_namespace": "recorded"}) as app:
            cookie = await logged_in(await ready(app))
            for what in _APART:
                document, variables = _KINDS[what]
                questions = islice(requests(document, variables(), cookie), _RECORDED)
                await load([app.port], questions, concurrency=1, seconds=3_600)
        await fetch(port, post("/bench/again", b""))
        values = {**settings, **of, "redis_namespace": "told-again"}
        apps = [await ready(stack.enter_context(served("app", settings=values))) for _ in range(asked.processes)]
        rows = await measured(apps, "apart", asked.concurrency, asked.seconds, kinds=_APART, warm=1)
        _, body = await fetch(port, get("/bench/counters"))
        print(f"asked of the engine itself: {msgspec.json.decode(body)['unknown']}", flush=True)
        return rows


async def measured(
    apps: Sequence[Served],
    name: str,
    concurrency: Sequence[int],
    seconds: float,
    *,
    kinds: Iterable[str] | None = None,
    warm: int = 4,
) -> list[Sequence[str]]:
    """The figures of search pages and suggestions. ``warm``: so many times as long they are asked for before."""
    rows: list[Sequence[str]] = []
    cookie, ports = await logged_in(apps[0]), [app.port for app in apps]
    for what in kinds or _KINDS:
        document, variables = _KINDS[what]
        asked = requests(document, variables(), cookie)
        status, body = await fetch(ports[0], next(asked))
        answer = msgspec.json.decode(body)
        if status != 200 or "errors" in answer:
            raise RuntimeError(f"{what}: {status} {body[:500]!r}")
        # until the records are kept; the engine's compiler is at it for a minute
        longer = warm if rows or warm == 1 else 3 * warm
        await load(ports, asked, concurrency=4, seconds=longer * seconds, least=len(_WORDS) * len(_SORTS))
        for at_once in concurrency:
            before = await counters(apps)
            seen = await load(ports, asked, concurrency=at_once, seconds=seconds, least=20)
            found = Figures.of(seen, await counters(apps) - before)
            rows.append(
                (
                    what,
                    name,
                    str(at_once),
                    f"{found.per_second:,.0f}",
                    *(f"{one:.1f}" for one in (found.p50, found.p95, found.p99, found.cpu)),
                    f"{found.calls:.2f}",
                )
            )
            print("  ".join(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
