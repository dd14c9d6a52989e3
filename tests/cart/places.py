"""Where carts are kept in tests, and what is sent to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

from cache.redis_link import RedisLink
from cart.model import Cart, Owner, Transaction
from cart.redis_carts import RedisCarts


def link_to(urls: str | list[str], *, connections: int = 16, pause: float = 0.1) -> RedisLink:
    """A way to one server, or to the nodes of a cluster. Close it."""
    nodes = [urls] if isinstance(urls, str) else urls
    return RedisLink(
        nodes,
        cluster=len(nodes) > 1,
        connections=connections,
        connect_seconds=30.0,
        pause=pause,
        restarted=lambda: None,
    )


@asynccontextmanager
async def redis_carts(
    urls: str | list[str], *, namespace: str | None = None, connections: int = 16, **options: Any
) -> AsyncIterator[RedisCarts]:
    """Carts in Redis as a process has them; patient, so that a slow test machine is not taken for a slow Redis."""
    link = link_to(urls, connections=connections)
    patient = {"seconds": 10.0, "durability": "memory"}
    try:
        yield RedisCarts(link, namespace or f"test-{uuid4().hex[:8]}", **{**patient, **options})
    finally:
        await link.close()


def customer(key: str | None = None) -> Owner:
    return Owner(kind="customer", key=key or f"odoo:{uuid4().hex[:8]}")


def guest() -> Owner:
    return Owner(kind="guest", key=uuid4().hex)


def add(variant_id: int, delta: int | str = 1, **more: Any) -> Transaction:
    """A signed change of a product's line."""
    return Transaction(id=more.pop("id", str(uuid4())), variant_id=variant_id, delta=Decimal(delta), **more)


def put(variant_id: int, quantity: int | str, **more: Any) -> Transaction:
    """A product's line is set."""
    return Transaction(id=more.pop("id", str(uuid4())), variant_id=variant_id, quantity=Decimal(quantity), **more)


def by_number(number: int, *, delta: int | str | None = None, quantity: int | str | None = None) -> Transaction:
    return Transaction(
        id=str(uuid4()),
        number=number,
        delta=None if delta is None else Decimal(delta),
        quantity=None if quantity is None else Decimal(quantity),
    )


def shown(cart: Cart | None) -> list[tuple[Any, ...]]:
    """Its lines: (number, product, quantity), and where there are any options and a note."""
    assert cart is not None
    return [
        (
            line.number,
            line.variant_id,
            str(line.quantity),
            *([dict(line.options)] if line.options else []),
            *([line.note] if line.note else []),
        )
        for line in cart.lines
    ]


def statuses(results: Iterable[Any]) -> list[str]:
    """APPLIED and DUPLICATE, and the codes of what was rejected."""
    return [one.code or one.status for one in results]
