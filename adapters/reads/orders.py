"""Orders: by id, by cart, by buyer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace as with_values
from typing import Any, ClassVar

from msgspec.structs import replace

from adapters.errors import OdooNotFoundError
from adapters.order_rules import OrderRules
from adapters.reader import Row, among
from adapters.reads.codes import CodeReads
from adapters.reads.order_rows import Around, cart_of, order_of
from adapters.reads.payments import PaymentReads
from adapters.records.orders import Order, OrderQuery, OrderState
from adapters.records.pricing import PricingPolicy
from adapters.source import Domain
from adapters.values import many2one

#: the module of the external ids of carts' orders
MODULE = "headless_odoo"
#: the source document of a cart's draft: the shape of a UUID, for PostgreSQL's LIKE
CART_ORIGIN = "-".join("_" * length for length in (8, 4, 4, 4, 12))
_SORTED_BY = {"id": "id", "ordered_at": "ordered", "name": "name", "amount_total": "total", "state": "state"}


def external_name(cart: str) -> str:
    """The name of the external id of a cart's order, without its module."""
    return f"cart_{cart.replace('-', '').lower()}"


class OrderReads(PaymentReads, CodeReads):
    """Two calls for orders and their lines, then what they refer to, side by side."""

    order_rules: ClassVar[OrderRules]

    async def database_policy(self) -> PricingPolicy:
        names = self.order_rules.precisions
        rows = await self.reader.read("precision", [["name", "in", sorted(names.values())]]) if names else []
        told = {row["name"]: int(row["digits"]) for row in rows}
        here: dict[str, Any] = {ours: told[name] for ours, name in names.items() if name in told}
        return with_values(self.pricing_policy, **here)

    async def orders(self, order_ids: Sequence[int]) -> list[Order]:
        if not order_ids:
            return []
        rows, line_rows, payments = await self.gather(
            self.reader.read("order", [among("id", order_ids)]),
            self.reader.read("order_line", [among("order_id", order_ids)]),
            self.payment_transactions(order_ids),
        )
        found = {order.id: order for order in await self.order_records(rows, line_rows)}
        return [
            replace(found[order_id], transactions=tuple(payments.get(order_id, ())))
            for order_id in dict.fromkeys(order_ids)
            if order_id in found
        ]

    async def order_records(self, rows: Sequence[Row], line_rows: Iterable[Row]) -> list[Order]:
        """Records of rows of orders and of their lines."""
        lines: dict[int, list[Row]] = defaultdict(list)
        for line in line_rows:
            lines[many2one(line["order"]) or 0].append(line)
        commercial, applied = await self.gather(
            self.commercial([many2one(row["partner"]) or 0 for row in rows]),
            self.applied_codes(rows, [line for group in lines.values() for line in group]),
        )
        around = Around(commercial, applied)
        return [order_of(row, lines[row["id"]], around) for row in rows]

    async def one_order(self, order_id: int) -> Order:
        """The order. Raises OdooNotFoundError."""
        found = await self.orders([order_id])
        if not found:
            raise OdooNotFoundError(f"no order {order_id}")
        return found[0]

    async def cart_orders(self, carts: Sequence[str]) -> dict[str, Order]:
        if not carts:
            return {}
        if not self.offers("external_id"):
            return await self._by_origin(carts)
        names = {external_name(cart): cart for cart in carts}
        rows = await self.reader.read(
            "external_id",
            [["module", "=", MODULE], ["model", "=", "sale.order"], ["name", "in", sorted(names)]],
            only=("name", "record"),
        )
        cart_by_order = {row["record"]: names[row["name"]] for row in rows}
        # whoever edits the source document does not part an order from its cart
        return {
            cart_by_order[order.id]: replace(order, cart=cart_by_order[order.id])
            for order in await self.orders(list(cart_by_order))
        }

    async def _by_origin(self, carts: Sequence[str]) -> dict[str, Order]:
        """For a user who may not read external ids. Of several, the oldest: the others are copies."""
        rows = await self.reader.read("order", [["origin", "in", sorted(set(carts))]], only=("origin",))
        first = {cart: row["id"] for row in reversed(rows) if (cart := cart_of(row)) is not None}
        found = {order.id: order for order in await self.orders(list(first.values()))}
        return {cart: found[order_id] for cart, order_id in first.items() if order_id in found}

    async def find_orders(self, query: OrderQuery) -> tuple[list[int], int]:
        domain = self.order_domain(query)
        source = self.reader.source("order")
        if not self.reader.has("order"):
            return [], 0
        fields = {**source.fields, "id": "id"}
        keys = [f"{fields[_SORTED_BY[key]]}{' desc' if down else ''}" for key, down in query.order]
        found, total = await self.gather(
            self.transport.call(
                source.model,
                "search",
                args={
                    "domain": domain,
                    "offset": query.offset,
                    "limit": query.limit,
                    "order": ", ".join([*keys, *([] if any(key == "id" for key, _ in query.order) else ["id"])]),
                },
                safe=True,
            ),
            self.reader.count("order", domain),
        )
        return [int(order_id) for order_id in found], total

    def order_domain(self, query: OrderQuery) -> Domain:
        """The orders of a buyer. A draft whose source document is a UUID is a cart being filled."""
        domain: Domain = [["partner_id.commercial_partner_id", "=", query.commercial_partner_id]]
        if query.states:
            domain += self._in_states(query.states)
        if not query.states or "draft" in query.states:
            is_cart = ["origin", "=like", CART_ORIGIN]
            domain += ["|", "|", ["state", "!=", "draft"], ["origin", "=", False], "!", is_cart]
        if query.company_id is not None:
            domain.append(["company_id", "=", query.company_id])
        if query.invoice_statuses:
            domain.append(["invoice_status", "in", list(query.invoice_statuses)])
        return domain

    def _in_states(self, states: Iterable[OrderState]) -> Domain:
        asked = set(states)
        if "locked" not in self.reader.source("order").fields:
            return [["state", "in", sorted(asked)]]
        plain = sorted(asked - {"sale", "done"})
        if {"sale", "done"} <= asked:
            return [["state", "in", [*plain, "sale"]]]
        if not asked & {"sale", "done"}:
            return [["state", "in", plain]]
        return ["|", ["state", "in", plain], "&", ["state", "=", "sale"], ["locked", "=", "done" in asked]]

    async def commercial(self, partner_ids: Iterable[int]) -> dict[int, int]:
        """The company that buys, of each contact."""
        wanted = sorted(set(partner_ids) - {0})
        if not wanted:
            return {}
        context = {"active_test": False}
        rows = await self.reader.read("customer", [among("id", wanted)], only=("commercial",), context=context)
        return {row["id"]: many2one(row["commercial"]) or row["id"] for row in rows}
