"""Ids of carts. A cart's id tells its partition, which is its owner's: the carts of one owner are kept together."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final
from uuid import UUID

from cart.model import Owner

#: All that is kept of one partition lies in one slot of a cluster. The number is part of what is kept: never change it.
PARTITIONS: Final = 64
#: Order numbers of carts begin here, above any id that an order of Odoo has; they stay below 2**31, as GraphQL's Int.
FIRST_ORDER_NUMBER: Final = 2**30
_CART_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def owner_digest(owner: Owner) -> str:
    """By which an owner is kept: 32 hexadecimal digits."""
    text = f"{owner.kind}\n{owner.website_id}\n{owner.key}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def partition_of(owner: Owner) -> int:
    return int(owner_digest(owner)[:2], 16) % PARTITIONS


def new_cart_id(owner: Owner) -> str:
    """A UUID (version 8) with 116 random bits, and the owner's partition in its first byte."""
    raw = bytearray(secrets.token_bytes(16))
    raw[0] = raw[0] - raw[0] % PARTITIONS + partition_of(owner)
    raw[6] = 0x80 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(UUID(bytes=bytes(raw)))


def partition_of_cart(cart_id: str) -> int | None:
    """Where a cart of this id would be; None: no cart has such an id."""
    return int(cart_id[:2], 16) % PARTITIONS if _CART_ID.fullmatch(cart_id) else None
