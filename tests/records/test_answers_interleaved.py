"""Random interleavings of requests, changes in Odoo and what is told of them, in two processes over one Redis.

No answer is older than what was announced before it was asked for, nor, of what nobody announced, than it declares;
and none holds what is meant for another language, or another pricelist.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache import kinds
from cache.policy import Policies, Policy, Scope
from demo.double import Double
from demo.wholesale import generate
from tests.support.doubles import VERSIONS
from tests.support.processes import Process, fresh_namespace, process
from tests.support.valkey import Gate, Valkey

#: seconds: what the answers of this test declare, and the life of records that nobody announces a change of
MAX_AGE: Final = 0.25
REVALIDATE: Final = 0.25
#: of each version
EXAMPLES: Final = 15
PRODUCTS: Final = (4, 5)
LANGUAGES: Final = ("en_US", "fr_FR")
PRICELISTS: Final = (1, 2)
ASK: Final = """query($id: Int, $language: String) { product(id: $id, language: $language) {
    name unitPrice { price { amount } } } }"""
LIST: Final = "query($language: String) { products(pageSize: 50, language: $language) { products { id name } } }"


@dataclass
class History:
    """When each number of something was written, and which is the least that may be answered."""

    written: list[float] = field(default_factory=lambda: [float("-inf")])
    announced: int = 0

    @property
    def number(self) -> int:
        return len(self.written) - 1

    def write(self) -> int:
        self.written.append(time.time())
        return self.number

    def due(self, asked: float) -> int:
        """The least number that an answer may hold that nobody computed before that moment.

        Not one that was replaced for longer than an answer declares to be right or stale.
        """
        limit = asked - MAX_AGE - REVALIDATE
        return sum(1 for moment in self.written[1:] if moment < limit)


@dataclass(frozen=True)
class Seen:
    """A number in an answer: of which history, and when it was asked for."""

    history: History
    number: int
    asked: float


@dataclass
class Shop:
    """Two processes with different pricelists, the Odoo behind them, and what was written there."""

    double: Double
    processes: Sequence[Process]
    gate: Gate
    names: Mapping[tuple[int, str], History]
    prices: Mapping[int, History]
    rules: Mapping[tuple[int, int], int]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    slowest: float = 0.0

    def judge(self) -> None:
        """Who asked may have been given what was being computed already, which took as long as the slowest at most."""
        for one in self.seen:
            assert one.history.due(one.asked - self.slowest) <= one.number


Step = tuple[Any, ...]

_process = st.integers(0, 1)
_product = st.sampled_from(PRODUCTS)
_language = st.sampled_from(LANGUAGES)
steps = st.one_of(
    st.tuples(st.just("ask"), _process, _product, _language, st.booleans()),
    st.tuples(st.just("ask"), _process, _product, _language, st.booleans()),
    st.tuples(st.just("list"), _process, _language, st.booleans()),
    st.tuples(st.just("rename"), _product, _language),
    st.tuples(st.just("reprice"), _product),
    st.tuples(st.just("poll"), _process, st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([0.0, 0.01, MAX_AGE * 0.9, MAX_AGE + REVALIDATE])),
    st.tuples(st.just("pass"), st.sampled_from([0.0, 0.01, MAX_AGE * 0.9, MAX_AGE + REVALIDATE])),
    st.tuples(st.just("cut"), st.sampled_from(["commands", "subscription"])),
)


@pytest.fixture(autouse=True)
def short_lives(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    policy = Policy(MAX_AGE, REVALIDATE, 3600, Scope.ROLE)  # type: ignore[arg-type]  # seconds may be parts of one here
    monkeypatch.setattr(Policies, "of", lambda *_: policy)
    before = {kind: kind.life for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)}
    for kind in before:
        object.__setattr__(kind, "life", kinds.Life(MAX_AGE, 3600.0))
    yield
    for kind, life in before.items():
        object.__setattr__(kind, "life", life)


@asynccontextmanager
async def opened(valkey: Valkey, version: str) -> AsyncIterator[Shop]:
    """The shop as it is before anything was written."""
    double, namespace = Double(generate(version, products=8, pricelists=3)), fresh_namespace()
    rules = {}
    for product in PRODUCTS:
        for language in LANGUAGES:
            rename(double, product, language, 0)
        for pricelist in PRICELISTS:
            values = {"applied_on": "1_product", "product_tmpl_id": product, "compute_price": "fixed"}
            price = {"pricelist_id": pricelist, "fixed_price": 100 * pricelist}
            rules[product, pricelist] = double.create("product.pricelist.item", {**values, **price})
    async with (
        Gate(valkey.port) as gate,
        process(double, valkey.url, namespace, pricelist_id=PRICELISTS[0], prices_include_tax=False) as one,
        process(double, gate.url, namespace, pricelist_id=PRICELISTS[1], prices_include_tax=False) as other,
    ):
        await one.feed.poll()
        names = {(product, language): History() for product in PRODUCTS for language in LANGUAGES}
        shop = Shop(double, (one, other), gate, names, {product: History() for product in PRODUCTS}, rules)
        yield shop
        await asyncio.gather(*shop.tasks)
        shop.judge()


def rename(double: Double, product: int, language: str, number: int) -> None:
    double.write("product.template", [product], {"name": f"{language} {product} {number}"}, {"lang": language})


async def taken(shop: Shop, step: Step) -> None:
    """Take one step of a plan."""
    match step:
        case "ask", index, product, language, at_once:
            await started(shop, ask(shop, index, product, language), at_once)
        case "list", index, language, at_once:
            await started(shop, ask_list(shop, index, language), at_once)
        case "rename", product, language:
            rename(shop.double, product, language, shop.names[product, language].write())
        case "reprice", product:
            number = shop.prices[product].write()
            for pricelist in PRICELISTS:
                price = {"fixed_price": 100 * pricelist + number}
                shop.double.write("product.pricelist.item", [shop.rules[product, pricelist]], price)
        case "poll", index, at_once:
            await started(shop, poll(shop, index), at_once)
        case "pass", seconds:
            await asyncio.sleep(seconds)
        case "cut", kind:
            shop.gate.cut(kind)


async def started(shop: Shop, work: Coroutine[Any, Any, None], at_once: bool) -> None:
    """To its end; or it goes on while other steps are taken."""
    if at_once:
        await work
    else:
        shop.tasks.append(asyncio.create_task(work))
        await asyncio.sleep(0)


async def ask(shop: Shop, index: int, product: int, language: str) -> None:
    name, price = shop.names[product, language], shop.prices[product]
    async with asked_for(shop, name, price) as noted:
        found = (await shop.processes[index].ask(ASK, {"id": product, "language": language}))["product"]
    words = found["name"].split()
    assert words[:2] == [language, str(product)], "of another language or product"
    pricelist, number = divmod(int(Decimal(found["unitPrice"]["price"]["amount"])), 100)
    assert pricelist == PRICELISTS[index], "of another pricelist"
    noted(int(words[2]), number)


async def ask_list(shop: Shop, index: int, language: str) -> None:
    histories = [shop.names[product, language] for product in PRODUCTS]
    async with asked_for(shop, *histories) as noted:
        found = (await shop.processes[index].ask(LIST, {"language": language}))["products"]["products"]
    names = {one["id"]: one["name"].split() for one in found if one["id"] in PRODUCTS}
    assert set(names) == set(PRODUCTS)
    for product, words in names.items():
        assert words[:2] == [language, str(product)], "of another language or product"
    noted(*(int(names[product][2]) for product in PRODUCTS))


@asynccontextmanager
async def asked_for(shop: Shop, *histories: History) -> AsyncIterator[Callable[..., None]]:
    """Note the numbers of the histories in an answer, and how long it took."""
    asked, announced = time.time(), [history.announced for history in histories]

    def noted(*numbers: int) -> None:
        for history, number, known in zip(histories, numbers, announced, strict=True):
            assert known <= number <= history.number
            shop.seen.append(Seen(history, number, asked))

    yield noted
    shop.slowest = max(shop.slowest, time.time() - asked)


async def poll(shop: Shop, index: int) -> None:
    """What was written before the poll is announced when it has ended well."""
    histories = [*shop.names.values(), *shop.prices.values()]
    written = [history.number for history in histories]
    if await shop.processes[index].feed.poll() is not None:
        for history, number in zip(histories, written, strict=True):
            history.announced = max(history.announced, number)


# plans are drawn beside the loop, in which waits are drawn by lot meanwhile
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("version", VERSIONS)
async def test_no_answer_is_older_than_it_may_be(valkey: Valkey, version: str) -> None:
    plans = st.lists(steps, min_size=4, max_size=25)
    loop = asyncio.get_running_loop()

    @given(plan=plans, delays=st.lists(st.sampled_from([0.0, 0.0, 0.003, 0.02]), min_size=1, max_size=8))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def search(plan: list[Step], delays: list[float]) -> None:
        asyncio.run_coroutine_threadsafe(followed(valkey, version, plan, delays), loop).result()

    await asyncio.to_thread(search)


async def followed(valkey: Valkey, version: str, plan: Sequence[Step], delays: Sequence[float]) -> None:
    """Follow the plan, while Odoo takes its time."""
    async with opened(valkey, version) as shop:
        waits = itertools.cycle(delays)
        for one in shop.processes:
            wire: Any = one.wire
            wire.call = delayed(wire.call, waits)
        for step in plan:
            await taken(shop, step)


def delayed(call: Callable[..., Awaitable[Any]], waits: Iterator[float]) -> Callable[..., Awaitable[Any]]:
    async def waited(*arguments: Any, **named: Any) -> Any:
        answer = await call(*arguments, **named)
        await asyncio.sleep(next(waits))
        return answer

    return waited
