"""Where wishlists are kept, and what is promised there: each method is one atomic step, and may be done again.

A wishlist is known by its owner, and a wish by its variant: there is one for each, so its id is the variant's. It stays
through a login, through Odoo and its migrations, and leads to nobody else's list.

A customer's list is Odoo's as well. So that what was struck out here is not taken for what was added there, it is
remembered what Odoo had when it was looked at last (`Wishlist.odoo`); whoever brings the two together names the
``revision`` they began with, and does nothing when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol

from cart.model import CartStruct, Owner

Added = Literal["added", "known", "full"]

#: variants on a list
MOST: Final = 500
_ROUNDS: Final = 5


class Wishlist(CartStruct, frozen=True):
    """``variants``: ids, the oldest first. ``odoo``: those Odoo had. ``seen``: when it was looked at (Unix seconds)."""

    variants: tuple[int, ...] = ()
    odoo: frozenset[int] = frozenset()
    revision: int = 0
    seen: float = 0.0


class WishlistStore(Protocol):
    """All methods raise `cart.store.CartsUnavailableError`."""

    async def read(self, owner: Owner) -> Wishlist:
        """An owner's list; who has none has an empty one."""
        ...

    async def add(self, owner: Owner, variant_ids: Sequence[int]) -> Added:
        """``known``: all of them were on it. ``full``: not all of them are on it now."""
        ...

    async def remove(self, owner: Owner, variant_ids: Sequence[int]) -> None:
        """Strike these out; those that are not on it change nothing."""
        ...

    async def take_in(self, owner: Owner, revision: int, theirs: Sequence[int]) -> Wishlist | None:
        """Odoo has ``theirs`` now: what came since the last look comes in, what went goes. None: another revision."""
        ...

    async def brought(self, owner: Owner, added: Collection[int], removed: Collection[int]) -> None:
        """This was done in Odoo."""
        ...


async def merge(store: WishlistStore, source: Owner, target: Owner) -> None:
    """Whoever signs in takes along what they wished for as a guest. It may be done again, wherever it broke off."""
    for _ in range(_ROUNDS):  # another window may add to it meanwhile
        variants = (await store.read(source)).variants
        if not variants:
            return
        await store.add(target, variants)
        await store.remove(source, variants)
