"""A cluster: each cart in one slot, acknowledged by the server that holds it, also when slots move."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cart.ids import PARTITIONS, new_cart_id, partition_of, partition_of_cart
from cart.store import CartsUnavailableError
from tests.cart.places import add, customer, redis_carts, shown, statuses
from tests.support.valkey import Valkey, running_cluster


@pytest.fixture
def nodes() -> Iterator[list[Valkey]]:
    """Two nodes of a cluster, for this test alone, that keep what they are told."""
    with running_cluster() as found:
        for node in found:
            node.run("CONFIG", "SET", "appendfsync", "always")
            node.run("CONFIG", "SET", "appendonly", "yes")
        yield found


async def test_changes_are_on_the_disk_of_the_node_that_holds_the_cart(nodes: list[Valkey]) -> None:
    async with redis_carts([node.url for node in nodes], durability="fsync") as carts:
        await carts.check()
        made = [await carts.create(customer()) for _ in range(30)]
        await asyncio.gather(*(carts.apply(cart.id, [add(1, 2)]) for cart in made))
        found = await carts.find_many([cart.id for cart in made])
        assert [shown(found[cart.id]) for cart in made] == [[(1, 1, "2")]] * 30
        assert all(node.run("DBSIZE") > 30 for node in nodes)
        nodes[1].run("CONFIG", "SET", "appendonly", "no")
        outcomes = await asyncio.gather(*(carts.apply(cart.id, [add(1)]) for cart in made), return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, CartsUnavailableError)]
        assert 0 < len(refused) < 30


async def test_a_cart_is_found_where_its_slot_has_gone(nodes: list[Valkey]) -> None:
    async with redis_carts([node.url for node in nodes], durability="fsync", namespace="moving") as carts:
        cart = await carts.create(customer())
        batch = [add(1), add(2)]
        await carts.apply(cart.id, batch)
        slot = nodes[0].run("CLUSTER", "KEYSLOT", f"{{moving:cart:{partition_of_cart(cart.id):02}}}:due")
        source, target = nodes if slot < 8192 else nodes[::-1]
        ids = {node.port: node.run("CLUSTER", "MYID").decode() for node in nodes}
        target.run("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source.port])
        source.run("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target.port])
        keys = source.run("CLUSTER", "GETKEYSINSLOT", slot, 100)
        assert len(keys) >= 5
        source.run("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        # asked for where it still is by right, it is found where it has gone
        assert statuses((await carts.apply(cart.id, [*batch, add(3)])).results) == ["DUPLICATE", "DUPLICATE", "APPLIED"]
        for node in (target, source):
            node.run("CLUSTER", "SETSLOT", slot, "NODE", ids[target.port])
        applied = await carts.apply(cart.id, [*batch, add(4)])
        assert statuses(applied.results) == ["DUPLICATE", "DUPLICATE", "APPLIED"]
        assert (await carts.find_many([cart.id]))[cart.id] == applied.cart
        assert cart.id in await carts.due(10, now=9e9)


def test_partitions() -> None:
    """Carts are where their owners are, and owners are spread evenly. Which number is whose never changes."""
    owners = [customer(f"odoo:{one}") for one in range(6400)]
    counts = [0] * PARTITIONS
    for owner in owners:
        counts[partition_of(owner)] += 1
    assert min(counts) > 50
    assert max(counts) < 160
    assert all(partition_of_cart(new_cart_id(owner)) == partition_of(owner) for owner in owners[:500])
    assert [partition_of(owner) for owner in owners[:4]] == [1, 39, 31, 36]
