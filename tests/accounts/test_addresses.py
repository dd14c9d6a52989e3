"""Addresses of customers and of guests, on every version."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import parse, validate

from adapters.errors import OdooUnavailableError
from cache.tags import ALL_CUSTOMERS, tags_of_all
from resolvers.checkout_contacts import Chosen
from resolvers.errors import SignInsUnavailableError
from tests.accounts.addresses import (
    ADD,
    ADDRESSES,
    DELETE,
    NOT_FOUND,
    SELECT,
    TELL,
    UPDATE,
    address,
    chosen,
    customer,
    neighbours,
    places,
    rows_of,
)
from tests.accounts.desk import Desk, desk, schema
from tests.accounts.storefront import document
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD, VERSIONS

# -- the storefront's operations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "LoginMutation",
        "LoadUserQuery",
        "RegisterUserMutation",
        "UpdatePasswordMutation",
        "UpdateMyAccountMutation",
        "AddAddress",
        "UpdateAddress",
        "SelectCurrentAddress",
        "DeleteAddress",
        "CreateUpdatePartner",
        "GetAddressesQuery",
    ],
)
def test_all_that_the_storefront_selects_is_there(name: str) -> None:
    text, missing = document(name, schema())
    assert missing == set()
    assert validate(schema(), parse(text)) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_storefronts_own_documents_are_answered(version: str) -> None:
    async with desk(version) as shop:
        visitor = shop.visitor()
        login, _ = document("LoginMutation", schema())
        partner = (await visitor.ask(login, email=VET, password=PASSWORD)).data["login"]["user"]["partner"]
        assert partner["isPublic"] is False
        assert (partner["billingAddress"]["name"], partner["shippingAddress"]["name"]) != (None, None)
        user, _ = document("LoadUserQuery", schema())
        assert (await visitor.ask(user)).data["partner"] == partner
        add, _ = document("AddAddress", schema())
        sent = {key: value for key, value in address(shop).items() if key != "email"}
        added = (await visitor.ask(add, address=sent, type="Shipping")).data["addAddress"]
        asked, _ = document("GetAddressesQuery", schema())
        listed = (await visitor.ask(asked, filter={"addressType": ["Shipping"]})).data["addresses"]
        assert listed[0] == added
        select, _ = document("SelectCurrentAddress", schema())
        one = {"id": added["id"]}
        assert (await visitor.ask(select, address=one, type="Billing")).data["selectAddress"] == added
        update, _ = document("UpdateAddress", schema())
        changed = (await visitor.ask(update, address={**sent, **one, "city": "Namur"})).data["updateAddress"]
        assert changed == {**added, "city": "Namur"}
        delete, _ = document("DeleteAddress", schema())
        assert (await visitor.ask(delete, address=one)).data["deleteAddress"] == {"result": True}
        tell, _ = document("CreateUpdatePartner", schema())
        given = {"name": "Dr New", "email": "new@x.example", "subscribeNewsletter": True}
        told = (await visitor.ask(tell, **given)).data["createUpdatePartner"]
        assert told == {"id": partner["id"], "name": "Dr New", "email": "new@x.example", "isPublic": False}


# -- a contact ------------------------------------------------------------------------------------------------------

WHOLE = """
{
  partner {
    id name addressType isCompany isPublic street street2 zip city email phone vat companyName companyRegNo
    image imageUrl imageFilename country { code } state { code }
    parentId { id name isCompany parentId { id } }
    company { id name isCompany contacts { id } }
    contacts { id }
    billingAddress { id addressType parentId { id } } shippingAddress { id addressType parentId { id } }
  }
}
"""


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customers_contact_and_whom_it_leads_to(version: str) -> None:
    async with desk(version) as shop:
        visitor, who, rows = await customer(shop), neighbours(shop), rows_of(shop)
        told = (await visitor.ask(WHOLE)).data["partner"]
        own, head = rows[who.own], rows[who.head]
        below = {one: row for one, row in rows.items() if row.get("parent_id") == who.head}

        def first(kind: str) -> int:
            return min((row["name"].casefold(), one) for one, row in below.items() if row["type"] == kind)[1]

        assert {name: told[name] for name in ("id", "name", "street", "zip", "city", "email", "phone")} == {
            "id": who.own,
            **{name: own.get(name) for name in ("name", "street", "zip", "city", "email", "phone")},
        }
        assert (told["addressType"], told["isCompany"], told["isPublic"]) == ("Contact", False, False)
        assert (told["vat"], told["companyName"], told["companyRegNo"]) == (head["vat"], head["name"], None)
        assert (told["image"], told["imageUrl"], told["imageFilename"]) == (None, None, None)
        assert told["parentId"] == {"id": who.head, "name": head["name"], "isCompany": True, "parentId": None}
        assert {one["id"] for one in told["company"]["contacts"]} == below.keys()
        assert told["company"]["id"] == who.head
        assert told["contacts"] is None
        assert told["billingAddress"] == {
            "id": first("invoice"),
            "addressType": "InvoiceAddress",
            "parentId": {"id": who.head},
        }
        assert told["shippingAddress"]["id"] == first("delivery")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_group_above_the_company_is_not_told(version: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        group = shop.odoo.double.create("res.partner", {"name": "Groep", "is_company": True})
        shop.odoo.double.write("res.partner", [who.head], {"parent_id": group})
        told = (await (await customer(shop)).ask(WHOLE)).data["partner"]
        assert told["company"]["id"] == who.head
        assert told["parentId"]["parentId"] is None


# -- customers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customers_addresses(version: str) -> None:
    async with desk(version) as shop:
        visitor, who = await customer(shop), neighbours(shop)
        double = shop.odoo.double
        gone = double.create("res.partner", {"name": "Gone", "type": "delivery", "parent_id": who.head})
        double.write("res.partner", [gone], {"active": False})
        double.create("res.partner", {"name": "Other", "type": "other", "parent_id": who.head})
        rows = {one: row for one, row in rows_of(shop).items() if row.get("parent_id") == who.head}

        def of(*kinds: str) -> list[int]:
            found = [one for one, row in rows.items() if row["type"] in kinds and row["active"]]
            return sorted(found, reverse=True)

        async def listed(wanted: Any) -> list[int]:
            return [one["id"] for one in (await visitor.ask(ADDRESSES, filter=wanted)).data["addresses"]]

        everything = sorted([*of("invoice", "delivery"), who.head], reverse=True)
        unrestricted: list[Any] = [None, {}, {"addressType": None}, {"addressType": []}, {"addressType": [None]}]
        for nothing in unrestricted:
            assert await listed(nothing) == everything
        assert await listed({"addressType": ["Billing"]}) == of("invoice") != []
        assert await listed({"addressType": ["Shipping", None]}) == of("delivery") != []
        assert await listed({"addressType": ["Shipping", "Billing"]}) == of("invoice", "delivery")


@pytest.mark.parametrize("version", VERSIONS)
async def test_adding_an_address(version: str) -> None:
    async with desk(version) as shop:
        visitor, who, where = await customer(shop), neighbours(shop), places(shop)
        given = address(
            shop, countryId=where["US"], stateId=where["state"], email="Quay@X.example", street=" Quai  d'Or "
        )
        added = (await visitor.ask(ADD, address=given, type="Shipping")).data["addAddress"]
        row = rows_of(shop)[added["id"]]
        assert (row["parent_id"], row["type"]) == (who.head, "delivery")
        assert (added["addressType"], added["isPublic"], added["isCompany"]) == ("DeliveryAddress", True, False)
        assert (added["street"], added["street2"], added["email"]) == ("Quai d'Or", "4", "quay@x.example")
        assert (added["country"]["code"], added["state"]["id"]) == ("US", where["state"])
        assert chosen(visitor) == Chosen(shipping_partner_id=added["id"])
        # the same again is the same
        again = (await visitor.ask(ADD, address=given, type="Shipping")).data["addAddress"]
        assert again == added
        # and another is another
        other = (await visitor.ask(ADD, address={**given, "zip": "4001"}, type="Shipping")).data["addAddress"]
        assert other["id"] != added["id"]
        bill = (await visitor.ask(ADD, address=given, type="Billing")).data["addAddress"]
        assert bill["addressType"] == "InvoiceAddress"
        assert chosen(visitor) == Chosen(None, bill["id"], other["id"])
        told = {one["id"] for one in (await visitor.ask(ADDRESSES)).data["addresses"]}
        assert {added["id"], other["id"], bill["id"]} <= told


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_bills_address_is_for_the_goods_too_where_there_is_no_other(version: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        visitor = await customer(shop)
        kept = (await visitor.ask(ADD, address=address(shop), type="Billing")).data["addAddress"]["id"]
        assert chosen(visitor) == Chosen(None, kept, None)  # the company has a place for goods
        for one, row in rows_of(shop).items():
            if row.get("parent_id") == who.head and row["type"] == "delivery":
                shop.odoo.double.write("res.partner", [one], {"active": False})
        bill = (await visitor.ask(ADD, address=address(shop, zip="1"), type="Billing")).data["addAddress"]["id"]
        assert chosen(visitor) == Chosen(None, bill, bill)


@pytest.mark.parametrize("version", VERSIONS)
async def test_changing_an_address(version: str) -> None:
    async with desk(version) as shop:
        visitor, who, where = await customer(shop), neighbours(shop), places(shop)
        given = address(shop, countryId=where["US"], stateId=where["state"], email="quay@x.example")
        added = (await visitor.ask(ADD, address=given, type="Shipping")).data["addAddress"]
        one = added["id"]
        change = {"id": one, "zip": "5000", "street": "", "street2": None, "email": " ", "phone": "", "stateId": None}
        changed = (await visitor.ask(UPDATE, address=change)).data["updateAddress"]
        assert changed == {**added, "zip": "5000"}  # nothing can be emptied
        moved = (await visitor.ask(UPDATE, address={"id": one, "countryId": where["BE"]})).data["updateAddress"]
        assert (moved["country"]["code"], moved["state"]) == ("BE", None)
        calls = len(shop.odoo.calls)
        assert (await visitor.ask(UPDATE, address={"id": one, "zip": "5000"})).data["updateAddress"] == moved
        assert ("res.partner", "write") not in shop.odoo.calls[calls:]
        # whoever asks, and whoever buys, are addresses too
        for primary in (who.own, who.head):
            told = (await visitor.ask(UPDATE, address={"id": primary, "city": "Gent"})).data["updateAddress"]
            assert (told["id"], told["city"]) == (primary, "Gent")
            assert rows_of(shop)[primary]["city"] == "Gent"


@pytest.mark.parametrize("version", VERSIONS)
async def test_selecting_and_deleting_an_address(version: str) -> None:
    async with desk(version) as shop:
        visitor, who = await customer(shop), neighbours(shop)
        one = (await visitor.ask(ADD, address=address(shop), type="Shipping")).data["addAddress"]["id"]
        for place in ("Billing", "Shipping"):
            answer = await visitor.ask(SELECT, address={"id": one}, type=place)
            assert answer.data["selectAddress"] == {"id": one}
        assert chosen(visitor) == Chosen(None, one, one)
        await visitor.ask(SELECT, address={"id": who.head}, type="Billing")
        assert (await visitor.ask(DELETE, address={"id": one})).data["deleteAddress"] == {"result": True}
        assert chosen(visitor) == Chosen(None, who.head, None)
        assert rows_of(shop)[one]["active"] is False
        assert one not in {told["id"] for told in (await visitor.ask(ADDRESSES)).data["addresses"]}
        for again in (DELETE, UPDATE):
            assert (await visitor.ask(again, address={"id": one})).told == NOT_FOUND
        assert (await visitor.ask(SELECT, address={"id": one}, type="Billing")).told == NOT_FOUND
        for primary in (who.own, who.head):
            refused = ("FORBIDDEN", "You can't delete the primary address.")
            assert (await visitor.ask(DELETE, address={"id": primary})).told == refused
            assert rows_of(shop)[primary]["active"] is True


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customer_tells_of_themselves(version: str) -> None:
    async with desk(version) as shop:
        visitor, who = await customer(shop), neighbours(shop)
        before = rows_of(shop)[who.own]
        told = (await visitor.ask(TELL, name="Dr  De Wit", email="Wit@x.example")).data["createUpdatePartner"]
        assert told == {
            "id": who.own,
            "name": "Dr De Wit",
            "email": "wit@x.example",
            "phone": before["phone"],
            "isPublic": False,
            "addressType": "Contact",
        }
        told = (await visitor.ask(TELL, name="Dr De Wit", email="wit@x.example", phone="+32 9")).data
        assert told["createUpdatePartner"]["phone"] == rows_of(shop)[who.own]["phone"] == "+32 9"
        await customer(shop)  # who signs in as before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, ("BAD_USER_INPUT", "name may not be empty.")),
        ({"name": "x" * 129}, ("BAD_USER_INPUT", "name may have at most 128 characters.")),
        ({"street": "x" * 129}, ("BAD_USER_INPUT", "street may have at most 128 characters.")),
        ({"zip": "1" * 25}, ("BAD_USER_INPUT", "zip may have at most 24 characters.")),
        ({"phone": "call me"}, ("BAD_USER_INPUT", "phone is no phone number.")),
        ({"email": "a@b, c@d.example"}, ("BAD_USER_INPUT", "Invalid email.")),
        ({"countryId": 9_999_999}, ("ERP_REJECTED", "There is no such country.")),
        ({"countryId": 0}, ("ERP_REJECTED", "There is no such country.")),
        ({"countryId": -1}, ("ERP_REJECTED", "There is no such country.")),
        ({"stateId": 9_999_999}, ("ERP_REJECTED", "This state is not one of the country's.")),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
async def test_what_cannot_be_is_refused(version: str, changes: dict[str, Any], told: tuple[str, str]) -> None:
    async with desk(version) as shop:
        visitor = await customer(shop)
        before = rows_of(shop)
        assert (await visitor.ask(ADD, address=address(shop, **changes), type="Billing")).told == told
        assert (await shop.visitor().ask(ADD, address=address(shop, **changes), type="Billing")).told == told
        if changes.get("name") != " ":  # which leaves the name as it is
            update = {"id": neighbours(shop).head, "countryId": places(shop)["BE"], **changes}
            assert (await visitor.ask(UPDATE, address=update)).told == told
        assert rows_of(shop) == before


@pytest.mark.parametrize("mutation", ["addAddress(type: Billing)", "selectAddress(type: Billing)", "deleteAddress"])
async def test_an_address_is_needed(mutation: str) -> None:
    async with desk("19.0") as shop:
        answer = await (await customer(shop)).ask(f"mutation {{ {mutation} {{ __typename }} }}")
        assert answer.told == ("BAD_USER_INPUT", "address is missing.")


# -- guests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guest_tells_of_themselves_and_adds_addresses(version: str) -> None:
    async with desk(version) as shop:
        visitor, before = shop.visitor(), rows_of(shop)
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == []
        told = (await visitor.ask(TELL, name="An Guest", email="An@guest.example", phone="+32 1")).data
        partner = told["createUpdatePartner"]
        one = partner["id"]
        assert partner == {
            "id": one,
            "name": "An Guest",
            "email": "an@guest.example",
            "phone": "+32 1",
            "isPublic": True,
            "addressType": "Contact",
        }
        assert chosen(visitor) == Chosen(one, one, one)
        # told again, the same contact is changed
        again = (await visitor.ask(TELL, name="An G.", email="an@guest.example")).data["createUpdatePartner"]
        assert again == {**partner, "name": "An G."}

        ship = (await visitor.ask(ADD, address=address(shop), type="Shipping")).data["addAddress"]
        assert chosen(visitor) == Chosen(one, one, ship["id"])
        bill = (await visitor.ask(ADD, address=address(shop), type="Billing")).data["addAddress"]
        assert chosen(visitor) == Chosen(one, bill["id"], ship["id"])
        # and so are addresses; what is empty in the form was taken out
        later = (await visitor.ask(ADD, address=address(shop, street2=None, zip="1"), type="Shipping")).data
        assert later["addAddress"] == {**ship, "street2": None, "zip": "1"}
        assert chosen(visitor) == Chosen(one, bill["id"], ship["id"])

        rows = rows_of(shop)
        assert rows.keys() - before.keys() == {one, ship["id"], bill["id"]}
        assert {rows[at]["parent_id"] for at in (ship["id"], bill["id"])} == {one}
        listed = [at["id"] for at in (await visitor.ask(ADDRESSES)).data["addresses"]]
        assert listed == sorted([one, ship["id"], bill["id"]], reverse=True)
        assert (await visitor.ask("{ partner { id isPublic } }")).data["partner"] == {"id": 4, "isPublic": True}

        await visitor.ask(SELECT, address={"id": bill["id"]}, type="Shipping")
        assert (await visitor.ask(DELETE, address={"id": bill["id"]})).data["deleteAddress"] == {"result": True}
        assert chosen(visitor) == Chosen(one, one, one)
        assert (await visitor.ask(DELETE, address={"id": one})).told[1] == "You can't delete the primary address."
        changed = (await visitor.ask(UPDATE, address={"id": ship["id"], "city": "Namur"})).data["updateAddress"]
        assert changed["city"] == "Namur"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guests_first_address_makes_their_contact(version: str) -> None:
    async with desk(version) as shop:
        visitor, before = shop.visitor(), rows_of(shop)
        bill = (await visitor.ask(ADD, address=address(shop), type="Billing")).data["addAddress"]
        main, both = chosen(visitor).partner_id, bill["id"]
        assert chosen(visitor) == Chosen(main, both, both)  # for the goods too
        rows = rows_of(shop)
        assert rows.keys() - before.keys() == {main, both}
        made = rows[main or 0]
        assert (made["type"], made["name"], made["street"], made["lang"]) == ("contact", "Quai 4", "Quai", "en_US")
        ship = (await visitor.ask(ADD, address=address(shop, zip="2"), type="Shipping")).data["addAddress"]["id"]
        assert chosen(visitor) == Chosen(main, both, ship)


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_contact_of_all_guests_is_not_touched(version: str) -> None:
    async with desk(version) as shop:
        before = rows_of(shop)
        for visitor in (shop.visitor(), await customer(shop)):
            for mutation, text in ((UPDATE, "Can't update"), (DELETE, "Can't delete")):
                answer = await visitor.ask(mutation, address={"id": 4})
                assert answer.told == ("FORBIDDEN", f"{text} public user address.")
            assert (await visitor.ask(SELECT, address={"id": 4}, type="Billing")).told == NOT_FOUND
        assert rows_of(shop) == before


class Cart:
    """A cart that is made when it is needed; or that cannot be."""

    def __init__(self, *, full: bool = False) -> None:
        self.now: Chosen | None = None
        self._full = full

    async def chosen(self) -> Chosen | None:
        return self.now

    async def choose(self, chosen: Chosen) -> None:
        if self._full:
            raise SignInsUnavailableError
        self.now = chosen


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guest_without_a_cart(version: str) -> None:
    async with desk(version) as shop:
        shop.checkout = cart = Cart()
        before, visitor = rows_of(shop), shop.visitor()
        no_cart = ("NOT_FOUND", "Shopping cart not found.")
        assert (await visitor.ask(ADD, address=address(shop), type="Billing")).told == no_cart
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == []
        assert (await visitor.ask(UPDATE, address={"id": 11, "zip": "1"})).told == NOT_FOUND
        assert rows_of(shop) == before
        assert cart.now is None
        told = (await visitor.ask(TELL, name="An", email="an@guest.example")).data["createUpdatePartner"]["id"]
        assert cart.now == Chosen(told, told, told)


async def test_no_contact_is_made_that_nobody_could_reach() -> None:
    async with desk("19.0") as shop:
        shop.checkout = cart = Cart(full=True)
        before, visitor = rows_of(shop), shop.visitor()
        assert (await visitor.ask(TELL, name="An", email="an@guest.example")).told[0] == "IDENTITY_UNAVAILABLE"
        cart.now = Chosen()
        assert (await visitor.ask(ADD, address=address(shop), type="Billing")).told[0] == "IDENTITY_UNAVAILABLE"
        assert rows_of(shop) == before


# -- what is kept ---------------------------------------------------------------------------------------------------


async def warm(shop: Desk) -> None:
    """Have the shop's tables read."""
    await shop.visitor().ask("{ countries { totalCount } website { id } }")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_page_of_addresses_costs_two_calls_and_then_none(version: str) -> None:
    async with desk(version, kept_bytes=1_000_000) as shop:
        visitor = await customer(shop)
        await warm(shop)
        await shop.services.invalidate(frozenset({ALL_CUSTOMERS}))
        page = "{ partner { id name billingAddress { id country { name } } } addresses { id state { name } } }"
        shop.odoo.calls.clear()
        first = (await visitor.ask(page)).data
        assert sorted(shop.odoo.calls) == [("res.partner", "search_read"), ("res.users", "search_read")]
        shop.odoo.calls.clear()
        assert (await visitor.ask(page)).data == first
        assert shop.odoo.calls == []
        # own changes are seen at once
        one = (await visitor.ask(ADD, address=address(shop), type="Shipping")).data["addAddress"]["id"]
        shop.odoo.calls.clear()
        assert one in {told["id"] for told in (await visitor.ask(page)).data["addresses"]}
        await visitor.ask('mutation { updateMyAccount(myaccount: {phone: "+32 7"}) { id } }')
        assert (await visitor.ask("{ partner { phone } }")).data["partner"]["phone"] == "+32 7"


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_the_back_office_changes_is_told_by_the_feed(version: str) -> None:
    async with desk(version, kept_bytes=1_000_000) as shop:
        visitor, who = await customer(shop), neighbours(shop)
        listed = (await visitor.ask(ADDRESSES)).data["addresses"]
        cursor = (await shop.odoo.adapter.changes_since(None)).cursor
        shop.odoo.double.write("res.partner", [listed[0]["id"]], {"city": "Oostende"})
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == listed
        changes = await shop.odoo.adapter.changes_since(cursor)
        await shop.services.invalidate(tags_of_all(changes.changes))
        told = (await visitor.ask(ADDRESSES)).data["addresses"]
        assert told == [{**listed[0], "city": "Oostende"}, *listed[1:]]
        assert who.head in {one["id"] for one in told}


@pytest.mark.parametrize("version", VERSIONS)
async def test_while_odoo_is_away_addresses_are_told_and_not_changed(version: str) -> None:
    async with desk(version, kept_bytes=1_000_000) as shop:
        visitor = await customer(shop)
        listed = (await visitor.ask(ADDRESSES)).data["addresses"]
        await warm(shop)

        async def away(*_: Any, **__: Any) -> Any:
            raise OdooUnavailableError("gone")

        shop.odoo.adapter.transport.call = away  # type: ignore[method-assign]
        shop.services.records.clock = lambda: time.time() + 3600
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == listed
        assert (await visitor.ask(ADD, address=address(shop), type="Billing")).told[0] == "ERP_UNAVAILABLE"
