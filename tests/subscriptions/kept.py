"""Subscriptions on a real Redis, each with a namespace of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from uuid import uuid4

from subscriptions.model import Owner, Target
from subscriptions.store import Subscriptions
from tests.cart.places import link_to

_NUMBERS = count(1)


@asynccontextmanager
async def subscriptions(
    urls: str | list[str], namespace: str | None = None, **options: Any
) -> AsyncIterator[Subscriptions]:
    """As a process has them; patient, so that a slow test machine is not taken for a slow Redis."""
    link = link_to(urls)
    values = {"seconds": 10.0, "durability": "memory", "collect": 0.0, **options}
    try:
        yield Subscriptions(link, namespace or f"test-{uuid4().hex[:8]}", **values)
    finally:
        await link.close()


def owner(website_id: int = 1) -> Owner:
    return Owner(next(_NUMBERS), website_id)


def category(number: int) -> Target:
    return Target("CATEGORY", str(number))


def variant(number: int) -> Target:
    return Target("PRODUCT_BACK_IN_STOCK", str(number))


def promotion(ref: str) -> Target:
    return Target("PROMOTION", ref)
