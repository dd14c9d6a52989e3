"""Where carts are kept, and what is promised there.

**Once.** A transaction is applied when it arrives first and never again, whoever sends it: its id is remembered for
`CartRules.remember_seconds`, the last `CartRules.remember_most` of a cart. So batches may be sent again, whole or in
part, in any order, from anywhere: the state, line numbers included, is that of sending each transaction once, in the
order of first arrival.

**Any order.** Deltas that name a line by product and options may arrive in any order: what is left of each line is
the sum of them all, and a negative sum is none. To that end a line remembers for `CartRules.owed_seconds` that more was
taken from it than was there. Not longer: a request overtaken by a later one arrives within seconds, and whoever adds a
product an hour later wants to see it in the cart, whatever two windows took out of it then. What is set (a quantity, a
note) stands until it is set again: the last to arrive wins. What names a line by its number finds it while it is there.

**Rejected** transactions are not remembered: corrected, or when the reason has gone, they may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from cart.model import Applied, Cart, CartStruct, Failure, Owner, RejectionCode, Synced, Transaction

#: why a transaction is not to be applied, by its id: a code, and words for people
Rejected = Mapping[str, tuple[RejectionCode, str]]

PlacedState = Literal["placed", "requested"]


class CartsUnavailableError(Exception):
    """Carts cannot be read or changed now, or it is not certain that a change will outlive a crash.

    The change may have been made: send the same transactions again.
    """


class CartNotFoundError(Exception):
    """There is no such cart, or no longer."""

    def __init__(self, cart_id: str) -> None:
        super().__init__(cart_id)
        self.cart_id = cart_id


class CartClosedError(Exception):
    """The cart takes no changes in the state in which ``cart`` is."""

    def __init__(self, cart: Cart) -> None:
        super().__init__(f"the cart is {cart.state}")
        self.cart = cart


class CartRefusedError(Exception):
    """Something does not fit into a cart."""

    def __init__(self, code: Literal["TOO_MANY_CARTS", "BAD_DETAILS", "BAD_NAME"], message: str) -> None:
        super().__init__(message)
        self.code = code


class Placing(CartStruct, frozen=True):
    """What became of the wish to place an order.

    ``BEGUN``: nobody else may until the lease ends. ``PLACED``: there is one already, for this cart or under this
    key: ``placement`` tells it. ``BUSY``: somebody else is at it. ``CHANGED``: the cart's version is another than
    expected. ``CLOSED``: merged or deleted. ``cart``: None where the key is known and its cart has gone.
    """

    status: Literal["BEGUN", "PLACED", "BUSY", "CHANGED", "CLOSED"]
    cart: Cart | None
    placement: bytes | None = None


class SyncCounts(CartStruct, frozen=True):
    """How many carts are due, wait until they are (or are being pushed), and are dead; since when the first is due."""

    due: int
    waiting: int
    dead: int
    oldest: float | None


#: which carts of all: those that have not come to their end, and of these those that Odoo knows as they are, the last
#: touched first; those that it is to be told of, the longest due first; the dead, the longest dead first
Listed = Literal["kept", "synced", "due", "dead"]


class CartsPage(CartStruct, frozen=True):
    """Some carts, and where the next page begins: None after the last."""

    carts: tuple[Cart, ...]
    following: str | None = None


class CartChanges(Protocol):
    """Carts of owners, and what is in them."""

    async def create(self, owner: Owner, *, name: str | None = None, cart_id: str | None = None) -> Cart:
        """A new cart. Without a name it becomes the owner's current one; the one before stays among their carts.

        ``cart_id``: by `cart.ids.new_cart_id` of the owner; where there is such a cart, that is the answer.
        Raises `CartRefusedError` when the owner has too many.
        """
        ...

    async def find(self, cart_id: str) -> Cart | None: ...

    async def find_many(self, cart_ids: Sequence[str]) -> dict[str, Cart]:
        """Those that there are, by id."""
        ...

    async def current(self, owner: Owner, *, create: bool) -> Cart | None:
        """The one being filled. There is one at most, however many ask at once; when it is closed, a new one."""
        ...

    async def carts_of(self, owner: Owner) -> list[Cart]:
        """The current one, saved ones, and those requested but not yet placed; the oldest first."""
        ...

    async def apply(self, cart_id: str, transactions: Sequence[Transaction], *, rejected: Rejected = ...) -> Applied:
        """Apply a batch, in its order. ``rejected``: those that the caller does not want to be applied, by id.

        A cart that is not open rejects all with ``CART_CLOSED``, but those it knows. Raises `CartNotFoundError`.
        """
        ...

    async def set_details(self, cart_id: str, **changes: Any) -> Cart:
        """Change fields of `CartDetails`; None (``codes``: empty) clears one.

        Raises `CartNotFoundError`, `CartClosedError`, `CartRefusedError`.
        """
        ...

    async def clear(self, cart_id: str) -> Cart:
        """Take all lines out. Raises as above."""
        ...

    async def save(self, cart_id: str, name: str) -> Cart:
        """Give it a name. The current cart becomes a saved one by it, and the next that is asked for is new.

        Raises as above. Names are no matter of Odoo's: the version stays.
        """
        ...

    async def activate(self, cart_id: str, *, old_name: str) -> Cart:
        """Make a saved one the current one. The one before is saved as ``old_name``; an empty one is deleted.

        It is not merged: a saved basket stays what was saved. Raises as above.
        """
        ...

    async def delete(self, cart_id: str) -> Cart:
        """Throw it away, with what is in it. Raises as above, but for one that is deleted already."""
        ...


class MergeSteps(Protocol):
    """The atomic steps of `cart.merging.merge`, each safe to repeat."""

    async def seal(self, source_id: str, target_id: str) -> tuple[Cart, bytes]:
        """Close an open cart as merged into another. Answers the cart, and the transactions it remembers, encoded.

        One that is not open is answered as it is. Raises `CartNotFoundError`.
        """
        ...

    async def absorb(self, target_id: str, source: Cart, remembered: bytes) -> tuple[str, Cart | None]:
        """Put what is in ``source`` into the target, unless that was done.

        ``DONE``; ``BUSY``: an order is being placed of the target; ``REFUSED``: closed, and it will never absorb this
        source; ``GONE``: no such cart.
        """
        ...

    async def redirect(self, source_id: str, old_target: str, new_target: str) -> None:
        """The old target refused: it goes into another."""
        ...

    async def finish_merge(self, source_id: str, target_id: str) -> None:
        """It has arrived in the target."""
        ...


class CartPlacing(Protocol):
    """An order is placed of a cart once."""

    async def begin_placing(
        self,
        cart_id: str,
        token: str,
        *,
        lease_seconds: float,
        key: str | None = None,
        version: int | None = None,
        again: bool = False,
    ) -> Placing:
        """Close an open cart for changes; it opens by itself when the lease ends. Again, with the same token: prolong.

        ``token``: nobody else's. ``key``: the client's idempotency key; what was placed under it by the same owner is
        the answer for `CartRules.closed` seconds. ``version``: that the customer saw. ``again``: a requested cart too.
        Raises `CartNotFoundError`.
        """
        ...

    async def finish_placing(self, cart_id: str, token: str, placement: bytes, *, state: PlacedState) -> Cart | None:
        """The order is placed or requested. None: the token does not hold the cart, nor did last as it is.

        ``placement`` is not empty.
        """
        ...

    async def abandon_placing(self, cart_id: str, token: str, *, requested: bool = False) -> Cart | None:
        """Open the cart again, or with ``requested`` let one remain requested. None as above.

        A cart that had been requested becomes the current one again if its owner has none.
        """
        ...

    async def find_placement(self, owner: Owner, key: str) -> tuple[str, bytes] | None:
        """The cart and what was placed of it under a key."""
        ...


class CartSync(Protocol):
    """Which carts Odoo does not know as they are, and who brings them there.

    Tokens are nobody else's. An answer False means that the token does not hold the cart any more: another may.
    """

    async def due(self, limit: int, *, now: float | None = None) -> list[str]:
        """Those to be pushed now, the longest due first. Merged and deleted ones too: their orders are to go."""
        ...

    async def take(self, cart_id: str, token: str, lease_seconds: float, *, only_due: bool = True) -> Cart | None:
        """The cart, which nobody else gets while the lease lasts. Again, with the same token: prolong.

        None: it has gone, another has it, or (with ``only_due``) it is not due. What ends without a word becomes due
        again.
        """
        ...

    async def synced(self, cart_id: str, token: str, synced: Synced) -> bool:
        """Odoo knows ``synced.version``. If the cart has moved on meanwhile, it stays due."""
        ...

    async def failed(self, cart_id: str, token: str, failure: Failure, retry_at: float) -> bool:
        """Due again at ``retry_at``; a dead one not until it is changed, which makes it forget its failure."""
        ...

    async def release(self, cart_id: str, token: str) -> bool:
        """Give it back as it is: due at once, if it was."""
        ...

    async def dropped(self, cart_id: str, token: str) -> bool:
        """Odoo has no draft of it any more."""
        ...

    async def ended_drafts(self, limit: int, *, now: float | None = None) -> list[str]:
        """Carts that have ended by themselves, and of which Odoo may have a draft, the longest ended first."""
        ...

    async def claim_draft(self, cart_id: str, seconds: float) -> bool:
        """Is the draft of an ended cart to be dropped by whoever asks? For so long nobody else is told to."""
        ...

    async def forget_draft(self, cart_id: str) -> None:
        """Odoo has no draft of an ended cart any more, or people have it."""
        ...

    async def dead_letters(self, limit: int) -> list[Cart]:
        """Those not tried any more, the longest dead first."""
        ...

    async def revive(self, cart_id: str) -> bool:
        """Try a dead one again, at once. False: it is not dead."""
        ...

    async def give_up(self, cart_id: str) -> bool:
        """Take a dead one off the list: it is not tried again as it is, but when it is changed.

        False: it is not dead, or is an order that was accepted: that is tried again, or taken back by the customer.
        """
        ...

    async def counts(self) -> SyncCounts: ...


class CartLists(Protocol):
    """Carts of all owners, for people of the shop."""

    async def browse(
        self, which: Listed, websites: Sequence[int], limit: int, *, after: str | None = None
    ) -> CartsPage:
        """A page of the carts of these websites. ``after``: `CartsPage.following` of the page before.

        Each page looks at a bounded number of carts, however many there are: it may have fewer than ``limit``, even
        none, and there may be more. Raises ValueError for an ``after`` that no page told.
        """
        ...


class CartStore(CartChanges, MergeSteps, CartPlacing, CartSync, CartLists, Protocol):
    """Carts, kept. Each method is one atomic step where they are kept, and raises `CartsUnavailableError` if it cannot.

    `find_many`, `dead_letters`, `due`, `counts` and `browse` look at each partition by itself; `current` looks before
    it makes.
    """

    async def merge(self, source_id: str, target_id: str) -> Cart:
        """See `cart.merging.merge`: no single step, but one that may be begun again at any time."""
        ...

    async def check(self) -> None:
        """Say aloud what is not as it should be where carts are kept, and refuse what breaks a promise.

        Raises `cart.durability.CartsNotDurableError`, `CartsUnavailableError`.
        """
        ...
