"""Payments that were begun are kept with the carts: in a process, and in a real Valkey that processes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from adapters.records.payments import StartedPayment
from cart.ids import new_cart_id
from cart.memory_carts import MemoryCarts
from cart.payment_store import (
    KEPT_SECONDS,
    MOST,
    KeptPayment,
    MemoryPayments,
    PaymentStore,
    payments_beside,
    with_payment,
)
from cart.store import CartsUnavailableError
from tests.cart.over_http import device
from tests.cart.places import guest, redis_carts
from tests.resolvers.pay_desk import begun, confirmation, paying_shop, pays, ready_to_pay, transactions
from tests.support.doubles import DoubleOf
from tests.support.valkey import Valkey


def payment(cart: str, mark: str, *, reference: str | None = "S1") -> KeptPayment:
    started = None
    if reference is not None:
        values = {"client_secret": "pi_1_secret_2", "amount": 12.34}
        started = StartedPayment(reference, Decimal("12.34"), 1, 7, values=values, visit="v")
    return KeptPayment(
        cart=cart,
        version=3,
        order_id=9,
        provider_id=2,
        provider_code="stripe",
        method_id=4,
        tokenize=False,
        amount=Decimal("12.34"),
        currency="EUR",
        mark=mark,
        started=started,
    )


@asynccontextmanager
async def store_of(kind: str, valkey: Valkey) -> AsyncIterator[PaymentStore]:
    if kind == "memory":
        yield payments_beside(MemoryCarts())
        return
    async with redis_carts(valkey.url) as carts:
        yield payments_beside(carts)


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_what_is_kept_is_found(kind: str, valkey: Valkey) -> None:
    async with store_of(kind, valkey) as store:
        one, other = new_cart_id(guest()), new_cart_id(guest())
        assert await store.read(one) == ()
        asked = payment(one, "a", reference=None)
        await store.keep(one, (asked,))
        assert await store.read(one) == (asked,)
        answered = with_payment((asked,), payment(one, "a"))
        await store.keep(one, with_payment(answered, payment(one, "b", reference="S1-1")))
        assert [(kept.mark, kept.reference) for kept in await store.read(one)] == [("a", "S1"), ("b", "S1-1")]
        assert (await store.read(one))[0] == payment(one, "a")
        assert await store.read(other) == ()
        assert await store.read("no cart has this id") == ()


async def test_a_day_later_nothing_is_kept() -> None:
    now = 1_000.0
    store = MemoryPayments(clock=lambda: now)
    await store.keep("one", (payment("one", "a"),))
    now += KEPT_SECONDS + 1
    assert await store.read("one") == ()
    await store.keep("two", (payment("two", "a"),))
    assert list(store._kept) == ["two"]


async def test_redis_forgets_it_too(valkey: Valkey) -> None:
    async with redis_carts(valkey.url) as carts:
        cart_id = new_cart_id(guest())
        await payments_beside(carts).keep(cart_id, (payment(cart_id, "a"),))
        with valkey.client() as client:
            (key,) = [key for key in client.scan_iter("*:y:*") if cart_id.encode() in key]
            assert 0 < client.pttl(key) <= KEPT_SECONDS * 1000


def test_the_first_of_too_many_go() -> None:
    begun: tuple[KeptPayment, ...] = ()
    for number in range(MOST + 3):
        begun = with_payment(begun, payment("one", str(number)))
    assert [kept.mark for kept in begun] == [str(number) for number in range(3, MOST + 3)]


async def test_redis_is_away(own_valkey: Valkey) -> None:
    async with redis_carts(own_valkey.url, seconds=0.3) as carts:
        store, cart_id = payments_beside(carts), new_cart_id(guest())
        own_valkey.kill()
        with pytest.raises(CartsUnavailableError):
            await store.read(cart_id)


async def test_pressed_in_two_processes(own_double: DoubleOf, valkey: Valkey) -> None:
    """At once: one transaction, told by both; paid through one, seen through the other."""
    double = own_double("19.0")
    shared: dict[str, Any] = {
        "redis_url": valkey.url,
        "redis_namespace": f"pay-{double.port}",
        "cart_durability": "memory",
    }
    async with (
        paying_shop(double, "payment_stripe", None, **shared) as one,
        paying_shop(double, "payment_stripe", None, public_url=one.url, **shared) as two,
    ):
        await ready_to_pay(one)
        two.cookie = one.cookie
        first, second = await asyncio.gather(begun(one), begun(two))
        assert first == second
        assert len(transactions(one)) == 1
        await pays(one, first)
        assert (await confirmation(two))["stage"] == "SalesOrder"
        assert await confirmation(device(two)) is None
