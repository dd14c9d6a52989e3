"""Fiscal positions: which one a customer has, and what it makes of taxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from demo.double.compute.partners import commercial
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

POSITIONS = "account.fiscal.position"
MAPPINGS = "account.fiscal.position.tax"


def partner_property(env: Env, partner: Row, name: str) -> Any:
    """A company-dependent field of a contact, or of the company it belongs to."""
    return env.value("res.partner", partner, name) or env.value("res.partner", commercial(env, partner), name)


def detected_position(env: Env, partner_id: Any, delivery_id: Any) -> Any:
    """The position chosen for the customer, or the first that applies by country and VAT number by itself."""
    partner = env.row("res.partner", partner_id)
    if partner is None:
        return False
    delivery = env.row("res.partner", delivery_id) or partner
    chosen = partner_property(env, delivery, "property_account_position_id") or partner_property(
        env, partner, "property_account_position_id"
    )
    if chosen:
        return chosen
    ids = env.visible(POSITIONS, list(env.db.table(POSITIONS).find("auto_apply", [True])))
    rows = [env.row(POSITIONS, position_id) or {} for position_id in sort_ids(env, POSITIONS, ids)]
    fitting = [row for row in rows if _fits(env, row, partner, delivery)]
    fitting.sort(key=_generality)
    return fitting[0]["id"] if fitting else False


def _fits(env: Env, position: Row, partner: Row, delivery: Row) -> bool:
    company = env.user_row().get("company_id")
    if position.get("company_id") and company and position["company_id"] != company:
        return False
    if position.get("vat_required") and not commercial(env, partner).get("vat"):
        return False
    country = delivery.get("country_id")
    if not country:
        return False
    group = env.row("res.country.group", position.get("country_group_id"))
    if position.get("country_id"):
        if position["country_id"] != country:
            return False
    elif group is not None and country not in (group.get("country_ids") or []):
        return False
    states = position.get("state_ids") or []
    return (not states or delivery.get("state_id") in states) and _zip_fits(position, str(delivery.get("zip") or ""))


def _zip_fits(position: Row, code: str) -> bool:
    start, end = position.get("zip_from"), position.get("zip_to")
    return not (start and end) or str(start) <= code <= str(end)


def _generality(position: Row) -> tuple[bool, ...]:
    """Positions for a VAT number, a zip range, a state, a country, a group of countries come before the general."""
    names = ("vat_required", "zip_from", "state_ids", "country_id", "country_group_id")
    return tuple(not position.get(name) for name in names)


def mapped_taxes(env: Env, position_id: Any, tax_ids: Iterable[int]) -> list[int]:
    """The taxes in place of a product's own under a fiscal position."""
    taxes = list(tax_ids)
    if env.row(POSITIONS, position_id) is None:
        return taxes
    found = _replacements_19(env, position_id) if env.db.dataset.version == "19.0" else _replacements(env, position_id)
    return list(dict.fromkeys(target for tax in taxes for target in found.get(tax, [tax])))


def _replacements(env: Env, position_id: int) -> dict[int, list[int]]:
    """Up to 17 the position has lines: from one tax to another, or to none."""
    found: dict[int, list[int]] = {}
    for line_id in env.db.table(MAPPINGS).find("position_id", [position_id]):
        line = env.row(MAPPINGS, line_id) or {}
        targets = found.setdefault(line.get("tax_src_id") or 0, [])
        if line.get("tax_dest_id"):
            targets.append(line["tax_dest_id"])
    return found


def _replacements_19(env: Env, position_id: int) -> dict[int, list[int]]:
    """In 19 the taxes themselves know their positions and which taxes they replace there."""
    found: dict[int, list[int]] = {}
    for tax_id in env.db.table("account.tax").find("fiscal_position_ids", [position_id]):
        for original in (env.row("account.tax", tax_id) or {}).get("original_tax_ids") or []:
            found.setdefault(original, []).append(tax_id)
    return found
