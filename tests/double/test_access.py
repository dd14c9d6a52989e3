"""Logins, and what a portal customer may see and do."""

from __future__ import annotations

from typing import Any

import pytest

from demo.double import Double
from demo.double.errors import OdooFault
from demo.double.recorded import recorded_dataset
from tests.double.caller import Caller, portal_caller, recorded_caller

VERSIONS = ("10.0", "14.0", "19.0")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("model", "method", "args"),
    [
        ("stock.quant", "search_read", [[]]),
        ("delivery.carrier", "search_read", [[]]),
        ("sale.order", "create", [{"partner_id": 1}]),
        ("res.partner", "create", [{"name": "x"}]),
        ("res.partner", "write", [[1], {"phone": "1"}]),
        ("product.template", "write", [[1], {"list_price": 0.01}]),
        ("product.template", "unlink", [[1]]),
        ("res.users", "create", [{"login": "x", "name": "x"}]),
        ("product.template", "read", [[1], ["standard_price"]]),
        ("product.product", "search_read", [[], ["qty_available"]]),
    ],
    ids=str,
)
def test_a_portal_user_may_not(version: str, model: str, method: str, args: list[Any]) -> None:
    assert portal_caller(version).fault(model, method, *args).class_name == "AccessError"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_portal_user_sees_published_products_only(version: str) -> None:
    portal = portal_caller(version)
    published = portal.double.db.profile.names.published
    admin = Caller(portal.double)
    everything = admin("product.template", "search", [[published, "=", True], ["sale_ok", "=", True]])
    assert sorted(portal("product.template", "search", [])) == sorted(everything)
    hidden = admin("product.template", "search", [[published, "=", False]], limit=1)
    assert portal.fault("product.template", "read", hidden, ["name"]).class_name == "AccessError"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_portal_user_sees_the_family_and_himself(version: str) -> None:
    portal = portal_caller(version)
    own = portal("res.users", "read", [portal.uid], ["partner_id", "share"])[0]
    assert own["share"] is True
    family = portal("res.partner", "search", [])
    company = portal("res.partner", "read", [own["partner_id"][0]], ["commercial_partner_id"])[0]
    root = company["commercial_partner_id"][0]
    assert set(family) == set(Caller(portal.double)("res.partner", "search", [["id", "child_of", root]]))
    assert portal("res.users", "search", []) == [portal.uid]


@pytest.mark.parametrize("version", VERSIONS)
def test_prices_are_not_protected(version: str) -> None:
    """Every rule of every customer: so it is recorded, in all three versions."""
    portal = portal_caller(version)
    assert portal("product.pricelist.item", "search_count", []) == Caller(portal.double)(
        "product.pricelist.item", "search_count", []
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_groups(version: str) -> None:
    portal, admin = portal_caller(version), recorded_caller(version)
    first: list[Any] = [[portal.uid]] if version == "19.0" else []
    assert portal("res.users", "has_group", *first, "base.group_portal") is True
    assert portal("res.users", "has_group", *first, "base.group_user") is False
    own: list[Any] = [[admin.uid]] if version == "19.0" else []
    assert admin("res.users", "has_group", *own, "base.group_system") is True


@pytest.mark.parametrize("version", VERSIONS)
def test_passwords(version: str) -> None:
    portal = portal_caller(version)
    assert portal("res.users", "change_password", portal.password, "Another-1") is True
    with pytest.raises(OdooFault):
        portal("res.users", "search", [])
    changed = Caller(portal.double, portal.uid, "Another-1")
    assert changed("res.users", "search", []) == [portal.uid]
    assert changed.fault("res.users", "change_password", "wrong", "x").class_name == "AccessDenied"
    Caller(portal.double)("res.users", "write", [portal.uid], {"active": False})
    with pytest.raises(OdooFault):
        changed("res.users", "search", [])


@pytest.mark.parametrize("version", ["14.0", "19.0"])
def test_companies_of_the_context(version: str) -> None:
    fault = recorded_caller(version).fault("res.partner", "read", [1], ["name"], context={"allowed_company_ids": [99]})
    assert fault.class_name == "AccessError"


def test_new_portal_users_are_told_by_their_group() -> None:
    double = Double(recorded_dataset("14.0"))
    admin = Caller(double)
    made = admin(
        "res.users", "create", {"login": "p@x.example", "name": "P", "password": "pw", "groups_id": [[6, 0, [9]]]}
    )
    assert Caller(double, made, "pw").fault("stock.quant", "search", []).class_name == "AccessError"
    partner = admin("res.users", "read", [made], ["partner_id", "name"])[0]
    assert partner["name"] == "P"
