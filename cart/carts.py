"""Carts as the shop uses them: what arrives for a cart that was merged goes on where it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from cart.merging import merge
from cart.model import Applied, Cart, Transaction, TransactionResult
from cart.store import CartClosedError, CartNotFoundError, CartStore, Rejected

_NONE: Final[Rejected] = {}
#: so many carts one into the other
_FURTHEST: Final = 16


class Following:
    """Follows carts into those that they were merged into, and finishes merges that were left half done."""

    def __init__(self, store: CartStore) -> None:
        self._store = store

    async def find(self, cart_id: str) -> Cart | None:
        """The cart, or the one that it is part of now."""
        cart = await self._store.find(cart_id)
        for _ in range(_FURTHEST):
            if cart is None or cart.state != "merged" or cart.into is None:
                return cart
            if not await self._arrived(cart):
                return cart
            cart = await self._store.find(cart.into)
        return cart

    async def apply(self, cart_id: str, transactions: Sequence[Transaction], *, rejected: Rejected = _NONE) -> Applied:
        """As `cart.store.CartChanges.apply`, of the cart or the one that it is part of now.

        Line numbers are those of the cart that was named: they find its lines in the other one by product and options.
        """
        applied = await self._store.apply(cart_id, transactions, rejected=rejected)
        by_position = list(applied.results)
        for _ in range(_FURTHEST):
            cart = applied.cart
            if cart.state != "merged" or cart.into is None or not await self._arrived(cart):
                break
            waiting = [place for place, one in enumerate(by_position) if one.code == "CART_CLOSED"]
            numbers = {line.number: line for line in cart.lines}
            moved: list[tuple[int, Transaction]] = []
            for place in waiting:
                one = transactions[place]
                line = None if one.number is None else numbers.get(one.number)
                if one.number is not None and line is None:
                    by_position[place] = _no_line(one)
                elif line is not None:
                    moved.append(
                        (place, structs.replace(one, number=None, variant_id=line.variant_id, options=line.options))
                    )
                else:
                    moved.append((place, one))
            try:
                applied = await self._store.apply(cart.into, [one for _, one in moved], rejected=rejected)
            except CartNotFoundError:
                break
            transactions = _placed(transactions, moved)
            for (place, _), result in zip(moved, applied.results, strict=True):
                by_position[place] = result
        return Applied(cart=applied.cart, results=tuple(by_position))

    async def _arrived(self, cart: Cart) -> bool:
        """Has what was in the cart gone over? If not, see to it."""
        if not cart.merging or cart.into is None:
            return True
        try:
            await merge(self._store, cart.id, cart.into)
        except (CartClosedError, CartNotFoundError):
            return False
        return True


def _no_line(transaction: Transaction) -> TransactionResult:
    return TransactionResult(
        id=transaction.id, status="REJECTED", code="LINE_NOT_FOUND", message="the cart has no such line"
    )


def _placed(transactions: Sequence[Transaction], moved: Sequence[tuple[int, Transaction]]) -> list[Transaction]:
    changed = list(transactions)
    for place, one in moved:
        changed[place] = one
    return changed
