"""Wishlists, newsletters and leads, the same for every version and transport."""

from __future__ import annotations

import re
from typing import Any

import pytest

from adapters.errors import OdooNotSupportedError
from adapters.records.visitors import ContactRequest
from demo.double import Double
from tests.adapters.customers import WIRES, Shop, shop

WISHING = [wire for wire in WIRES if wire[0] != "10.0"]
LISTS = {"10.0": "mail.mass_mailing.list", "14.0": "mailing.list", "19.0": "mailing.list"}
CONTACTS = {"10.0": "mail.mass_mailing.contact", "14.0": "mailing.contact", "19.0": "mailing.contact"}
EMAIL = "zoe_1@vet.example"
ASKED = ContactRequest(
    subject="Régime <rénal>",
    name="Anaïs",
    email="anais@vet.example",
    message="Bonjour,\n\n<b>où</b> & quand ?",
    phone="+32 2 1",
    company="Clinique",
)


def rows(odoo: Shop, model: str) -> list[dict[str, Any]]:
    table = odoo.double.db.table(model)
    return [row for record_id in table.ids() if (row := table.get(record_id)) is not None]


def wished(odoo: Shop) -> list[int]:
    return [row["product_id"] for row in rows(odoo, "product.wishlist") if row.get("active")]


def a_list(odoo: Shop, version: str, name: str = "Newsletter") -> int:
    return next(int(row["id"]) for row in rows(odoo, LISTS[version]) if row["name"] == name)


def subscribers(odoo: Shop, version: str) -> list[dict[str, Any]]:
    return rows(odoo, CONTACTS[version])


def without(*models: str) -> Any:
    """A change of a double: it has not these models."""

    def change(double: Double) -> None:
        double.db.models = {name: model for name, model in double.db.models.items() if name not in models}

    return change


