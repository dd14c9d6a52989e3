"""What Odoo says of customers, the same for every version and transport."""

from __future__ import annotations

import pytest

from adapters.errors import OdooAccessError
from adapters.records import Customer, Group, PartnerCategory
from demo.double import Double
from tests.adapters.customers import STAFF, USER, VERSIONS, WIRES, Shop, shop
from tests.support.direct import adapter_of

GROUPS = {"base.group_portal", "vetwholesale.group_professional", "vetwholesale.group_shareholder"}


async def known(odoo: Shop, **which: int) -> Customer:
    found = await odoo.adapter.customer(**which)
    assert found is not None
    return found


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_customer(version: str, transport: str) -> None:
    async with shop(version, transport) as odoo:
        customer = await known(odoo, user_id=USER)
        head = odoo.double.db.table("res.partner").get(customer.commercial_partner_id)
    assert head is not None
    assert (customer.user_id, customer.login, customer.email) == (
        USER,
        "vet10@customer.example",
        "vet10@customer.example",
    )
    assert (customer.kind, customer.active, customer.second_factor) == ("portal", True, False)
    assert customer.name.startswith(("Dr", "Mevr."))
    assert (customer.commercial_name, customer.vat) == (head["name"], head.get("vat"))
    assert (customer.lang, customer.phone) == (head["lang"], head["phone"])
    assert (customer.company_id, customer.company_ids) == (1, (1,))
    assert customer.pricelist_id == head["property_product_pricelist"] == 11
    assert {group.xml_id for group in customer.groups} == GROUPS  # the second one is implied by the third
    assert customer.categories == (PartnerCategory(id=10, name="Shareholder"),)  # the company's


async def test_it_is_the_same_in_every_version() -> None:
    told = []
    for version in VERSIONS:
        async with shop(version) as odoo:
            customers = await odoo.adapter.customers([odoo.partner(10 + place) for place in range(10)])
            # groups have other ids and names; what they are called by modules is the same
            told.append([(customer, [group.xml_id for group in customer.groups]) for customer in customers])
    assert [[names for _, names in version] for version in told] == [[names for _, names in told[0]]] * 3
    for same in zip(*told, strict=True):
        values = [{name: getattr(one, name) for name in one.__struct_fields__ if name != "groups"} for one, _ in same]
        assert values[0] == values[1] == values[2]


