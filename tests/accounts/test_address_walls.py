"""Nobody reads, uses, changes or deletes an address of somebody else, by any operation, or learns that there is one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from msgspec import structs

from resolvers.checkout_contacts import VALUE, Chosen
from tests.accounts.addresses import (
    ACT,
    ADD,
    ADDRESSES,
    DELETE,
    NOT_FOUND,
    SELECT,
    TELL,
    UPDATE,
    Neighbours,
    address,
    chosen,
    customer,
    neighbours,
    rows_of,
)
from tests.accounts.desk import Desk, Visitor, desk
from tests.adapters.customers import STAFF, STAFF_PASSWORD, VERSIONS

UNKNOWN: Final = 9_999_999


async def a_guest(shop: Desk) -> Visitor:
    """One with a contact and an address."""
    visitor = shop.visitor()
    await visitor.ask(TELL, name="An Guest", email="an@guest.example")
    await visitor.ask(ADD, address=address(shop, name="Guest's"), type="Shipping")
    return visitor


async def a_new_guest(shop: Desk) -> Visitor:
    return shop.visitor()


async def staff(shop: Desk) -> Visitor:
    """Who may act for customers, and does not."""
    return await shop.visitor().log_in(STAFF, STAFF_PASSWORD)


async def acting_for_another(shop: Desk) -> Visitor:
    """Staff who act for the customer of the first company."""
    visitor = await staff(shop)
    await visitor.ask(ACT, id=neighbours(shop).own)
    return visitor


ASKERS: Mapping[str, Callable[[Desk], Awaitable[Visitor]]] = {
    "customer": customer,
    "guest": a_guest,
    "new guest": a_new_guest,
    "staff": staff,
    "staff acting for another": acting_for_another,
}


async def others_ids(shop: Desk, who: Neighbours) -> dict[str, int]:
    """Contacts of Odoo's that are not of whoever asks, and one that is not there."""
    stranger = await a_guest(shop)
    kept = chosen(stranger)
    public = shop.odoo.double.db.table("res.users").get(shop.odoo.user("public"))
    assert public is not None
    return {
        "another's address": who.other_addresses[0],
        "another's own contact": who.other,
        "another company": who.other_head,
        "a guest's contact": kept.partner_id or 0,
        "a guest's address": kept.shipping_partner_id or 0,
        "the shop's company": 1,
        "the contact that stands for guests": int(public["partner_id"]),
    }


