"""Where wishlists are kept: where the carts are."""

from __future__ import annotations

from cart.memory_carts import MemoryCarts
from cart.memory_wishlists import MemoryWishlists
from cart.redis_server import RedisServer
from cart.redis_wishlists import RedisWishlists
from cart.store import CartStore
from cart.wishlists import WishlistStore


def wishlists_beside(carts: CartStore) -> WishlistStore:
    """Wishlists where these carts are kept, as durable, and for as long, as they are."""
    if isinstance(carts, RedisServer):
        return RedisWishlists(carts)
    return MemoryWishlists(carts.rules if isinstance(carts, MemoryCarts) else None)
