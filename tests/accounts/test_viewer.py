"""Who asks, what they may see, and staff who act for customers, on every version."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.accounts.desk import Desk, Visitor, definitions, desk
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD, STAFF, STAFF_PASSWORD, USER, VERSIONS

VIEWER = """
{
  viewer {
    isGuest name email language staff seesAllProducts
    company { id name }
    pricelist { id name currency { name } }
    roles { name title }
    actedBy { name partnerId }
    visibleFields { type fields }
    token { value expiresIn }
  }
}
"""
ACT = """
mutation ($id: Int!) { actFor(partnerId: $id) { name staff roles { name } actedBy { name partnerId } token { value } } }
"""


async def _viewer(visitor: Visitor) -> dict[str, Any]:
    viewer: dict[str, Any] = (await visitor.ask(VIEWER)).data["viewer"]
    return viewer


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guest(version: str) -> None:
    async with desk(version) as shop:
        viewer = await _viewer(shop.visitor())
    (visible,) = viewer.pop("visibleFields")
    assert viewer == {
        "isGuest": True,
        "name": None,
        "email": None,
        "language": "en_US",
        "staff": False,
        "seesAllProducts": False,
        "company": None,
        "pricelist": None,  # guests of this shop are shown no prices
        "roles": [{"name": "guest", "title": "Visitors"}],
        "actedBy": None,
        "token": None,
    }
    assert visible["type"] == "Product"
    assert {"id", "name", "slug"} <= set(visible["fields"])
    assert not {"price", "stock", "unitPrice", "combinationInfoVariant"} & set(visible["fields"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customer(version: str) -> None:
    async with desk(version) as shop:
        viewer = await _viewer(await shop.visitor().log_in(VET, PASSWORD))
        customer = await shop.odoo.adapter.customer(user_id=USER)
    assert customer is not None
    assert (viewer["isGuest"], viewer["name"], viewer["email"]) == (False, customer.name, VET)
    assert viewer["language"] == customer.lang
    assert viewer["company"] == {"id": customer.commercial_partner_id, "name": customer.commercial_name}
    assert viewer["company"]["id"] != customer.partner_id
    assert viewer["pricelist"]["id"] == customer.pricelist_id
    assert viewer["pricelist"]["currency"]["name"]
    assert [role["name"] for role in viewer["roles"]] == ["practice", "shareholder"]
    assert viewer["seesAllProducts"]
    (visible,) = viewer["visibleFields"]
    assert set(visible["fields"]) == definitions().schema.types["Product"]
    assert viewer["token"] == {"value": f"token of odoo:{USER}", "expiresIn": 300.0}


@pytest.mark.parametrize("version", VERSIONS)
async def test_pricelists_of_a_contact(version: str) -> None:
    text = "{ partner { currentPricelist { id name } publicPricelist { id } } }"
    async with desk(version) as shop:
        assert (await shop.visitor().ask(text)).data["partner"] == {"currentPricelist": None, "publicPricelist": None}
        told = (await (await shop.visitor().log_in(VET, PASSWORD)).ask(text)).data["partner"]
        assert told["currentPricelist"]["id"] == 11
        assert told["publicPricelist"] is None  # of others' pricelists nothing is told
        told = (await (await shop.visitor().log_in(STAFF, STAFF_PASSWORD)).ask(text)).data["partner"]
        assert told["publicPricelist"] == {"id": 1}


@pytest.mark.parametrize("version", VERSIONS)
async def test_acting_for_a_customer(version: str) -> None:
    async with desk(version) as shop:
        visitor = await shop.visitor().log_in(STAFF, STAFF_PASSWORD)
        assert (await _viewer(visitor))["staff"]
        before = visitor.session_id
        acting = (await visitor.ask(ACT, id=shop.odoo.partner())).data["actFor"]
        assert visitor.session_id != before
        customer = await shop.odoo.adapter.customer(user_id=USER)
        member = await shop.odoo.adapter.customer(user_id=shop.odoo.user(STAFF))
        assert customer is not None
        assert member is not None
        assert (acting["name"], acting["staff"]) == (customer.name, False)
        assert acting["actedBy"] == {"name": member.name, "partnerId": member.partner_id}
        assert [role["name"] for role in acting["roles"]] == ["practice", "shareholder"]  # no more than the customer
        assert (await visitor.ask("{ partner { id } }")).data["partner"]["id"] == customer.partner_id
        assert (await visitor.ask(ACT, id=shop.odoo.partner(USER - 1))).told[0] == "FORBIDDEN"  # one at a time
        with capture_logs() as logs:
            stopped = (await visitor.ask("mutation { stopActing { isGuest actedBy { name } } }")).data["stopActing"]
        assert stopped == {"isGuest": True, "actedBy": None}
        assert {
            "event": "account.acting_stopped",
            "log_level": "info",
            "who": f"odoo:{shop.odoo.user(STAFF)} for odoo:{USER}",
        } in logs
        assert (await _viewer(visitor))["isGuest"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_only_staff_act_and_only_for_customers(version: str) -> None:
    async with desk(version) as shop:
        users = shop.odoo.double.db.table("res.users")
        own, other = shop.odoo.partner(), shop.odoo.partner(USER - 1)
        forbidden = ("FORBIDDEN", "This is for the shop's staff.")
        vet = await shop.visitor().log_in(VET, PASSWORD)
        for visitor in (shop.visitor(), vet):
            for partner_id in (other, own, 99_999, 0, -1):
                answer = await visitor.ask(ACT, id=partner_id)
                assert answer.told == forbidden  # which tells nothing of whether there is such a contact
                assert answer.whole is None
            assert (await visitor.ask("mutation { stopActing { name } }")).told == ("FORBIDDEN", "You act for nobody.")
        staff = await shop.visitor().log_in(STAFF, STAFF_PASSWORD)
        public = next(row["partner_id"] for row in map(users.get, users.find("login", ["public"])) if row is not None)
        for partner_id in (99_999, 0, -1, public):
            assert (await staff.ask(ACT, id=partner_id)).told[0] == "NOT_FOUND"
        assert staff.identity is not None
        assert staff.identity.acted_by is None
        await _loses_staff(shop, staff)


async def _loses_staff(shop: Desk, staff: Visitor) -> None:
    staff.refreshed(staff=False)
    assert (await staff.ask(ACT, id=shop.odoo.partner())).told[0] == "FORBIDDEN"
