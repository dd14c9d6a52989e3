"""Sent again, in part, out of order, from several windows and devices: the cart is as if all was sent once."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cart.memory_carts import MemoryCarts
from cart.model import Cart
from cart.prepared import canonical
from cart.rules import CartRules
from cart.store import CartStore
from tests.cart.histories import History, Key, Model, Shown, history, sums
from tests.cart.places import customer, redis_carts, statuses
from tests.support.valkey import Valkey

#: what is owed stays known while a slow machine plays a history
PATIENT = CartRules(owed_seconds=3600)
HISTORIES = 10_000
AT_ONCE = 100


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["memory", "redis"])
async def carts(request: pytest.FixtureRequest, valkey: Valkey) -> Any:
    if request.param == "memory":
        yield MemoryCarts(PATIENT)
        return
    async with redis_carts(valkey.url, rules=PATIENT) as store:
        yield store


def lines(cart: Cart) -> Shown:
    return [
        (one.number, one.variant_id, format(one.quantity.normalize(), "f"), canonical(one.options), one.note)
        for one in cart.lines
    ]


def quantities(cart: Cart) -> dict[Key, Decimal]:
    return {(one.variant_id, canonical(one.options)): one.quantity for one in cart.lines}


async def play(carts: CartStore, one: History) -> Cart:
    """Each arrival is answered as the model answers it, and the cart is the model's all the while."""
    cart = await carts.create(customer())
    model = Model()
    for batch in one.arrivals:
        applied = await carts.apply(cart.id, batch)
        assert statuses(applied.results) == model.send(batch), one
        assert lines(applied.cart) == model.shown(), one
        cart = applied.cart
    found = await carts.find(cart.id)
    assert found == cart
    return cart


async def play_deltas(carts: CartStore, one: History) -> None:
    cart = await play(carts, one)
    assert quantities(cart) == sums(list(chain.from_iterable(one.sent))), one


async def test_ten_thousand_histories(carts: CartStore) -> None:
    """Half of them of deltas alone: there the order does not matter either."""
    played = 0
    for first in range(0, HISTORIES, AT_ONCE):
        seeds = range(first, first + AT_ONCE)
        await asyncio.gather(
            *(
                play_deltas(carts, history(seed, only_deltas=True)) if seed % 2 else play(carts, history(seed))
                for seed in seeds
            )
        )
        played += len(seeds)
    print(f"{played} histories")  # noqa: T201 - asked for with pytest -s
    assert played == HISTORIES


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**64), order=st.randoms(use_true_random=False))
async def test_any_order_of_deltas(carts: CartStore, seed: int, order: Any) -> None:
    """The same transactions one by one, in two orders."""
    sent = list(chain.from_iterable(history(seed, only_deltas=True).sent))
    other = sent.copy()
    order.shuffle(other)
    found = []
    for one in (sent, other):
        cart = await carts.create(customer())
        for transaction in one:
            cart = (await carts.apply(cart.id, [transaction])).cart
        found.append(quantities(cart))
    assert found[0] == found[1] == sums(sent)


async def test_two_processes_at_once(valkey: Valkey) -> None:
    """The same batches from two processes, all at the same time."""
    async with (
        redis_carts(valkey.url, namespace="both", rules=PATIENT) as one,
        redis_carts(valkey.url, namespace="both", rules=PATIENT) as other,
    ):
        for seed in range(40):
            cart = await one.create(customer())
            sent = history(seed, only_deltas=True)
            both = [store.apply(cart.id, batch) for batch in sent.arrivals for store in (one, other)]
            await asyncio.gather(*both)
            found = await other.find(cart.id)
            assert found is not None
            assert quantities(found) == sums(list(chain.from_iterable(sent.sent)))


def test_the_model_has_teeth() -> None:
    """Histories hold what makes carts wrong: repeats, lines that end and begin again, debts, numbers not found."""
    answers: Counter[str] = Counter()
    again = owed = 0
    for seed in range(400):
        model = Model()
        numbers = set()
        for batch in history(seed).arrivals:
            answers.update(model.send(batch))
            numbers |= set(model.numbers.items())
            owed += any(total < 0 for total in model.sums.values())
        again += len(numbers) > len({key for key, _ in numbers})
    assert all(answers[one] > 300 for one in ("APPLIED", "DUPLICATE", "LINE_NOT_FOUND")), answers
    assert again > 30
    assert owed > 300