def tries(contact_id: int) -> list[tuple[str, dict[str, Any]]]:
    """All that one can ask about an id."""
    one = {"id": contact_id}
    return [
        (UPDATE, {"address": {**one, "name": "Mine", "email": "mine@x.example"}}),
        (UPDATE, {"address": one}),  # changes nothing, and would be shown
        (SELECT, {"address": one, "type": "Billing"}),
        (SELECT, {"address": one, "type": "Shipping"}),
        (DELETE, {"address": one}),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("asker", ASKERS)
async def test_ids_of_others_are_as_those_of_nobody(version: str, asker: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        ids = await others_ids(shop, who)
        visitor = await ASKERS[asker](shop)
        before, kept = rows_of(shop), None if visitor.session_id is None else chosen(visitor)
        reference = [await visitor.ask(text, **variables) for text, variables in tries(UNKNOWN)]
        assert {answer.told for answer in reference} == {NOT_FOUND}
        for what, contact_id in ids.items():
            if contact_id == 4 or (asker == "staff" and contact_id == 1):
                continue  # the placeholder of all guests; staff work for the shop's company
            answers = [await visitor.ask(text, **variables) for text, variables in tries(contact_id)]
            assert answers == reference, what  # data, code, message, path: not to be told apart
        assert rows_of(shop) == before
        if kept is not None:
            assert chosen(visitor) == kept


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("asker", ASKERS)
async def test_what_one_reads_is_ones_own(version: str, asker: str) -> None:
    whole = """{
      addresses { id name parentId { id } company { id contacts { id } } contacts { id company { contacts { id } } }
                  billingAddress { id } shippingAddress { id } }
      partner { id parentId { id } company { id contacts { id } } contacts { id } billingAddress { id }
                shippingAddress { id parentId { id contacts { id } } } }
    }"""

    def ids(told: Any) -> set[int]:
        if isinstance(told, dict):
            return (
                {told["id"], *ids([value for name, value in told.items() if name != "id"])}
                if "id" in told
                else ids(list(told.values()))
            )
        return set().union(*map(ids, told)) if isinstance(told, list) else set()

    async with desk(version) as shop:
        who = neighbours(shop)
        strangers = set((await others_ids(shop, who)).values()) | set(who.other_addresses)
        visitor = await ASKERS[asker](shop)
        rows = rows_of(shop)
        told = ids((await visitor.ask(whole)).data)
        if asker == "staff":
            strangers.discard(1)
        assert not told & (strangers - {4})
        heads = {rows[one].get("commercial_partner_id", one) for one in told - {4}}
        if asker in {"customer", "staff acting for another"}:
            assert told > {who.own, who.head}
            assert {head for head in heads if rows[head].get("is_company")} == {who.head}


@pytest.mark.parametrize("version", VERSIONS)
async def test_people_of_ones_own_company_are_no_addresses(version: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        colleague = shop.odoo.double.create("res.partner", {"name": "Colleague", "parent_id": who.head})
        visitor, before = await customer(shop), rows_of(shop)
        for text, variables in tries(colleague):
            assert (await visitor.ask(text, **variables)).told == NOT_FOUND
        assert rows_of(shop) == before


@pytest.mark.parametrize("version", VERSIONS)
async def test_whose_mail_address_it_is(version: str) -> None:
    """A link for a new password is mailed to the address of the contact: nobody may set another's."""
    async with desk(version) as shop:
        who = neighbours(shop)
        double = shop.odoo.double
        boss = double.create("res.users", {"login": "boss@x.example", "partner_id": who.head})
        depot = double.create("res.partner", {"name": "Depot", "type": "delivery", "parent_id": who.head})
        double.create("res.users", {"login": "depot@x.example", "partner_id": depot})
        double.write("res.partner", [who.head, depot], {"email": "Boss@x.example"})
        visitor = await customer(shop)
        refused = ("FORBIDDEN", "The email address of somebody's account is changed by nobody else.")
        for one in (who.head, depot):
            before = rows_of(shop)
            stolen = {"id": one, "email": "thief@x.example", "zip": "9999"}
            assert (await visitor.ask(UPDATE, address=stolen)).told == refused
            assert rows_of(shop) == before
            same = {"id": one, "email": "boss@x.example", "zip": "9000"}
            assert (await visitor.ask(UPDATE, address=same)).data["updateAddress"]["zip"] == "9000"
            assert rows_of(shop)[one]["email"] == "Boss@x.example"
        told = ("FORBIDDEN", "Somebody signs in with this address.")
        assert (await visitor.ask(DELETE, address={"id": depot})).told == told
        # when nobody does any more, it is an address as any other
        double.write("res.users", [boss], {"active": False})
        changed = (await visitor.ask(UPDATE, address={"id": who.head, "email": "new@x.example"})).data
        assert changed["updateAddress"]["email"] == "new@x.example"


@pytest.mark.parametrize("version", VERSIONS)
async def test_staff_do_for_whom_they_act_what_these_may(version: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        visitor = await staff(shop)
        await visitor.ask(ACT, id=who.other)
        listed = {one["id"] for one in (await visitor.ask(ADDRESSES)).data["addresses"]}
        assert listed == {*who.other_addresses, who.other_head}
        one = who.other_addresses[0]
        assert (await visitor.ask(UPDATE, address={"id": one, "city": "Gent"})).data["updateAddress"]["city"] == "Gent"
        assert (await visitor.ask(SELECT, address={"id": one}, type="Billing")).data["selectAddress"] == {"id": one}
        added = (await visitor.ask(ADD, address=address(shop), type="Shipping")).data["addAddress"]["id"]
        assert rows_of(shop)[added]["parent_id"] == who.other_head
        assert (await visitor.ask(DELETE, address={"id": added})).data["deleteAddress"] == {"result": True}
        told = (await visitor.ask(TELL, name="By phone", email="by@phone.example")).data["createUpdatePartner"]
        assert told["id"] == who.other
        # and when they stop, no more
        await visitor.ask("mutation { stopActing { isGuest } }")
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == []
        assert (await visitor.ask(UPDATE, address={"id": one, "city": "Aalst"})).told == NOT_FOUND


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_moves_to_another_company_leaves_its_addresses(version: str) -> None:
    async with desk(version, kept_bytes=1_000_000) as shop:
        who = neighbours(shop)
        visitor = await customer(shop)
        (one, *_) = (await visitor.ask(ADDRESSES)).data["addresses"]
        shop.odoo.double.write("res.partner", [who.own], {"parent_id": who.other_head})
        before = rows_of(shop)
        gone = ("NOT_FOUND", "User does not exist.")  # until it is known where they are
        assert (await visitor.ask(UPDATE, address={"id": one["id"], "zip": "1"})).told == gone
        assert (await visitor.ask(ADD, address=address(shop), type="Billing")).told == gone
        assert (await visitor.ask(UPDATE, address={"id": who.other_addresses[0], "zip": "1"})).told == gone
        assert rows_of(shop) == before
        visitor.refreshed(commercial_partner_id=who.other_head)
        listed = {told["id"] for told in (await visitor.ask(ADDRESSES)).data["addresses"]}
        assert listed == {*who.other_addresses, who.other_head}


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_address_that_went_to_another_company_is_theirs(version: str) -> None:
    """Even while it is still known here as one's own."""
    async with desk(version, kept_bytes=1_000_000) as shop:
        who = neighbours(shop)
        visitor = await customer(shop)
        one = (await visitor.ask(ADD, address=address(shop), type="Billing")).data["addAddress"]["id"]
        await visitor.ask(ADDRESSES)
        shop.odoo.double.write("res.partner", [one], {"parent_id": who.other_head})
        before = rows_of(shop)
        for text, variables in tries(one):
            assert (await visitor.ask(text, **variables)).told == NOT_FOUND
        assert rows_of(shop) == before


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("became", ["an account", "a company's", "archived", "deleted"])
async def test_a_guests_contact_that_became_somebody_is_no_guests_any_more(version: str, became: str) -> None:
    async with desk(version) as shop:
        who, double = neighbours(shop), shop.odoo.double
        visitor = await a_guest(shop)
        kept = chosen(visitor)
        assert kept.partner_id is not None
        assert kept.shipping_partner_id is not None
        if became == "an account":
            double.create("res.users", {"login": "an@guest.example", "partner_id": kept.partner_id})
        elif became == "a company's":
            double.write("res.partner", [kept.partner_id], {"parent_id": who.other_head})
        elif became == "archived":
            double.write("res.partner", [kept.partner_id], {"active": False})
        else:
            double.unlink("res.partner", [kept.shipping_partner_id, kept.partner_id])
        before = rows_of(shop)
        assert (await visitor.ask(ADDRESSES)).data["addresses"] == []
        for one in (kept.partner_id, kept.shipping_partner_id, who.other_addresses[0]):
            for text, variables in tries(one):
                assert (await visitor.ask(text, **variables)).told == NOT_FOUND
        assert rows_of(shop) == before
        # they begin anew
        told = (await visitor.ask(TELL, name="An Guest", email="an@guest.example")).data["createUpdatePartner"]
        assert told["id"] not in before
        assert {one: row for one, row in rows_of(shop).items() if one in before} == before


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_a_guest_chose_is_nothing_to_a_customer(version: str) -> None:
    """At login the values of a guest's session go over; the session proves nothing."""
    async with desk(version) as shop:
        who = neighbours(shop)
        visitor = await customer(shop)
        session = shop.signs.sessions[visitor.session_id or ""]
        strange = Chosen(who.other_head, who.other_addresses[0], who.other_addresses[0])
        values = {VALUE: json.dumps(list(structs.astuple(strange)))}
        shop.signs.sessions[session.digest] = replace(session, values=values)
        listed = {one["id"] for one in (await visitor.ask(ADDRESSES)).data["addresses"]}
        assert not listed & {who.other_head, *who.other_addresses}
        for text, variables in tries(who.other_addresses[0]):
            assert (await visitor.ask(text, **variables)).told == NOT_FOUND
        added = (await visitor.ask(ADD, address=address(shop), type="Shipping")).data["addAddress"]["id"]
        assert chosen(visitor) == Chosen(None, None, added)


async def test_a_damaged_value_of_a_session_is_none() -> None:
    async with desk("19.0") as shop:
        visitor = await a_guest(shop)
        session = shop.signs.sessions[visitor.session_id or ""]
        for value in ("", "{", "[1,2", '["1"]', "null", "7"):
            shop.signs.sessions[session.digest] = replace(session, values={VALUE: value})
            assert (await visitor.ask(ADDRESSES)).data["addresses"] == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_updating_ones_account_changes_nobody_else(version: str) -> None:
    async with desk(version) as shop:
        who = neighbours(shop)
        visitor, before = await customer(shop), rows_of(shop)
        update = "mutation ($p: UpdateMyAccountParams) { updateMyAccount(myaccount: $p) { id } }"
        for one in (who.other, who.other_head, who.head, *who.other_addresses, UNKNOWN):
            answer = await visitor.ask(update, p={"id": one, "name": "Mine"})
            assert answer.told == ("NOT_FOUND", "User does not exist.")
        assert rows_of(shop) == before


async def test_who_is_not_in_odoo_has_no_addresses() -> None:
    async with desk("19.0") as shop:
        visitor = await customer(shop)
        visitor.refreshed(partner_id=None, commercial_partner_id=None)
        before = rows_of(shop)
        gone = ("NOT_FOUND", "User does not exist.")
        assert (await visitor.ask("{ addresses { id } }")).told == gone
        assert (await visitor.ask(ADD, address=address(shop), type="Billing")).told == gone
        assert (await visitor.ask(TELL, name="X", email="x@y.example")).told == gone
        for text, variables in tries(11):
            assert (await visitor.ask(text, **variables)).told == gone
        assert rows_of(shop) == before
