"""Carts in one process, for where there is no Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import structs

from cart.batches import Batch
from cart.details import checked_details, checked_name
from cart.ids import new_cart_id, partition_of, partition_of_cart
from cart.memory_browsing import MemoryBrowsing
from cart.memory_flow import MemoryFlow
from cart.memory_shelf import Kept
from cart.merging import merge
from cart.model import Applied, Cart, Owner, Transaction
from cart.store import CartClosedError, CartRefusedError, Rejected

_NONE: Final[Rejected] = {}


class MemoryCarts(MemoryFlow, MemoryBrowsing):
    """A `cart.store.CartStore` for one process, for trying out and for tests.

    It promises what `cart.store` says, but that carts outlive the process, and that other processes have the same.
    How many there are is not bounded but by how long they live.
    """

    async def check(self) -> None:
        """Nothing to look at."""

    async def create(self, owner: Owner, *, name: str | None = None, cart_id: str | None = None) -> Cart:
        named = None if name is None else checked_name(name)
        if cart_id is not None:
            if partition_of_cart(cart_id) != partition_of(owner):
                raise ValueError(f"not a cart's id of this owner: {cart_id!r}")
            if (kept := self._get(cart_id)) is not None:
                return kept.told()
        self._check_number(owner)
        return self._make(cart_id or new_cart_id(owner), owner, named).told()

    async def find(self, cart_id: str) -> Cart | None:
        kept = self._get(cart_id)
        return None if kept is None else kept.told()

    async def find_many(self, cart_ids: Sequence[str]) -> dict[str, Cart]:
        return {one: kept.told() for one in cart_ids if (kept := self._get(one)) is not None}

    async def current(self, owner: Owner, *, create: bool) -> Cart | None:
        kept = self._get(self._currents.get(owner, ""))
        if kept is not None and kept.state in ("open", "placing"):
            return kept.told()
        return self._make(new_cart_id(owner), owner, None).told() if create else None

    async def carts_of(self, owner: Owner) -> list[Cart]:
        found = (self._get(one) for one in self._of_owner.get(owner, ()))
        return [kept.told() for kept in found if kept is not None]

    async def apply(self, cart_id: str, transactions: Sequence[Transaction], *, rejected: Rejected = _NONE) -> Applied:
        batch = Batch(transactions, rejected, self.rules.limits)
        kept = self._existing(cart_id)
        told, applied = [], False
        for one in batch.prepared:
            if one.key in kept.seen:
                result = "D"
            elif kept.state != "open":
                result = "RCART_CLOSED"
            elif one.kind == "x":
                result = f"R{one.code}"
            else:
                result = self._fold(kept, one)
            if result[0] == "A":
                kept.seen[one.key] = self._clock()
                applied = True
            told.append(result)
        if applied:
            self._remember(kept)
            self._changed(kept)
        return batch.answer(kept.told(), told)

    async def set_details(self, cart_id: str, **changes: Any) -> Cart:
        details = checked_details(changes, self.rules.limits)
        kept = self._open(cart_id)
        if "codes" in details:
            details["codes"] = details["codes"] or ()
        kept.details = structs.replace(kept.details, **details)
        self._changed(kept)
        return kept.told()

    async def clear(self, cart_id: str) -> Cart:
        kept = self._open(cart_id)
        kept.empty()
        self._changed(kept)
        return kept.told()

    async def save(self, cart_id: str, name: str) -> Cart:
        checked = checked_name(name)
        kept = self._open(cart_id)
        if self._currents.get(kept.owner) == cart_id:
            self._check_number(kept.owner)
            del self._currents[kept.owner]
        kept.name = checked
        self._touch(kept)
        return kept.told()

    async def activate(self, cart_id: str, *, old_name: str) -> Cart:
        checked = checked_name(old_name)
        kept = self._open(cart_id)
        old = self._get(self._currents.get(kept.owner, ""))
        if old is kept:
            return kept.told()
        if old is not None and old.state == "open" and not old.lines:
            self._delete(old)
        elif old is not None and old.state in ("open", "placing"):
            old.name = checked
        self._currents[kept.owner] = cart_id
        kept.name = None
        self._touch(kept)
        return kept.told()

    async def delete(self, cart_id: str) -> Cart:
        kept = self._existing(cart_id)
        if kept.state == "open":
            self._delete(kept)
        elif kept.state != "deleted":
            raise CartClosedError(kept.told())
        return kept.told()

    async def merge(self, source_id: str, target_id: str) -> Cart:
        return await merge(self, source_id, target_id)

    def _check_number(self, owner: Owner) -> None:
        living = [one for one in self._of_owner.get(owner, ()) if self._get(one) is not None]
        if len(living) >= self.rules.limits.carts:
            raise CartRefusedError("TOO_MANY_CARTS", "the owner has as many carts as may be")

    def _open(self, cart_id: str) -> Kept:
        kept = self._existing(cart_id)
        if kept.state != "open":
            raise CartClosedError(kept.told())
        return kept
