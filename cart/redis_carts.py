"""Carts in Redis or Valkey, on one server or in a cluster: shared by all processes, atomic, as durable as asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from cart import change_scripts as scripts
from cart.batches import Batch
from cart.details import checked_details, checked_name
from cart.ids import new_cart_id, owner_digest, partition_of, partition_of_cart
from cart.merging import merge
from cart.model import Applied, Cart, Owner, Transaction
from cart.redis_browsing import RedisBrowsing
from cart.redis_flow import RedisFlow
from cart.redis_reading import pack, read_cart
from cart.redis_server import told
from cart.store import CartRefusedError, Rejected

_NONE: Final[Rejected] = {}


class RedisCarts(RedisFlow, RedisBrowsing):
    """A `cart.store.CartStore`."""

    async def create(self, owner: Owner, *, name: str | None = None, cart_id: str | None = None) -> Cart:
        named = "" if name is None else checked_name(name)
        if cart_id is not None and partition_of_cart(cart_id) != partition_of(owner):
            raise ValueError(f"not a cart's id of this owner: {cart_id!r}")
        return await self._create(owner, named, cart_id, "")

    async def current(self, owner: Owner, *, create: bool) -> Cart | None:
        partition = partition_of(owner)
        found = read_cart(await self.read(scripts.CURRENT, partition, owner_digest(owner)))
        if not create:
            return found if found is not None and found.state in ("open", "placing") else None
        if found is not None and found.state in ("open", "placing"):
            return found
        return await self._create(owner, "", None, "current")

    async def _create(self, owner: Owner, name: str, cart_id: str | None, which: str) -> Cart:
        answer = await self.write(
            scripts.CREATE,
            partition_of(owner),
            cart_id or new_cart_id(owner),
            owner_digest(owner),
            owner.kind,
            owner.key,
            owner.website_id,
            name,
            which,
        )
        return _told(answer)

    async def carts_of(self, owner: Owner) -> list[Cart]:
        found = await self.read(scripts.CARTS_OF, partition_of(owner), owner_digest(owner))
        return [told(one) for one in found]

    async def apply(self, cart_id: str, transactions: Sequence[Transaction], *, rejected: Rejected = _NONE) -> Applied:
        batch = Batch(transactions, rejected, self.rules.limits)
        # an array of arrays without nil: False stands for no note
        packed = pack([(*one[:6], False if one.note is None else one.note, one.code) for one in batch.prepared])
        cart, results = await self.change(scripts.APPLY, cart_id, packed)
        return batch.answer(told(cart), [one.decode() for one in results])

    async def set_details(self, cart_id: str, **changes: Any) -> Cart:
        kept = checked_details(changes, self.rules.limits)
        pairs = [
            part
            for name, value in kept.items()
            for part in (name, b"" if value is None else msgspec.msgpack.encode(value))
        ]
        return _told(await self.change(scripts.SET_DETAILS, cart_id, *pairs))

    async def clear(self, cart_id: str) -> Cart:
        return _told(await self.change(scripts.CLEAR, cart_id))

    async def save(self, cart_id: str, name: str) -> Cart:
        return _told(await self.change(scripts.SAVE, cart_id, checked_name(name)))

    async def activate(self, cart_id: str, *, old_name: str) -> Cart:
        return _told(await self.change(scripts.ACTIVATE, cart_id, checked_name(old_name)))

    async def delete(self, cart_id: str) -> Cart:
        return _told(await self.change(scripts.DELETE, cart_id))

    async def merge(self, source_id: str, target_id: str) -> Cart:
        return await merge(self, source_id, target_id)


def _told(answer: Any) -> Cart:
    """A cart, or why there is none. Raises `CartRefusedError`."""
    if answer == b"TOO_MANY_CARTS":
        raise CartRefusedError("TOO_MANY_CARTS", "the owner has as many carts as may be")
    return told(answer)
