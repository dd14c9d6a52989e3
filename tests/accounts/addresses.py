"""What tests of addresses ask, and whom of the double's customers they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from resolvers.checkout_contacts import VALUE, Chosen
from tests.accounts.desk import Desk, Visitor
from tests.adapters.customers import LOGIN as VET
from tests.adapters.customers import PASSWORD

FIELDS = """
id addressType isPublic isCompany name street street2 zip city phone email vat
country { id code name } state { id code name }
"""
ADDRESSES = f"query ($filter: AddressFilterInput) {{ addresses(filter: $filter) {{ {FIELDS} }} }}"
ADD = f"""
mutation ($address: AddAddressInput!, $type: AddressEnum!) {{
  addAddress(address: $address, type: $type) {{ {FIELDS} }}
}}
"""
UPDATE = f"mutation ($address: UpdateAddressInput!) {{ updateAddress(address: $address) {{ {FIELDS} }} }}"
SELECT = """
mutation ($address: SelectAddressInput!, $type: AddressEnum!) { selectAddress(address: $address, type: $type) { id } }
"""
DELETE = "mutation ($address: DeleteAddressInput!) { deleteAddress(address: $address) { result } }"
TELL = """
mutation ($name: String!, $email: String!, $phone: String) {
  createUpdatePartner(name: $name, email: $email, subscribeNewsletter: true, phone: $phone) {
    id name email phone isPublic addressType
  }
}
"""
ACT = "mutation ($id: Int!) { actFor(partnerId: $id) { name } }"
NOT_FOUND = ("NOT_FOUND", "Address not found.")


@dataclass
class Neighbours:
    """Two companies that buy, each with one who signs in. ``other_*``: of the second, whom the first may not reach."""

    own: int
    head: int
    other: int
    other_head: int
    other_addresses: list[int]


def neighbours(shop: Desk) -> Neighbours:
    rows = shop.odoo.double.db.table("res.partner")

    def head(partner_id: int) -> int:
        row = rows.get(partner_id)
        assert row is not None
        return int(row["commercial_partner_id"])

    own, other = shop.odoo.partner(), shop.odoo.partner(shop.odoo.user("vet1@customer.example"))
    below = [one for one in rows.find("parent_id", [head(other)]) if (rows.get(one) or {})["type"] != "contact"]
    return Neighbours(own, head(own), other, head(other), sorted(below))


def places(shop: Desk) -> dict[str, int]:
    """Ids of Belgium, the United States, and a state of theirs."""
    countries = shop.odoo.double.db.table("res.country")
    america = next(iter(countries.find("code", ["US"])))
    state = min(shop.odoo.double.db.table("res.country.state").find("country_id", [america]))
    return {"BE": next(iter(countries.find("code", ["BE"]))), "US": america, "state": state}


def address(shop: Desk, **changes: Any) -> dict[str, Any]:
    """As the storefront's form sends one."""
    return {
        "name": "Quai 4",
        "street": "Quai",
        "street2": "4",
        "zip": "4000",
        "city": "Liège",
        "phone": "+32 4 555",
        "countryId": places(shop)["BE"],
        "stateId": None,
        **changes,
    }


async def customer(shop: Desk) -> Visitor:
    return await shop.visitor().log_in(VET, PASSWORD)


def chosen(visitor: Visitor) -> Chosen:
    """What is chosen for the visitor's cart."""
    session = visitor.desk.signs.sessions[visitor.session_id or ""]
    return msgspec.json.decode(session.values.get(VALUE, "[]"), type=Chosen)


def rows_of(shop: Desk) -> dict[int, dict[str, Any]]:
    """All contacts, as they stand in Odoo."""
    table = shop.odoo.double.db.table("res.partner")
    return {row_id: dict(table.get(row_id) or {}) for row_id in table.ids()}
