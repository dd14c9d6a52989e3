"""Addresses through the whole application: whom a guest's cart is for stands in their session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts.desk import schema
from tests.accounts.storefront import document
from tests.adapters.customers import VERSIONS
from tests.identity.wired import Shop, session_cookie, shop
from tests.support.bff import Answer

VET, PASSWORD = "vet3@customer.example", "Secret-3"
CONTACT: dict[str, Any] = {"name": "An Guest", "email": "an@guest.example", "subscribeNewsletter": True}


async def _send(bff: Shop, operation: str, /, cookie: str | None = None, **variables: Any) -> Answer:
    """As the storefront's server does: without a session it sends the word ``undefined``."""
    text, missing = document(operation, schema())
    assert missing == set()
    answer = await bff.query(text, variables or None, cookie=f"session_id={cookie or bff.cookie or 'undefined'}")
    assert answer.status == 200
    return answer


def _address(bff: Shop) -> dict[str, Any]:
    country = next(iter(bff.double.db.table("res.country").find("code", ["BE"])))
    return {"name": "An", "street": "Quai", "zip": "4000", "phone": "", "countryId": country, "stateId": None}


async def _ids(bff: Shop, cookie: str | None = None) -> list[int]:
    return [one["id"] for one in (await _send(bff, "GetAddressesQuery", cookie)).data["addresses"]]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guest_at_the_checkout(version: str) -> None:
    async with shop(version=version) as bff:
        answer = await _send(bff, "CreateUpdatePartner", **CONTACT)
        contact = answer.data["createUpdatePartner"]
        assert (contact["name"], contact["isPublic"]) == ("An Guest", True)
        morsel = session_cookie(answer)
        assert morsel is not None
        assert morsel["httponly"]
        again = await _send(bff, "CreateUpdatePartner", **CONTACT)
        assert again.data["createUpdatePartner"]["id"] == contact["id"]

        added = (await _send(bff, "AddAddress", address=_address(bff), type="Shipping")).data["addAddress"]
        assert added["addressType"] == "DeliveryAddress"
        assert await _ids(bff) == [added["id"], contact["id"]]
        # nobody else's session shows them
        guests, bff.cookie = bff.cookie, None
        assert await _ids(bff) == []
        refused = await _send(bff, "UpdateAddress", address={"id": added["id"], "name": "Mine"})
        assert refused.errors[0]["message"] == "Address not found."

        # nor whoever they turn out to be, whose own ones these are not
        bff.cookie = guests
        await _send(bff, "LoginMutation", email=VET, password=PASSWORD)
        assert not {added["id"], contact["id"]} & set(await _ids(bff))
        own = (await _send(bff, "AddAddress", address=_address(bff), type="Billing")).data["addAddress"]["id"]
        assert own in await _ids(bff)
        await _send(bff, "LogoutMutation")
        assert await _ids(bff) == []
        assert await _ids(bff, guests) == []  # it ended at login
