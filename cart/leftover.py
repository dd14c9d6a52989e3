"""What is in a cart and not in the order that was made of it goes into the buyer's next cart, once."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

import structlog

from cart.ids import PARTITIONS
from cart.model import Cart, Transaction
from cart.placement import Placement
from cart.store import CartRefusedError, CartStore

log = structlog.get_logger(__name__)

_NAMESPACE: Final = uuid.UUID("0e7c7f39-6d4f-4a0c-8f8e-0d2a9d6d9b51")


async def bring_over(carts: CartStore, cart: Cart | None, placement: Placement) -> None:
    """May be done again: the cart and the changes are named after the one that they come from."""
    if cart is None or not placement.leftover:
        return
    changes = [
        Transaction(
            id=str(uuid.uuid5(_NAMESPACE, f"{placement.cart}:{one.number}")),
            variant_id=one.variant_id,
            options=one.options,
            delta=one.quantity,
            note=one.note,
        )
        for one in placement.leftover
    ]
    try:
        following = await carts.create(cart.owner, cart_id=next_cart_id(placement.cart))
    except CartRefusedError:
        log.warning("order.leftover_lost", cart=placement.cart, lines=len(changes))
        return
    await carts.apply(following.id, changes)


def next_cart_id(cart_id: str) -> str:
    """The id of the cart that what is left over goes into: of the same partition, always the same."""
    own = uuid.UUID(cart_id).bytes
    raw = bytearray(hashlib.blake2b(own, digest_size=16, person=b"left over").digest())
    raw[0] = raw[0] - raw[0] % PARTITIONS + own[0] % PARTITIONS
    raw[6] = 0x80 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))