@pytest.mark.parametrize("version", VERSIONS)
async def test_profiles_have_their_pricelists_and_what_is_above_them(version: str) -> None:
    async with shop(version) as odoo:
        customers = await odoo.adapter.customers([odoo.partner(10 + place) for place in range(10)])
    assert [customer.pricelist_id for customer in customers] == list(range(2, 12))
    practices = PartnerCategory(id=11, name="Practices")
    assert [customer.categories[1:] for customer in customers] == [(practices,)] * 3 + [()] * 7
    assert [customer.categories[0].id for customer in customers] == list(range(1, 11))


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_is_no_customer(version: str) -> None:
    async with shop(version) as odoo:
        staff, company = await known(odoo, user_id=odoo.user(STAFF)), await known(odoo, partner_id=1)
        public = await known(odoo, user_id=odoo.user("public"))
        assert await odoo.adapter.customer(user_id=99_999) is None
        assert await odoo.adapter.customer(partner_id=99_999) is None
        assert await odoo.adapter.customer() is None
    assert (staff.kind, staff.active) == ("internal", True)
    assert (public.kind, public.active) == ("public", False)
    assert (company.kind, company.user_id, company.login, company.groups) == ("contact", None, None, ())
    assert company.commercial_partner_id == company.partner_id == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_contacts_without_a_user_have_their_companys_tags(version: str) -> None:
    async with shop(version) as odoo:
        customer = await known(odoo, partner_id=odoo.partner())
        rows = odoo.double.db.table("res.partner")
        others = list(rows.find("parent_id", [customer.commercial_partner_id]))
        told = await odoo.adapter.customers([*others, 99_999, others[0]])
    assert [one.partner_id for one in told] == others
    assert {one.kind for one in told} == {"portal", "contact"}
    assert {one.pricelist_id for one in told} == {11}
    assert {one.categories for one in told} == {customer.categories}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_login_costs_two_calls_and_many_customers_no_more_than_three(version: str) -> None:
    async with shop(version) as odoo:
        partners = [odoo.partner(10 + place) for place in range(10)]
        await odoo.adapter.customers(partners)  # the small tables are read once a minute
        odoo.calls.clear()
        await odoo.adapter.customer(user_id=USER)
        assert odoo.calls == [("res.users", "search_read"), ("res.partner", "search_read")]
        odoo.calls.clear()
        assert len(await odoo.adapter.customers(partners)) == 10
        assert len(odoo.calls) == 2
        odoo.calls.clear()
        assert await odoo.adapter.customers(list(range(1, 60)))  # some of them contacts of companies
        assert len(odoo.calls) <= 3
        odoo.calls.clear()
        assert await odoo.adapter.customers([]) == []
        assert odoo.calls == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_pricelist_is_that_of_the_users_company(version: str) -> None:
    def second_company(double: Double) -> None:
        company = double.create("res.company", {"name": "Vetwholesale Nederland", "currency_id": 1, "partner_id": 1})
        users = double.db.table("res.users")
        for login in ("bff", "vet3@customer.example"):
            row = users.get(next(iter(users.find("login", [login]))))
            assert row is not None
            users.put({**row, "company_ids": [1, company], "company_id": 1 if login == "bff" else company})
        partner = double.db.table("res.partner").get(users.get(12)["partner_id"])  # type: ignore[index]
        assert partner is not None
        double.db.table("res.partner").put({**partner, f"property_product_pricelist:{company}": 7})

    async with shop(version, change=second_company) as odoo:
        customers = await odoo.adapter.customers([odoo.partner(11), odoo.partner(12), odoo.partner(13)])
        assert [customer.pricelist_id for customer in customers] == [3, 7, 5]
        assert [customer.company_id for customer in customers] == [1, 2, 1]


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_a_company_that_the_service_does_not_work_for_is_no_silent_mistake(version: str) -> None:
    def foreign(double: Double) -> None:
        users = double.db.table("res.users")
        for user_id, companies in ((USER, [2]), (9, [1])):
            users.put({**(users.get(user_id) or {}), "company_id": companies[0], "company_ids": companies})

    async with shop(version, change=foreign) as odoo:
        with pytest.raises(OdooAccessError):
            await odoo.adapter.customer(user_id=USER)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_group_and_a_tag_made_just_now_are_told_at_once(version: str) -> None:
    async with shop(version) as odoo:
        await known(odoo, user_id=USER)  # now the small tables are known
        names = odoo.double.db.profile.names.user_groups
        group = odoo.double.create("res.groups", {"name": "Brand new"})
        tag = odoo.double.create("res.partner.category", {"name": "New too", "parent_id": 11})
        odoo.double.write("res.users", [USER], {names: [(4, group)]})
        odoo.double.write("res.partner", [odoo.partner()], {"category_id": [(4, tag)]})
        customer = await known(odoo, user_id=USER)
    assert Group(id=group, name="Brand new", xml_id=None) in customer.groups
    assert [category.name for category in customer.categories] == ["New too", "Practices", "Shareholder"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_archived_ones_are_told_as_such(version: str) -> None:
    async with shop(version) as odoo:
        partner = odoo.partner()
        odoo.double.write("res.users", [USER], {"active": False})
        assert (await known(odoo, user_id=USER)).active is False
        assert (await known(odoo, partner_id=partner)).active is False
        second = odoo.double.create("res.users", {"login": "another@customer.example", "partner_id": partner})
        assert (await known(odoo, partner_id=partner)).user_id == second
        odoo.double.write("res.partner", [partner], {"active": False})
        assert (await known(odoo, partner_id=partner)).active is False


@pytest.mark.parametrize("version", VERSIONS)
async def test_without_groups_tags_and_their_names(version: str) -> None:
    """A service user that may not read them still knows who is who."""
    async with shop(version) as odoo:
        for name in ("group", "external_id", "partner_category"):
            odoo.adapter.reader._absent |= {name}
        customer = await known(odoo, user_id=USER)
    assert (customer.kind, customer.groups, customer.categories) == ("portal", (), ())


@pytest.mark.parametrize("version", VERSIONS)
async def test_names_made_up_by_an_export_come_last(version: str) -> None:
    async with shop(version) as odoo:
        values = {"module": "__export__", "name": "res_groups_90", "model": "res.groups", "res_id": 90}
        odoo.double.create("ir.model.data", values)
        group = odoo.double.create("res.groups", {"name": "Exported"})
        odoo.double.create("ir.model.data", {**values, "name": "res_groups_x", "res_id": group})
        odoo.double.write("res.users", [USER], {odoo.double.db.profile.names.user_groups: [(4, group)]})
        customer = await known(odoo, user_id=USER)
    names = {one.id: one.xml_id for one in customer.groups}
    assert (names[90], names[group]) == ("vetwholesale.group_professional", "__export__.res_groups_x")


async def test_the_direct_adapter_has_the_same() -> None:
    """In one process, as other tests use it."""
    async with shop("14.0") as odoo:
        direct = await adapter_of(odoo.double)
        assert await direct.customer(user_id=USER) == await odoo.adapter.customer(user_id=USER)
        await direct.close()
