"""Contacts, their addresses and fiscal positions, the same for every version and transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from adapters.connect import connect
from adapters.errors import OdooNotFoundError, OdooRejectedError
from adapters.odoo import RpcAdapter
from adapters.records.contacts import Contact, ContactValues, FiscalPosition, TaxMapping
from adapters.rpc import Credentials
from demo.double import Double, DoubleServer
from demo.double.recorded import API_KEYS, recorded_dataset
from demo.double.schema import Field, Model
from tests.adapters.customers import USER, VERSIONS, WIRES, Shop, shop

UNKNOWN = 99_999
QUAY = ContactValues(
    name="Quai", street="Quai 2", street2="Bte 3", zip="4020", city="Liège", phone="+32 4 1", email="quai@x.example"
)


def head_of(odoo: Shop) -> int:
    row = odoo.double.db.table("res.partner").get(odoo.partner())
    assert row is not None
    return int(row["commercial_partner_id"])


async def one(adapter: RpcAdapter, contact_id: int) -> Contact:
    (found,) = await adapter.contacts([contact_id])
    return found


def country(odoo: Shop, code: str) -> int:
    return next(iter(odoo.double.db.table("res.country").find("code", [code])))


def state_of(odoo: Shop, country_id: int) -> int:
    return next(iter(odoo.double.db.table("res.country.state").find("country_id", [country_id])))


# -- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_contact(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        row = odoo.double.db.table("res.partner").get(odoo.partner())
        assert row is not None
        contact = await one(odoo.adapter, odoo.partner())
        buyer = await one(odoo.adapter, head_of(odoo))
    assert contact == Contact(
        id=row["id"],
        kind="contact",
        name=row["name"],
        commercial_partner_id=buyer.id,
        parent_id=buyer.id,
        email=row["email"],
        phone=row["phone"],
        street=row["street"],
        zip=row["zip"],
        city=row["city"],
        country_id=row["country_id"],
        vat=contact.vat,
        payment_term_id=contact.payment_term_id,
        pricelist_id=11,
        has_user=True,
    )
    assert (buyer.commercial_partner_id, buyer.parent_id, buyer.is_company) == (buyer.id, None, True)
    assert (buyer.has_user, buyer.public, buyer.active) == (False, False, True)


async def test_it_is_the_same_in_every_version() -> None:
    told = []
    for version in VERSIONS:
        async with shop(version) as odoo:
            told.append(await odoo.adapter.contacts([*range(11, 60)]))
    assert told[0] == told[1] == told[2]
    assert {contact.kind for contact in told[0]} == {"contact", "invoice", "delivery"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_addresses_are_those_of_the_buyer_newest_first(version: str) -> None:
    async with shop(version) as odoo:
        head, adapter = head_of(odoo), odoo.adapter
        other = await adapter.create_contact(QUAY, kind="other", parent_id=head)
        gone = await adapter.create_contact(QUAY, kind="delivery", parent_id=head)
        below = await adapter.create_contact(QUAY, kind="delivery", parent_id=odoo.partner())
        branch = await adapter.create_contact(QUAY, kind="contact", parent_id=head, is_company=True)
        await adapter.archive_contact(gone)
        odoo.calls.clear()
        found = await adapter.addresses(head)
        assert sorted(odoo.calls) == [("res.partner", "search_read"), ("res.users", "search_read")]
        family = await adapter.addresses(head, persons=True)
        assert await adapter.addresses(UNKNOWN) == []
        assert [contact.id for contact in await adapter.addresses(branch)] == [branch]  # buys by itself
    ids = [contact.id for contact in found]
    assert ids == sorted(ids, reverse=True)
    assert ids[:2] == [below, other]
    assert ids[-1] == head
    assert {contact.kind for contact in found[:-1]} == {"invoice", "delivery", "other"}
    assert {contact.commercial_partner_id for contact in family} == {head}
    assert {contact.id for contact in family} - set(ids) == {
        contact.id for contact in family if contact.kind == "contact" and contact.id != head
    }
    assert {contact.id for contact in family if contact.has_user} == {odoo.partner()}


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_stands_for_guests_and_who_left(version: str) -> None:
    async with shop(version) as odoo:
        public = odoo.double.db.table("res.users").get(odoo.user("public"))
        assert public is not None
        guests = await one(odoo.adapter, public["partner_id"])
        assert (guests.public, guests.has_user) == (True, False)
        odoo.double.write("res.users", [USER], {"active": False})
        left = await one(odoo.adapter, odoo.partner())
        assert (left.public, left.has_user, left.active) == (False, False, True)
        assert await odoo.adapter.contacts([UNKNOWN]) == []
        odoo.calls.clear()
        assert await odoo.adapter.contacts([]) == []
        assert odoo.calls == []
        ids = [odoo.partner(), head_of(odoo), UNKNOWN, odoo.partner()]
        assert [contact.id for contact in await odoo.adapter.contacts(ids)] == ids[:2]


async def test_odd_rows_of_old_databases() -> None:
    async with shop("10.0") as odoo:
        head = head_of(odoo)
        made = {
            kind: odoo.double.create(
                "res.partner", {"name": kind or "none", "parent_id": head, "type": kind, "mobile": "+32 475"}
            )
            for kind in ("private", "delivery", False)
        }
        nameless = await odoo.adapter.create_contact(ContactValues(street="Quai 1"), kind="delivery", parent_id=head)
        found = {contact.id: contact for contact in await odoo.adapter.addresses(head, persons=True)}
        assert made["private"] not in found
        assert found[made["delivery"]].phone == "+32 475"  # which is shown where there is no other
        assert found[made[False]].kind == "contact"
        assert found[nameless].name == ""
        await odoo.adapter.update_contact(made["delivery"], ContactValues(phone=""))
        assert (await one(odoo.adapter, made["delivery"])).phone is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_set_for_a_company_is_told_for_it(version: str) -> None:
    async with shop(version) as odoo:
        rows = odoo.double.db.table("res.partner")
        head = head_of(odoo)
        company = odoo.double.create("res.company", {"name": "Nederland", "currency_id": 1, "partner_id": 1})
        row = rows.get(head)
        assert row is not None
        rows.put({**row, f"property_product_pricelist:{company}": 3})
        service = odoo.double.db.table("res.users").get(odoo.user("bff"))
        assert service is not None
        odoo.double.db.table("res.users").put({**service, "company_ids": [1, company]})
        told = {
            one: (await odoo.adapter.contacts([head], company_id=one))[0].pricelist_id for one in (None, 1, company)
        }
        assert told == {None: 11, 1: 11, company: 3}
        (buyer,) = [contact for contact in await odoo.adapter.addresses(head, company_id=company) if contact.id == head]
        assert buyer.pricelist_id == 3


# -- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_making_and_changing(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        adapter, head = odoo.adapter, head_of(odoo)
        america = country(odoo, "US")
        state = state_of(odoo, america)
        values = structs.replace(QUAY, country_id=america, state_id=state)
        made = await adapter.create_contact(values, kind="delivery", parent_id=head)
        contact = await one(adapter, made)
        told = {name: getattr(contact, name) for name in values.__struct_fields__ if hasattr(contact, name)}
        wanted = {name: getattr(values, name) for name in values.__struct_fields__ if name not in {"lang", "vat"}}
        assert {name: told[name] for name in wanted} == wanted
        assert (contact.kind, contact.parent_id, contact.commercial_partner_id) == ("delivery", head, head)
        assert (contact.is_company, contact.has_user, contact.active) == (False, False, True)

        await adapter.update_contact(made, ContactValues(street="Quai 9", street2="", email=None))
        contact = await one(adapter, made)
        assert (contact.street, contact.street2, contact.email) == ("Quai 9", None, "quai@x.example")
        assert (contact.country_id, contact.state_id) == (america, state)
        await adapter.update_contact(made, ContactValues(state_id=0))
        assert (await one(adapter, made)).state_id is None

        await adapter.archive_contact(made)
        assert not (await one(adapter, made)).active
        assert made not in {one.id for one in await adapter.addresses(head)}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_person_and_a_company_buy_by_themselves(version: str) -> None:
    async with shop(version) as odoo:
        for is_company in (False, True):
            made = await odoo.adapter.create_contact(
                ContactValues(name="Nieuw", lang="nl_BE" if version == "14.0" else None),
                kind="contact",
                is_company=is_company,
            )
            contact = await one(odoo.adapter, made)
            assert (contact.commercial_partner_id, contact.is_company, contact.kind) == (made, is_company, "contact")


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_what_cannot_be_is_refused(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        adapter, head = odoo.adapter, head_of(odoo)
        america, belgium = country(odoo, "US"), country(odoo, "BE")
        state = state_of(odoo, america)
        before = len(odoo.double.db.table("res.partner"))
        for values, message in (
            (ContactValues(name="X", country_id=UNKNOWN), "There is no such country."),
            (ContactValues(name="X", country_id=0), "There is no such country."),
            (ContactValues(name="X", country_id=belgium, state_id=state), "This state is not one of the country's."),
            (ContactValues(name="X", country_id=america, state_id=UNKNOWN), "This state is not one of the country's."),
            (ContactValues(name="X", state_id=state), "This state is not one of the country's."),
            (ContactValues(name=" "), "Contacts require a name."),
        ):
            with pytest.raises(OdooRejectedError) as refused:
                await adapter.create_contact(values, kind="delivery", parent_id=head)
            assert refused.value.message == message
        with pytest.raises(OdooRejectedError, match="Contacts require a name"):
            await adapter.create_contact(ContactValues(street="x"), kind="contact")
        assert len(odoo.double.db.table("res.partner")) == before
        for change in (ContactValues(street="x"), ContactValues(country_id=belgium)):
            with pytest.raises(OdooNotFoundError):
                await adapter.update_contact(UNKNOWN, change)
        with pytest.raises(OdooNotFoundError):
            await adapter.archive_contact(UNKNOWN)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_state_goes_with_its_country(version: str) -> None:
    async with shop(version) as odoo:
        adapter = odoo.adapter
        america, belgium = country(odoo, "US"), country(odoo, "BE")
        state = state_of(odoo, america)
        place = ContactValues(name="X", country_id=america, state_id=state)
        made = await adapter.create_contact(place, kind="contact")
        await adapter.update_contact(made, ContactValues(country_id=america))  # the same one
        assert (await one(adapter, made)).state_id == state
        with pytest.raises(OdooRejectedError, match="not one of the country's"):
            await adapter.update_contact(made, ContactValues(country_id=belgium, state_id=state))
        await adapter.update_contact(made, ContactValues(country_id=belgium))
        moved = await one(adapter, made)
        assert (moved.country_id, moved.state_id) == (belgium, None)
        with pytest.raises(OdooRejectedError, match="not one of the country's"):
            await adapter.update_contact(made, ContactValues(state_id=state))


# -- recorded -------------------------------------------------------------------------------------------------------


async def recorded(version: str, server: DoubleServer) -> RpcAdapter:
    secret = next(iter(API_KEYS[version])) if version in API_KEYS else "admin"
    adapter = await connect(Credentials(server.url, "shop", "admin", secret))
    assert isinstance(adapter, RpcAdapter)
    await adapter.inspect()
    return adapter


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_recorded_contacts(version: str) -> None:
    dataset = recorded_dataset(version)
    rows = {row_id: dataset.tables["res.partner"].get(row_id) or {} for row_id in dataset.tables["res.partner"].ids()}
    with DoubleServer(Double(dataset)) as server:
        adapter = await recorded(version, server)
        try:
            found = {contact.id: contact for contact in await adapter.contacts(list(rows))}
            heads = {contact.commercial_partner_id for contact in found.values()}
            families = {head: await adapter.addresses(head, persons=True) for head in sorted(heads)}
        finally:
            await adapter.close()
    assert found.keys() == rows.keys()
    for contact in found.values():
        row = rows[contact.id]
        assert contact.name == (row.get("name") or "")
        assert contact.commercial_partner_id == row["commercial_partner_id"]
        assert (contact.street, contact.zip, contact.city) == tuple(row.get(at) for at in ("street", "zip", "city"))
        assert (contact.state_id, contact.country_id) == (row.get("state_id"), row.get("country_id"))
        assert contact.phone == (row.get("phone") or row.get("mobile"))
        assert contact.fiscal_position_id == row.get("property_account_position_id")
        assert contact.payment_term_id == row.get("property_payment_term_id")
        assert contact.active == row["active"]
    active = {contact.id for contact in found.values() if contact.active and contact.kind != "private"}
    assert {contact.id for family in families.values() for contact in family} == active


#: of the recorded databases: (id, name, company, applied by itself, country, taxes replaced)
POSITIONS: Mapping[str, list[tuple[Any, ...]]] = {
    "10.0": [(1, "Intra-EU B2B", None, False, None, (TaxMapping(tax_id=3, to=6), TaxMapping(tax_id=4, to=6)))],
    "14.0": [],
    "19.0": [
        (3, "Domestic", 2, True, 233, ()),
        (4, "Foreign Trade", 2, True, None, ()),
        (5, "Intra-EU B2B", 1, False, None, (TaxMapping(tax_id=1, to=51),)),
        (1, "Domestic", 1, True, 233, ()),
        (2, "Foreign Trade", 1, True, None, (TaxMapping(tax_id=1, to=3), TaxMapping(tax_id=2, to=4))),
    ],
}


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_recorded_fiscal_positions(version: str) -> None:
    with DoubleServer(Double(recorded_dataset(version))) as server:
        adapter = await recorded(version, server)
        try:
            found = await adapter.fiscal_positions()
        finally:
            await adapter.close()
    told = [(one.id, one.name, one.company_id, one.auto_apply, one.country_id, one.taxes) for one in found]
    assert told == POSITIONS[version]
    assert [one.id for one in found if one.removes_all] == ([4] if version == "19.0" else [])
    assert not any(one.vat_required or one.country_ids or one.state_ids or one.zip_from for one in found)


def described(model: str, /, **kinds: tuple[str, str | None]) -> Model:
    """A model that no recording has: names of fields -> (type, relation)."""
    fields = {
        field: Field(field, kind, relation, attributes={"type": kind, "store": True})
        for field, (kind, relation) in {"id": ("integer", None), **kinds}.items()
    }
    fields["display_name"] = Field("display_name", "char", store=False, attributes={"type": "char"})
    return Model(model, fields)


def with_unrecorded(double: Double) -> Double:
    """With the tables that the recordings lack, as Odoo's own source describes them."""
    group = described(
        "res.country.group",
        name=("char", None),
        country_ids=("many2many", "res.country"),
        **({"exclude_state_ids": ("many2many", "res.country.state")} if double.db.dataset.version == "19.0" else {}),
    )
    tax = described(
        "account.fiscal.position.tax",
        position_id=("many2one", "account.fiscal.position"),
        tax_src_id=("many2one", "account.tax"),
        tax_dest_id=("many2one", "account.tax"),
    )
    double.db.models = {**double.db.models, group.name: group, tax.name: tax}
    return double


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_fiscal_position_with_all_there_is(version: str) -> None:
    double = with_unrecorded(Double(recorded_dataset(version)))
    zips = (2000, 2999) if version == "10.0" else ("2000", "2999")
    group = double.create("res.country.group", {"name": "Benelux", "country_ids": [[6, 0, [20, 21]]]})
    if version == "19.0":
        double.write("res.country.group", [group], {"exclude_state_ids": [[6, 0, [9]]]})
    position = double.create(
        "account.fiscal.position",
        {
            "name": "Abroad",
            "sequence": 3,
            "company_id": 1,
            "auto_apply": True,
            "vat_required": True,
            "country_group_id": group,
            "state_ids": [[6, 0, [10, 9]]],
            "zip_from": zips[0],
            "zip_to": zips[1],
        },
    )
    if version == "19.0":
        double.write("account.tax", [2], {"fiscal_position_ids": [[4, position]], "original_tax_ids": [[6, 0, [1]]]})
        double.write("account.fiscal.position", [position], {"tax_ids": [[6, 0, [2]]]})
        taxes: tuple[TaxMapping, ...] = (TaxMapping(tax_id=1, to=2),)
    else:
        for tax, to in ((1, 2), (2, False)):
            double.create(
                "account.fiscal.position.tax", {"position_id": position, "tax_src_id": tax, "tax_dest_id": to}
            )
        taxes = (TaxMapping(tax_id=1, to=2), TaxMapping(tax_id=2, to=None))
    with DoubleServer(double) as server:
        adapter = await recorded(version, server)
        try:
            (found,) = [one for one in await adapter.fiscal_positions() if one.id == position]
        finally:
            await adapter.close()
    assert found == FiscalPosition(
        id=position,
        name="Abroad",
        sequence=3,
        company_id=1,
        auto_apply=True,
        vat_required=True,
        country_id=None,
        country_ids=(20, 21),
        state_ids=(9, 10),
        zip_from="2000",
        zip_to="2999",
        taxes=taxes,
        excluded_state_ids=(9,) if version == "19.0" else (),
    )
