"""Carts: the one draft order that each of them has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import structlog
from msgspec.structs import replace

from adapters.errors import (
    OdooConflictError,
    OdooError,
    OdooLinesRejectedError,
    OdooNotFoundError,
    OdooOrderClosedError,
    OdooRejectedError,
)
from adapters.memo import Memo
from adapters.reader import Row
from adapters.reads.order_rows import Around, line_of, number_of, order_of, plain
from adapters.reads.order_web import order_specification, web_order
from adapters.records import Company, Currency
from adapters.records.orders import Order, OrderLine, PushedCart
from adapters.rpc.base import Credentials, Transport
from adapters.values import many2one, moment
from adapters.writes.cart_drafts import CartDrafts, writing_seconds
from adapters.writes.cart_drops import CartDrops
from adapters.writes.cart_header import header_changes
from adapters.writes.cart_plan import Plan, guarded, line_values, plan_push, settled, totals
from adapters.writes.poison import rejected_numbers

log = structlog.get_logger(__name__)

#: Odoo's own text names records and users
GONE = "A product of the cart does not exist any more."
#: so often an order is written within one push before its answer must be what was asked for
ROUNDS = 4
TABLES_SECONDS = 600.0
_WRITING = {"tracking_disable": True}
#: what others than the order itself tell: written, it has to be read again
_TOLD_BY_ODOO = frozenset({"partner", "pricelist"})


class CartWrites(CartDrafts, CartDrops):
    """Pushes carts: writes until Odoo's answer is what was asked for."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._money: Memo[tuple[dict[str, Currency], dict[int, Company]]] = Memo(self._read_money, TABLES_SECONDS)

    async def push_cart(self, cart: PushedCart) -> Order:
        partner_id = cart.partner_id or await self.public_partner(cart.website_id)
        last = cart.last
        if last is not None and (last.id != cart.order_id or last.cart != cart.cart):
            last = None
        if last is not None and last.state != "draft":
            last = None  # it may be one again
        if last is not None and cart.look_first:
            last = await self._still_draft(last)
        order = last or await self.draft_of(cart, partner_id)
        return await self._made_equal(order, cart, partner_id, known=last is not None)

    async def _still_draft(self, last: Order) -> Order | None:
        """None: it has gone. Raises OdooOrderClosedError: Odoo takes new lines on a quotation that was sent, too."""
        try:
            state = await self.state_of(last.id)
        except OdooNotFoundError:
            return None
        if state != "draft":
            raise OdooOrderClosedError(last.id, state)
        return last

    # -- making it equal ----------------------------------------------------------------------------------------

    async def _made_equal(self, order: Order, cart: PushedCart, partner_id: int, *, known: bool) -> Order:
        """Write until the answer is what was asked for. ``known``: not read, but remembered from the last push."""
        wrote, touched = False, False
        for _ in range(ROUNDS):
            if order.state != "draft":
                raise OdooOrderClosedError(order.id, order.state)
            plan = self._plan(order, cart, partner_id)
            if not plan or (wrote and settled(plan)):
                if known:  # nothing to send: is it still as remembered?
                    order, known = await self.draft_of(cart, partner_id), False
                    continue
                return await self._with_extras(order, cart, touched=touched)
            try:
                order = await self._save(order, guarded(plan, order, cart))
            except (OdooRejectedError, OdooNotFoundError) as error:
                if not known:
                    raise await self._explained(error, order, plan) from error
                order = await self.draft_of(cart, partner_id)
            else:
                wrote = touched = True
            known = False
        raise OdooConflictError(f"order {order.id} changes while it is written")

    def _plan(self, order: Order, cart: PushedCart, partner_id: int) -> Plan:
        fields = self.reader.source("order").fields
        header = header_changes(order, cart, partner_id, self.order_rules)
        header = {name: value for name, value in header.items() if name in fields}
        return plan_push(order, cart, header, self.order_rules)

    async def _with_extras(self, order: Order, cart: PushedCart, *, touched: bool) -> Order:
        """Rewards and the delivery's price hang on the lines; only Odoo can work them out."""
        if touched and self.order_rules.refresh_rewards and any(line.kind == "reward" for line in order.lines):
            order = await self._with_rewards(order, self.order_rules.refresh_rewards)
        if "carrier" not in self.reader.source("order").fields:
            return order
        delivers = any(line.kind == "delivery" for line in order.lines)
        if cart.carrier_id is None and (delivers or order.carrier_id is not None):
            return await self.delivered_by(order, None)
        if cart.carrier_id is not None and (touched or not delivers or order.carrier_id != cart.carrier_id):
            return await self.delivered_by(order, cart.carrier_id)
        return order

    async def _with_rewards(self, order: Order, refresh: str) -> Order:
        """Rewards worked out anew. 14.0 loses a code whose reward stood in lines per tax when a tax is gone."""
        codes = {line.applied.code for line in order.lines if line.applied is not None}
        await self.call_order(refresh, order.id)
        order = await self.reread(order)
        left = {line.applied.code for line in order.lines if line.applied is not None}
        for code in sorted(codes - left):
            try:
                order = await self.with_code(order, code)
            except OdooRejectedError as refused:  # it does not hold for this cart any more: the answer shows it
                log.info("cart.code_refused", order=order.id, reason=refused.message)
        return order

    # -- writing --------------------------------------------------------------------------------------------------

    async def _save(self, order: Order, plan: Plan) -> Order:
        """Write and read what came of it."""
        if self.order_rules.saves_with_answer:
            return await self._web_save(order, plan)
        await self._write(order, plan)
        money, line_rows = await self.gather(
            self._money.get(), self.reader.read("order_line", [["order_id", "=", order.id]])
        )
        currencies, companies = money
        applied = {line.id: line.applied for line in order.lines if line.applied is not None}
        creator = _creator(line_rows)
        lines = tuple(line_of(row, True, creator, applied) for row in line_rows)
        company = companies.get(order.company_id)
        by_line = company is None or company.tax_rounding == "round_per_line"
        currency = currencies.get(order.currency)
        if plan.header.keys() & _TOLD_BY_ODOO or currency is None or not self._sums(by_line=by_line):
            return await self._with_header(order, lines)
        untaxed, tax, total = totals(lines, Decimal(currency.rounding))
        return replace(
            order,
            **_in_record(plan.header),
            lines=lines,
            state=line_rows[0]["state"] if line_rows else order.state,
            amount_untaxed=untaxed,
            amount_tax=tax,
            amount_total=total,
            updated_at=max([order.updated_at, *(moment(row["updated"]) for row in line_rows)]),
        )

    def _sums(self, *, by_line: bool) -> bool:
        return self.order_rules.totals == "sums" or by_line

    async def _write(self, order: Order, plan: Plan) -> None:
        values = self._values(plan)
        await self.transport.call(
            "sale.order",
            "write",
            [order.id],
            {"vals": values},
            context=_WRITING,
            timeout=_seconds(plan),
        )

    async def _web_save(self, order: Order, plan: Plan) -> Order:
        source, line_source = self.reader.source("order"), self.reader.source("order_line")
        answer = await self.transport.call(
            "sale.order",
            "web_save",
            [order.id],
            {"vals": self._values(plan), "specification": order_specification(source, line_source)},
            context=_WRITING,
            timeout=_seconds(plan),
        )
        row, lines, commercial = web_order(answer[0], source, line_source)
        applied = {line.id: line.applied for line in order.lines if line.applied is not None}
        return replace(order_of(row, lines, Around(commercial, applied)), transactions=order.transactions)

    def _values(self, plan: Plan) -> dict[str, Any]:
        """The plan as Odoo's ``write`` takes it; what must fail on a confirmed order comes first."""
        fields, line_fields = self.reader.source("order").fields, self.reader.source("order_line").fields
        commands: list[list[Any]] = [[2, line_id, 0] for line_id in plan.removed]
        commands += [[1, line_id, _named(values, line_fields)] for line_id, values in plan.changed.items()]
        commands += [[0, 0, _named(line_values(line, self.order_rules), line_fields)] for line in plan.added]
        values = _named(plan.header, fields)
        return {**values, fields["lines"]: commands} if commands else values

    async def _with_header(self, order: Order, lines: tuple[OrderLine, ...]) -> Order:
        """The order read again around lines that are known."""
        rows = await self.reader.read("order", [["id", "=", order.id]])
        if not rows:
            raise OdooNotFoundError(f"no order {order.id}")
        partner_id = many2one(rows[0]["partner"]) or 0
        known = {order.partner_id: order.commercial_partner_id}
        commercial = known if partner_id in known else await self.commercial([partner_id])
        read = order_of(rows[0], [], Around(commercial))
        return replace(read, cart=order.cart, lines=lines, transactions=order.transactions)

    # -- what Odoo refuses ----------------------------------------------------------------------------------------

    async def _explained(self, error: OdooRejectedError | OdooNotFoundError, order: Order, plan: Plan) -> OdooError:
        """Why a push was refused: the order is closed, or lines are, or it is something else. Pushes the others."""
        now = await self.reread(order)
        if now.state != "draft":
            return OdooOrderClosedError(now.id, now.state)
        numbers = await rejected_numbers(plan, lambda part: self._write(order, part))
        message = error.message if isinstance(error, OdooRejectedError) else GONE
        return OdooLinesRejectedError(message, numbers) if numbers else error

    async def _read_money(self) -> tuple[dict[str, Currency], dict[int, Company]]:
        currencies, companies = await self.gather(self.currencies(), self.companies())
        return {one.code: one for one in currencies}, {one.id: one for one in companies}


def _named(values: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    return {fields[name]: value for name, value in values.items() if name in fields}


def _seconds(plan: Plan) -> float:
    return writing_seconds(len(plan.removed) + len(plan.changed) + len(plan.added))


def _in_record(header: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the order that were written, as its record names them."""
    texts = {"reference", "note"}
    named = {name if name in texts else f"{name}_id": value or None for name, value in header.items()}
    return named | ({"note": plain(named["note"])} if "note" in named else {})


def _creator(line_rows: Iterable[Row]) -> int | None:
    """Who makes the lines of carts: whoever made one that has a number."""
    return next((many2one(row["creator"]) for row in line_rows if number_of(row["sequence"] or 0)), None)
