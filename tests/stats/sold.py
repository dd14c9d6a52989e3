"""What stands in Odoo of what somebody bought, row by row: for tests that sum it up by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.identity.wired import Shop

Row = Mapping[str, Any]


def rows(of: Shop, model: str) -> list[Row]:
    table = of.double.db.table(model)
    return [row for one in table.ids() if (row := table.get(one)) is not None]


def buyers(of: Shop) -> dict[int, list[Row]]:
    """The confirmed orders of each company."""
    company = {row["id"]: row.get("commercial_partner_id") or row["id"] for row in rows(of, "res.partner")}
    found: dict[int, list[Row]] = {}
    for row in rows(of, "sale.order"):
        if row["state"] in ("sale", "done"):
            found.setdefault(company[row["partner_id"]], []).append(row)
    return found


def lines(of: Shop, orders: list[Row]) -> list[Row]:
    """Lines of goods."""
    wanted = {row["id"] for row in orders}
    return [
        row
        for row in rows(of, "sale.order.line")
        if row["order_id"] in wanted
        and row.get("product_id")
        and not row.get("is_delivery")
        and not row.get("is_reward_line")
        and not row.get("reward_id")
    ]


def moment(order: Row) -> datetime:
    return datetime.fromisoformat(str(order.get("confirmation_date") or order["date_order"])).replace(tzinfo=UTC)


def amount(value: Any) -> Decimal:
    return Decimal(format(value or 0.0, ".15g"))


def best_customer(of: Shop) -> tuple[int, list[Row]]:
    """The place of the profile whose customer can log in and bought most, and their company's orders."""
    own = buyers(of)
    company = {row["id"]: row.get("commercial_partner_id") or row["id"] for row in rows(of, "res.partner")}
    found = {}
    for place in range(1, 11):
        try:
            _, partner_id = of.customer(place)
        except ValueError:  # there is no such profile
            continue
        found[place] = own.get(company[partner_id], [])
    place = max(found, key=lambda one: (len(found[one]), -one))
    assert len(found[place]) >= 2, "nobody who can log in bought anything"
    return place, found[place]
