"""Contacts: their commercial entity, how they are named and addressed; users on top of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_19, SINCE_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: Labels of address types, used as names of nameless addresses (English: the base terms).
TYPE_LABELS = {
    "10.0": {"invoice": "Invoice address", "delivery": "Shipping address", "other": "Other address"},
    "14.0": {"invoice": "Invoice Address", "delivery": "Delivery Address", "other": "Other Address"},
    "19.0": {"invoice": "Invoice", "delivery": "Delivery", "other": "Other"},
}


def commercial(env: Env, row: Row) -> Row:
    """The company that buys: the first ancestor that is a company, or the top one."""
    current = row
    for _ in range(100):
        parent = None if current.get("is_company") else env.row("res.partner", current.get("parent_id"))
        if parent is None:
            break
        current = parent
    return current


@COMPUTED.field("res.partner", "commercial_partner_id")
def _commercial(env: Env, row: Row) -> int:
    return int(commercial(env, row)["id"])


@COMPUTED.field("res.partner", "commercial_company_name")
def _commercial_name(env: Env, row: Row) -> Any:
    owner = commercial(env, row)
    return owner.get("name", False) if owner.get("is_company") else row.get("company_name", False)


@COMPUTED.field("res.partner", "company_type")
def _company_type(_env: Env, row: Row) -> str:
    return "company" if row.get("is_company") else "person"


@COMPUTED.field("res.partner", "parent_name")
def _parent_name(env: Env, row: Row) -> Any:
    parent = env.row("res.partner", row.get("parent_id"))
    return parent.get("name", False) if parent is not None else False


@COMPUTED.field("res.partner", "complete_name", ONLY_19)
@COMPUTED.field("res.partner", "display_name")
def _display_name(env: Env, row: Row) -> str:
    name = row.get("name") or ""
    parent = env.row("res.partner", row.get("parent_id"))
    if not row.get("company_name") and parent is None:
        return str(name)
    if not name and row.get("type") in TYPE_LABELS[env.db.dataset.version]:
        name = TYPE_LABELS[env.db.dataset.version][row["type"]]
    if row.get("is_company"):
        return str(name)
    company = env.value("res.partner", row, "commercial_company_name") or (parent or {}).get("name") or ""
    return f"{company}, {name}" if company else str(name)


@COMPUTED.field("res.partner", "email_formatted")
def _email_formatted(_env: Env, row: Row) -> Any:
    email = row.get("email")
    if not email:
        return False
    return f'"{row.get("name")}" <{email}>'


@COMPUTED.field("res.partner", "contact_address")
def _contact_address(env: Env, row: Row) -> str:
    """The address in the layout of its country, company first."""
    company = env.value("res.partner", row, "commercial_company_name")
    lines = [str(value or "") for value in address_lines(env, row)]
    return "\n".join(([str(company)] if company else []) + lines)


def address_lines(env: Env, row: Row) -> list[Any]:
    state = env.row("res.country.state", row.get("state_id"))
    country = env.row("res.country", row.get("country_id"))
    country_name = env.value("res.country", country, "name") if country is not None else ""
    city = f"{row.get('city') or ''} {state['code'] if state else ''} {row.get('zip') or ''}"
    if country is not None and country.get("code") in {"BE", "FR", "NL", "LU", "DE"}:
        city = f"{row.get('zip') or ''} {row.get('city') or ''}"
    return [row.get("street"), row.get("street2"), city, country_name]


@COMPUTED.field("res.partner", "self")
def _self(_env: Env, row: Row) -> int:
    return int(row["id"])


@COMPUTED.field("res.users", "share")
def _share(_env: Env, row: Row) -> bool:
    return bool(row.get("share", False))


@COMPUTED.field("res.users", "totp_enabled", SINCE_14)
def _totp_enabled(_env: Env, row: Row) -> bool:
    return bool(row.get("totp_secret"))


@COMPUTED.field("res.users", "all_group_ids", ONLY_19)
def _all_groups(env: Env, row: Row) -> list[int]:
    return with_implied(env, row.get("group_ids") or [])


def with_implied(env: Env, group_ids: Iterable[int]) -> list[int]:
    """The groups and all that they imply. Up to 14.0 users have these too; in 19.0 they are told apart."""
    found: dict[int, None] = {}
    waiting = list(group_ids)
    while waiting:
        group = waiting.pop(0)
        if group not in found:
            found[group] = None
            waiting += (env.row("res.groups", group) or {}).get("implied_ids") or []
    return list(found)


@COMPUTED.field("res.partner", "property_product_pricelist")
def _pricelist(env: Env, row: Row) -> Any:
    """A company's own value stands under the field's name and the company's id, where it is not that of all."""
    asked = env.context.get(env.db.profile.company_context)
    company = asked[0] if isinstance(asked, list) and asked else asked or env.user_row().get("company_id")
    return row.get(f"property_product_pricelist:{company}", row.get("property_product_pricelist", False))


@COMPUTED.field("res.users", "password new_password")
def _password(_env: Env, _row: Row) -> str:
    return ""
