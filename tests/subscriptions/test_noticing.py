"""News is found in batches, by one process at a time."""

from __future__ import annotations

from typing import Any

from cache.tags import ALL_STOCK, STOCK
from subscriptions.model import Owner, Target
from subscriptions.store import Subscriptions
from tests.subscriptions.world import World, world
from tests.support.valkey import Valkey
from tests.support.waiting import until


def kept_of(at: World) -> Subscriptions:
    kept: Subscriptions = at.of.app.state.services.subscriptions
    return kept


async def test_the_calls_do_not_grow_with_what_is_followed(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        kept, table = kept_of(at), at.double.db.table("product.product")
        variants = [row["id"] for one in table.ids() if (row := table.get(one)) is not None and row.get("active", True)]
        quants = at.double.db.table("stock.quant")
        for quant in list(quants.ids()):
            at.double.unlink("stock.quant", [quant])

        async def follow(first: int, last: int) -> int:
            """How often stock is read when all of it moved."""
            for number, variant in enumerate(variants[first:last]):
                owner = Owner(100_000 + number, 1)
                await kept.follow(owner, Target("PRODUCT_BACK_IN_STOCK", str(variant)), look=True)
            await at.settled()
            before = len(at.double.calls)
            await at.of.app.state.services.invalidate(frozenset({ALL_STOCK, STOCK}))
            await until(lambda: reads(before))
            return reads(before)

        def reads(since: int) -> int:
            return sum(call.model == "stock.quant" for call in at.double.calls[since:])

        assert len(variants) > 20
        assert await follow(0, 3) == await follow(3, len(variants)) == 1


async def test_two_processes_tell_once(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        async with world("14.0", own_valkey, double=at.of.odoo) as other:
            pairs = await at.out_of_stock()
            for _, variant in pairs[:4]:
                await at.subscribe("PRODUCT_BACK_IN_STOCK", variant)
            await at.settled()
            for place, (_, variant) in enumerate(pairs[:4]):
                await (other if place % 2 else at).restock(variant)

            async def told() -> bool:
                return await at.followed() == []

            await until(told)
            await at.settled()
        bodies: list[Any] = [message["body"] for message in at.messages()]
        for product, _ in pairs[:4]:
            assert sum(f'-{product}"' in body for body in bodies) == 1
