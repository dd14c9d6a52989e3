"""Which of the processes tells the storefront what, each having heard of something else."""

from __future__ import annotations

from typing import Any, cast

from cache.solo import SoloStore
from storefront.following import Follower
from storefront.plan import Plan
from storefront.worker import StorefrontWorker


class Told:
    """Stands for what follows the shop: ``plans`` were to be followed."""

    def __init__(self) -> None:
        self.memory: Any = None
        self.plans: list[Plan] = []

    async def follow(self, plan: Plan) -> None:
        self.plans.append(plan)


async def test_what_one_process_alone_has_missed_is_looked_at_though_another_told_something_since() -> None:
    now, store, told = 10_000.0, SoloStore(), Told()
    one, other = (StorefrontWorker(store, cast(Follower, told), None, clock=lambda: now) for _ in range(2))
    await one.follow()
    assert told.plans == [Plan(everything=True)], "nobody ever has"
    now += 10
    other._heard(frozenset())
    now += 10
    one._heard(frozenset({"product:1"}))
    await one.follow()
    await other.follow()
    assert told.plans[1:] == [Plan(products={1}), Plan(everything=True)]
    now += 10
    one._heard(frozenset({"product:2"}))
    other._heard(frozenset({"product:2"}))
    now += 10
    await one.follow()
    await other.follow()
    assert told.plans[3:] == [Plan(products={2})], "both have heard of it, one tells it"
