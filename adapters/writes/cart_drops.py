"""Drafts of carts that are no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from adapters.errors import OdooAccessError, OdooNotFoundError, OdooOrderClosedError, OdooRejectedError
from adapters.reader import Row, among
from adapters.reads.order_rows import cart_of
from adapters.reads.orders import CART_ORIGIN
from adapters.records.orders import CartDraft, Order
from adapters.source import Domain
from adapters.values import many2one, moment
from adapters.writes.orders import OrderWrites


class CartDrops(OrderWrites):
    """Takes drafts away: deletes them, or cancels them where our user may not delete."""

    async def drop_cart(self, cart: str, order_id: int | None = None) -> None:
        order = await self._made_for(cart, order_id)
        if order is None or order.state == "cancel":
            return
        if order.state in {"sale", "done"}:
            raise OdooOrderClosedError(order.id, order.state)
        if order.state == "draft" and await self._unlinked(order):
            return
        await self.call_order("action_cancel", order.id)

    async def drop_abandoned(self, cart: str) -> bool:
        order = (await self.cart_orders([cart])).get(cart)
        if order is None or order.state == "cancel":
            return True
        if not _is_untouched(order):
            return False
        try:
            if await self._unlinked(order):
                return True
        except OdooRejectedError:  # confirmed, or sent, since
            return False
        if await self.state_of(order.id) != "draft":
            return False
        await self.call_order("action_cancel", order.id)
        return True

    async def cart_drafts(
        self, *, since: datetime | None = None, until: datetime | None = None, after: int = 0, limit: int = 100
    ) -> list[CartDraft]:
        domain: Domain = [["state", "=", "draft"], ["origin", "=like", CART_ORIGIN], *_written(since, until)]
        while rows := await self.reader.read("cart_draft", [*domain, ["id", ">", after]], order="id", limit=limit):
            if drafts := await self._cart_drafts(rows):
                return drafts
            after = rows[-1]["id"]  # what looked like carts was none
        return []

    async def _cart_drafts(self, rows: Sequence[Row]) -> list[CartDraft]:
        lines = await self.reader.read("cart_draft_line", [among("order_id", [row["id"] for row in rows])])
        writers = {row["id"]: _writers(row) for row in rows}
        for line in lines:
            writers.setdefault(many2one(line["order"]) or 0, set()).update(_writers(line))
        return [
            CartDraft(
                id=row["id"],
                name=row["name"],
                cart=cart,
                updated_at=moment(row["updated"]),
                touched=len(writers[row["id"]]) > 1,
            )
            for row in rows
            if (cart := cart_of(row)) is not None
        ]

    async def _unlinked(self, order: Order) -> bool:
        """False: salespeople may not delete orders, they cancel them."""
        try:
            await self.call_order("unlink", order.id)
        except OdooNotFoundError:
            return True
        except OdooAccessError:
            return False
        return True

    async def _made_for(self, cart: str, order_id: int | None) -> Order | None:
        if order_id is not None:
            try:
                order = await self.read_order(order_id)
            except OdooNotFoundError:
                pass
            else:
                if order.cart == cart:
                    return order
        return (await self.cart_orders([cart])).get(cart)


def _written(since: datetime | None, until: datetime | None) -> Iterator[list[object]]:
    for sign, at in ((">=", since), ("<", until)):
        if at is not None:
            yield ["write_date", sign, at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")]


def _writers(row: Row) -> set[int | None]:
    """The users who made a record, and wrote to it last."""
    return {many2one(row["creator"]), many2one(row["writer"])}


def _is_untouched(order: Order) -> bool:
    """A draft with nothing but what was pushed, and what Odoo itself makes of a delivery and of codes."""
    return order.state == "draft" and all(
        line.kind in {"delivery", "reward"} or (line.kind == "product" and line.number is not None)
        for line in order.lines
    )
