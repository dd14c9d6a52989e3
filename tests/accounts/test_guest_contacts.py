"""How many contacts guests make in Odoo: so many in a session, so many from an address, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cache.names import Names
from identity.rates import MemoryRate, RedisRate
from identity.throttle import Window
from server.guest_contacts import GuestContacts
from tests.cart.places import link_to
from tests.identity.wired import Shop, shop
from tests.support.bff import Answer
from tests.support.valkey import Valkey

TELL = 'mutation($name: String!) { createUpdatePartner(name: $name, email: "a@guest.example") { id } }'
ADD = """mutation($address: AddAddressInput!) { addAddress(type: Shipping, address: $address) { id } }"""
DELETE = "mutation($id: Int!) { deleteAddress(address: { id: $id }) { result } }"


def device(of: Shop) -> Shop:
    return replace(of, cookie=None)


async def tell(of: Shop, name: str = "An") -> Answer:
    return await of.query(TELL, {"name": name})


async def address(of: Shop, street: str) -> Answer:
    country = next(iter(of.double.db.table("res.country").find("code", ["BE"])))
    values = {"name": "An", "street": street, "zip": "4000", "phone": "", "countryId": country}
    return await of.query(ADD, {"address": values})


def contacts(of: Shop) -> int:
    return len(of.double.db.table("res.partner"))


async def test_an_address_has_so_many_and_changing_them_counts_nothing() -> None:
    async with shop(guest_contacts_address=3, trusted_proxies="127.0.0.1") as bff:
        bff.headers["X-Forwarded-For"] = "203.0.113.7"
        visitors = [device(bff) for _ in range(3)]
        for visitor in visitors:
            assert (await tell(visitor)).data
        before = contacts(bff)
        late = device(bff)
        refused = await tell(late)
        assert refused.codes == {"TOO_MANY_CONTACTS"}
        assert 3500 < refused.errors[0]["extensions"]["retryAfter"] <= 3600
        assert contacts(bff) == before
        for number in range(5):  # who has one goes on with it
            assert (await tell(visitors[0], f"An {number}")).data
        elsewhere = replace(device(bff), headers={"X-Forwarded-For": "198.51.100.4"})
        assert (await tell(elsewhere)).data
        # and customers are no guests
        await late.log_in(1)
        assert (await address(late, "Quai 1")).data


async def test_a_session_has_so_many_however_often_it_deletes_them() -> None:
    async with shop(guest_contacts_session=3) as bff:
        assert (await tell(bff)).data
        for number in range(2):
            added = await address(bff, f"Quai {number}")
            gone = await bff.query(DELETE, {"id": added.data["addAddress"]["id"]})
            assert gone.data["deleteAddress"]["result"] is True
        assert (await address(bff, "Quai 9")).codes == {"TOO_MANY_CONTACTS"}
        assert (await tell(device(bff))).data


async def test_without_limits() -> None:
    async with shop(guest_contacts_session=0, guest_contacts_address=0) as bff:
        for _ in range(4):
            assert (await tell(device(bff))).data


async def test_it_is_counted_in_all_processes(valkey: Valkey) -> None:
    names, window = Names("contacts-of-guests"), Window(2, 60.0)
    one, other = link_to(valkey.url), link_to(valkey.url)
    try:
        made: list[GuestContacts] = [
            GuestContacts(
                RedisRate(link, names, window, kind="contacts"), RedisRate(link, names, window, kind="session-contacts")
            )
            for link in (one, other)
        ]
        assert [await made[number % 2].taken("10.0.0.1", f"session {number}") for number in range(2)] == [None, None]
        assert await made[0].taken("10.0.0.1", "session 2") is not None
        assert await made[1].taken("10.0.0.2", "session 3") is None
    finally:
        await one.close()
        await other.close()


@pytest.mark.parametrize(("session", "counted"), [("s", 2), (None, 6)])
async def test_what_a_session_may_not_is_not_counted_for_its_address(session: str | None, counted: int) -> None:
    rates: list[Any] = [MemoryRate(Window(tries, 60.0)) for tries in (100, 2)]
    limits = GuestContacts(*rates)
    taken: Callable[[], Any] = lambda: limits.taken("10.0.0.1", session)  # noqa: E731
    answers = [await taken() for _ in range(6)]
    assert sum(one is None for one in answers) == counted
    assert rates[0]._counts["10.0.0.1"][0] == counted
