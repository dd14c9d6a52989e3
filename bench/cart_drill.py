"""Drills: customers change their carts while everything else is killed; afterwards every cart is in Odoo, once.

    python -m bench.cart_drill [--minutes 5] [--versions 10.0 14.0 19.0] [--customers 50] [--rate 20] [--drill 1 2]

Drill 1: Odoo is away, by turns refusing connections and hanging, after some of its answers were lost. Every change has
to be acknowledged at the first try. Drill 2: the application, its worker and Valkey are killed (kill -9) at random
moments as well; customers send what was not acknowledged again, the very same. After each: exactly one draft order per
cart, equal to it line by line, and the cart equal to what was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from adapters.connect import connect
from adapters.records.orders import Order
from adapters.rpc import Credentials
from bench.drill_parts import Carts, Child, Customer, Tally, Way, free_port
from cart.model import Cart
from cart.store import CartStore
from server.settings import Settings
from server.stores import open_carts

PRODUCTS: Final = """{ products(pageSize: 100, sort: { id: ASC }) { products {
  productVariants { id allowOutOfStock } } } }"""
_RUN: Final = ("-c", "from server.cli import main; main()")
#: so long everything may take to be in Odoo once that is back
WITHIN: Final = 30.0


@dataclass
class Figures:
    """What came of a drill. Times are seconds, but for ``p50_ms`` and ``p99_ms`` of acknowledged changes."""

    version: str
    drill: int
    seconds: float
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    repeated: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    in_odoo_after: float = 0.0
    carts: int = 0
    draft_orders: int = 0
    lines: int = 0
    wrong: list[str] = field(default_factory=list)
    unanswered: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)


@dataclass
class Stage:
    """Everything, running."""

    odoo: Child
    way: Way
    valkey: Carts
    bff: Child
    worker: Child
    access: Mapping[str, str]
    settings: Settings
    url: str

    async def ready(self, seconds: float = 120.0) -> None:
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    async with session.get(f"{self.url}/readyz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.1)

    async def variants(self) -> list[int]:
        """Those of which there is always enough."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/graphql", json={"query": PRODUCTS}) as response,
        ):
            told = msgspec.json.decode(await response.read())
        products = told["data"]["products"]["products"]
        every = [one for product in products for one in product["productVariants"] or ()]
        return [one["id"] for one in every if one["allowOutOfStock"]][:40]


