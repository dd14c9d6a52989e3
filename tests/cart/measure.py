"""How long a change takes and how much memory a cart: ``python -m tests.cart.measure``. Asserts nothing."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cart.memory_carts import MemoryCarts
from cart.redis_carts import RedisCarts
from cart.store import CartStore
from tests.cart.places import add, customer, redis_carts
from tests.support.valkey import Valkey, running_valkey

SIZES = (10, 500)
ROUNDS = 600


async def filled(carts: CartStore, lines: int, options: dict[str, str] | None = None) -> str:
    """The id of a cart of so many lines."""
    cart = await carts.create(customer())
    for first in range(0, lines, 100):
        batch = [add(1000 + one, 2, options=options or {}) for one in range(first, min(lines, first + 100))]
        await carts.apply(cart.id, batch)
    return cart.id


async def times(carts: CartStore, name: str) -> None:
    for lines in SIZES:
        cart_id = await filled(carts, lines)
        for at_once in (1, min(lines, 100)):
            taken = []
            for one in range(ROUNDS):
                batch = [add(1000 + (one + place) % lines) for place in range(at_once)]
                began = time.perf_counter()
                await carts.apply(cart_id, batch)
                taken.append(time.perf_counter() - began)
            tell(f"{name}, {lines} lines, {at_once} changes at once: {_percentiles(taken[50:])}")


async def server_times(carts: RedisCarts, server: Valkey) -> None:
    for lines in SIZES:
        cart_id = await filled(carts, lines)
        server.run("CONFIG", "RESETSTAT")
        for one in range(200):
            await carts.apply(cart_id, [add(1000 + one % lines)])
        taken = server.run("INFO", "commandstats")["cmdstat_evalsha"]["usec_per_call"]
        tell(f"on the server, {lines} lines: {taken} us a change")


async def memory(carts: RedisCarts, server: Valkey, *, many: int = 50) -> None:
    for lines, options in ((0, {}), (10, {}), (10, {"colour": "red", "text": "für Otto, mit Grüßen"}), (500, {})):
        server.run("FLUSHALL")
        before = server.run("INFO", "memory")["used_memory"]
        for _ in range(many):
            await filled(carts, lines, options)
        used = (server.run("INFO", "memory")["used_memory"] - before) // many
        tell(f"memory, {lines} lines{' with options' if options else ''}: {used} bytes a cart")


async def main() -> None:
    await times(MemoryCarts(), "in the process")
    with running_valkey({"save": ""}) as server:
        async with redis_carts(server.url, durability="memory") as carts:
            await times(carts, "Redis, memory")
            await server_times(carts, server)
            await memory(carts, server)
    with tempfile.TemporaryDirectory() as directory:
        config = {"appendonly": "yes", "appendfsync": "always", "save": ""}
        with running_valkey(config, directory=Path(directory)) as server:
            async with redis_carts(server.url, durability="fsync") as carts:
                await times(carts, "Redis, fsync")


def _percentiles(taken: Sequence[float]) -> str:
    in_order = sorted(taken)
    half, most = in_order[len(taken) // 2], in_order[len(taken) * 99 // 100]
    return f"p50 {half * 1000:.2f} ms, p99 {most * 1000:.2f} ms"


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    asyncio.run(main())