# -- wishlists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WISHING)
async def test_wishes_come_and_go(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        partner_id, other_id, adapter = odoo.partner(), odoo.partner(USER_OF_ANOTHER), odoo.adapter
        assert await adapter.wishes(partner_id) == []
        await adapter.add_wishes(partner_id, [3, 1], website_id=1)
        await adapter.add_wishes(other_id, [3], website_id=1)
        await adapter.add_wishes(partner_id, [1, 2, 2], website_id=1)
        assert await adapter.wishes(partner_id) == [3, 1, 2]
        await adapter.remove_wishes(partner_id, [3, 9, 1])
        assert await adapter.wishes(partner_id) == [2]
        assert await adapter.wishes(other_id) == [3]


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_an_archived_wish_is_taken_up_again(version: str) -> None:
    async with shop(version) as odoo:
        partner_id, adapter = odoo.partner(), odoo.adapter
        await adapter.add_wishes(partner_id, [1], website_id=1)
        (row,) = rows(odoo, "product.wishlist")
        odoo.double.db.put("product.wishlist", {**row, "active": False})
        assert await adapter.wishes(partner_id) == []
        await adapter.add_wishes(partner_id, [1, 2], website_id=1)
        assert await adapter.wishes(partner_id) == [1, 2]


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_a_variant_that_was_deleted_keeps_no_other_from_coming(version: str) -> None:
    async with shop(version) as odoo:
        await odoo.adapter.add_wishes(odoo.partner(), [1, 99_999, 2], website_id=1)
        assert await odoo.adapter.wishes(odoo.partner()) == [1, 2]


async def test_odoo_10_has_no_wishlists() -> None:
    async with shop("10.0") as odoo:
        await odoo.adapter.add_wishes(odoo.partner(), [1], website_id=1)
        await odoo.adapter.remove_wishes(odoo.partner(), [1])
        assert await odoo.adapter.wishes(odoo.partner()) is None
        assert odoo.calls == []


# -- newsletters ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_subscribing_again_changes_nothing(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        list_id = a_list(odoo, version)
        # without more said it is the first public list; 10.0 knows none that is not
        for email in (EMAIL, EMAIL.upper(), "zoeX1@vet.example"):
            assert await odoo.adapter.subscribe(email.lower(), name="Zoë") is True
        assert [row["email"] for row in subscribers(odoo, version)] == [EMAIL, "zoex1@vet.example"]
        for row in subscribers(odoo, version):
            assert row["name"] == "Zoë"
            assert row.get("list_id") == list_id or list(row.get("list_ids", ())) == [list_id]


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_a_list_that_is_named(version: str) -> None:
    async with shop(version, change=second_list(version)) as odoo:
        named = a_list(odoo, version, "Others")
        assert await odoo.adapter.subscribe(EMAIL) is True
        assert await odoo.adapter.subscribe(EMAIL, list_id=named) is True
        assert await odoo.adapter.subscribe(EMAIL, list_id=99_999) is False
        lists = {one for row in subscribers(odoo, version) for one in (row.get("list_ids") or [row.get("list_id")])}
        assert lists == {a_list(odoo, version), named}
        assert len(subscribers(odoo, version)) == (2 if version == "10.0" else 1)


async def test_the_newsletter_of_a_website() -> None:
    async with shop("19.0", change=second_list("19.0")) as odoo:
        website = odoo.double.db.table("website").get(1)
        assert website is not None
        odoo.double.db.put("website", {**website, "newsletter_id": a_list(odoo, "19.0", "Others")})
        assert await odoo.adapter.subscribe(EMAIL, website_id=1) is True
        (row,) = subscribers(odoo, "19.0")
        assert list(row["list_ids"]) == [a_list(odoo, "19.0", "Others")]


async def test_who_opted_out_of_10_is_on_the_list_again() -> None:
    async with shop("10.0") as odoo:
        await odoo.adapter.subscribe(EMAIL)
        (row,) = subscribers(odoo, "10.0")
        odoo.double.db.put(CONTACTS["10.0"], {**row, "opt_out": True})
        await odoo.adapter.subscribe(EMAIL)
        (row,) = subscribers(odoo, "10.0")
        assert not row["opt_out"]


@pytest.mark.parametrize(
    ("version", "model"), [("14.0", "mailing.contact.subscription"), ("19.0", "mailing.subscription")]
)
async def test_who_opted_out_is_on_the_list_again(version: str, model: str) -> None:
    async with shop(version, change=opted_out(version, model)) as odoo:
        await odoo.adapter.subscribe(EMAIL)
        mine, others = sorted(rows(odoo, model), key=lambda row: int(row["id"]))
        assert (bool(mine.get("opt_out")), bool(others.get("opt_out"))) == (False, True)
        assert len(subscribers(odoo, version)) == 2


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_without_any_list_nobody_subscribes(version: str) -> None:
    def change(double: Double) -> None:
        for record_id in list(double.db.table(LISTS[version]).ids()):
            double.db.delete(LISTS[version], record_id)

    async with shop(version, change=change) as odoo:
        assert await odoo.adapter.subscribe(EMAIL) is False
        assert subscribers(odoo, version) == []


# -- leads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_question_becomes_a_lead(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        lead_id = await odoo.adapter.create_lead(ASKED)
        row = odoo.double.db.table("crm.lead").get(lead_id)
    assert row is not None
    told = {name: row.get(name) for name in ("name", "contact_name", "email_from", "phone", "partner_name")}
    assert told == {
        "name": ASKED.subject,
        "contact_name": ASKED.name,
        "email_from": ASKED.email,
        "phone": ASKED.phone,
        "partner_name": ASKED.company,
    }
    assert not row.get("user_id"), "it is nobody's yet"
    if version == "19.0":
        assert row["description"] == "<p>Bonjour,</p><p><br></p><p>&lt;b&gt;où&lt;/b&gt; &amp; quand ?</p>"
    else:
        assert row["description"] == ASKED.message


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_without_crm_there_are_no_leads(version: str) -> None:
    async with shop(version, change=without("crm.lead")) as odoo:
        with pytest.raises(OdooNotSupportedError, match=re.escape("install crm")):
            await odoo.adapter.create_lead(ASKED)
        assert ("crm.lead", "create") not in odoo.calls


# -- doubles --------------------------------------------------------------------------------------------------------

#: another portal user than `tests.adapters.customers.USER`
USER_OF_ANOTHER = 18


def second_list(version: str) -> Any:
    def change(double: Double) -> None:
        public = {} if version == "10.0" else {"is_public": True}
        double.db.put(LISTS[version], {"id": 77, "name": "Others", "active": True, **public})

    return change


def opted_out(version: str, model: str) -> Any:
    """Two of the newsletter who opted out."""

    def change(double: Double) -> None:
        list_id = next(
            row["id"]
            for record_id in double.db.table(LISTS[version]).ids()
            if (row := double.db.table(LISTS[version]).get(record_id)) and row["name"] == "Newsletter"
        )
        for number, email in enumerate((EMAIL, "else@vet.example"), start=1):
            double.db.put(CONTACTS[version], {"id": number, "email": email, "list_ids": [list_id]})
            double.db.put(model, {"id": number, "contact_id": number, "list_id": list_id, "opt_out": True})

    return change