@asynccontextmanager
async def stage(version: str) -> AsyncIterator[Stage]:
    """Start everything; end it afterwards."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="drill-"))
        valkey = Carts(Path(directory))
        valkey.start()
        stack.callback(valkey.stop)
        odoo = Child("-m", "demo", "--version", version, "--products", "60", "--pricelists", "4")
        odoo.start()
        stack.callback(odoo.stop)
        await asyncio.to_thread(odoo.line)  # the address alone, for people
        access: dict[str, str] = msgspec.json.decode(await asyncio.to_thread(odoo.line))
        way = await stack.enter_async_context(Way(int(access["url"].rpartition(":")[2])))
        port = free_port()
        values = {
            "ODOO_URL": f"http://127.0.0.1:{way.port}",
            "ODOO_DB": access["db"],
            "ODOO_USER": access["user"],
            "ODOO_PASSWORD": access["secret"],
            "REDIS_URL": valkey.url,
            "REDIS_NAMESPACE": "drill",
            "PORT": str(port),
            "LOG_LEVEL": "error",
            "GUEST_SESSIONS_ADDRESS": "0",
        }
        environment = {f"HEADLESS_ODOO_{name}": value for name, value in values.items()}
        bff, worker = Child(*_RUN, "serve", environment=environment), Child(*_RUN, "worker", environment=environment)
        for child in (bff, worker):
            child.start()
            stack.callback(child.stop)
        settings = Settings.model_validate({name.lower(): value for name, value in values.items()})
        found = Stage(odoo, way, valkey, bff, worker, access, settings, f"http://127.0.0.1:{port}")
        await found.ready()
        yield found


async def drill(
    version: str, number: int, *, seconds: float, customers: int = 50, rate: float = 20.0, seed: int = 1
) -> Figures:
    """Run drill 1 or 2. ``rate``: changes in a second, of all customers together."""
    rng = random.Random(seed)  # noqa: S311
    figures, tally = Figures(version, number, seconds), Tally()
    async with stage(version) as found, AsyncExitStack() as stack:
        variants = await found.variants()
        people = [Customer(f"{found.url}/graphql", variants, tally, patient=number == 2) for _ in range(customers)]
        for one in people:
            stack.push_async_callback(one.close)
        await people[0].add_all()  # what nobody has ever looked at cannot be sold without Odoo
        for one in people[1:]:
            await one.change(rng)
        tally.seconds.clear()
        stop = asyncio.Event()
        load = asyncio.create_task(_load(people, rng, rate, stop))
        done = await (_away(found, seconds) if number == 1 else _killing(found, rng, seconds))
        back = time.monotonic()
        stop.set()
        await load
        figures.in_odoo_after = await _all_known(found, back)
        figures.sent, figures.acknowledged = tally.sent, tally.acknowledged
        figures.failed, figures.repeated = tally.failed, tally.repeated
        figures.p50_ms, figures.p99_ms = round(tally.percentile(0.5), 1), round(tally.percentile(0.99), 1)
        figures.unanswered = dict(tally.reasons)
        figures.done = dict(done) | {"answers of Odoo lost": found.way.cut_off}
        await _check(found, people, figures)
    return figures


async def _load(people: Sequence[Customer], rng: random.Random, rate: float, stop: asyncio.Event) -> None:
    """Changes at a steady rate; a customer waits for the answer before the next."""
    tasks: set[asyncio.Task[None]] = set()

    async def change(one: Customer) -> None:
        try:
            await one.change(rng)
        finally:
            one.busy = False

    while not stop.is_set():
        idle = [one for one in people if not one.busy]
        if idle:
            one = rng.choice(idle)
            one.busy = True
            tasks.add(asyncio.create_task(change(one)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*tasks)


# -- what is done to everything -----------------------------------------------------------------------------------


async def _away(found: Stage, seconds: float) -> Counter[str]:
    """Odoo is away for so long, after some answers were lost."""
    for _ in range(5):
        found.way.swallow(2)
        await asyncio.sleep(0.4)
    third = seconds / 3
    await found.way.close()
    await asyncio.sleep(third)
    found.odoo.signal(signal.SIGSTOP)
    await found.way.open()
    await asyncio.sleep(third)
    await found.way.close()
    found.odoo.signal(signal.SIGCONT)
    await asyncio.sleep(third)
    await found.way.open()
    return Counter({"seconds away": round(seconds)})


async def _killing(found: Stage, rng: random.Random, seconds: float) -> Counter[str]:
    """One after the other, in any order, for so long."""
    done: Counter[str] = Counter()
    acts: dict[str, Callable[[], Awaitable[None]]] = {
        "application killed": lambda: _restarted(found, rng),
        "worker killed": lambda: _killed(found.worker),
        "Valkey killed": lambda: _killed(found.valkey),
        "Odoo unreachable": lambda: _unreachable(found, rng.uniform(0.5, 3)),
        "Odoo hanging": lambda: _hanging(found, rng.uniform(0.5, 3)),
        "answers swallowed": lambda: _swallowed(found),
    }
    end = time.monotonic() + seconds
    bag: list[str] = []
    while time.monotonic() < end:
        if not bag:
            bag = rng.sample(list(acts), len(acts))
        name = bag.pop()
        done[name] += 1
        await acts[name]()
        await asyncio.sleep(rng.uniform(0.5, 3.0))
    await found.ready()
    return done


async def _killed(one: Child | Carts) -> None:
    await asyncio.to_thread(one.kill)
    await asyncio.sleep(0.1)
    await asyncio.to_thread(one.start)


async def _restarted(found: Stage, rng: random.Random) -> None:
    """Mostly it has time to start before something else happens: else nothing would be acknowledged any more."""
    await _killed(found.bff)
    if rng.random() < 0.7:
        await found.ready()


async def _unreachable(found: Stage, seconds: float) -> None:
    await found.way.close()
    await asyncio.sleep(seconds)
    await found.way.open()


async def _hanging(found: Stage, seconds: float) -> None:
    found.odoo.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    found.odoo.signal(signal.SIGCONT)


async def _swallowed(found: Stage) -> None:
    found.way.swallow(3)


# -- what has come of it ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _carts(found: Stage) -> AsyncIterator[CartStore]:
    carts, link = open_carts(found.settings)
    assert link is not None
    try:
        yield carts
    finally:
        await link.close()


async def _all_known(found: Stage, back: float) -> float:
    """Seconds from the return until nothing is due or on its way."""
    async with _carts(found) as carts, asyncio.timeout(10 * WITHIN):
        while True:
            counts = await carts.counts()
            if not counts.due + counts.waiting:
                return round(time.monotonic() - back, 1)
            await asyncio.sleep(0.1)


async def _check(found: Stage, people: Sequence[Customer], figures: Figures) -> None:
    ids = [one.cart_id for one in people if one.cart_id is not None]
    async with _carts(found) as carts:
        kept = await carts.find_many(ids)
    access = found.access
    adapter = await connect(Credentials(access["url"], access["db"], access["user"], access["secret"]))
    try:
        orders = await adapter.cart_orders(ids)
        states: Counter[str] = Counter()
        transport: Any = getattr(adapter, "transport")  # noqa: B009  # of this adapter, not of the contract
        args = {"domain": [["origin", "in", ids], ["state", "=", "draft"]], "fields": ["origin"]}
        for row in await transport.call("sale.order", "search_read", args=args):
            states[row["origin"]] += 1
    finally:
        await adapter.close()
    figures.carts, figures.draft_orders = len(kept), sum(states.values())
    for one in people:
        if one.cart_id is None:
            figures.wrong.append("a customer without a cart")
            continue
        cart, order = kept.get(one.cart_id), orders.get(one.cart_id)
        if cart is None or order is None or states[one.cart_id] != 1:
            figures.wrong.append(f"{one.cart_id}: {states[one.cart_id]} draft orders")
            continue
        figures.lines += len(cart.lines)
        if _by_variant(cart) != one.wanted:
            figures.wrong.append(f"{cart.id}: the cart is not what was acknowledged")
        if _lines(cart) != _ordered(order) or not cart.is_synced:
            figures.wrong.append(f"{cart.id}: the order is not the cart")


def _by_variant(cart: Cart) -> dict[int, Decimal]:
    return {line.variant_id: line.quantity for line in cart.lines}


def _lines(cart: Cart) -> list[tuple[int | None, int | None, Decimal]]:
    return [(line.number, line.variant_id, line.quantity) for line in cart.lines]


def _ordered(order: Order) -> list[tuple[int | None, int | None, Decimal]]:
    return sorted((line.number, line.variant_id, line.quantity) for line in order.lines)


def main() -> int:
    """Run the drills that were asked for. Exit code 1: something was lost, doubled, or took too long."""
    parser = argparse.ArgumentParser(prog="python -m bench.cart_drill", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--versions", nargs="+", default=["14.0"], choices=["10.0", "14.0", "19.0"])
    parser.add_argument("--customers", type=int, default=50)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--drill", nargs="+", type=int, default=[1, 2], choices=[1, 2])
    asked = parser.parse_args()
    passed = True
    for version in asked.versions:
        for number in asked.drill:
            figures = asyncio.run(
                drill(version, number, seconds=60 * asked.minutes, customers=asked.customers, rate=asked.rate)
            )
            print(msgspec.json.format(msgspec.json.encode(asdict(figures)), indent=2).decode(), flush=True)
            passed &= not figures.wrong and figures.in_odoo_after <= WITHIN and not figures.failed
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
