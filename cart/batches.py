"""Batches of transactions: what is known of them before they meet the cart, and what is told of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from cart.model import Applied, Cart, RejectionCode, Transaction, TransactionResult
from cart.prepared import BadTransactionError, Prepared, id_key, prepare
from cart.rules import Limits
from cart.store import Rejected

_MESSAGES: Final[Mapping[str, str]] = {
    "LINE_NOT_FOUND": "the cart has no such line",
    "QUANTITY_TOO_LARGE": "more than a line may have",
    "TOO_MANY_LINES": "the cart has as many lines as it may have",
    "CART_CLOSED": "the cart takes no changes any more",
}


class Batch:
    """A batch on its way. ``prepared``: what meets the cart; the others are answered without it."""

    def __init__(self, transactions: Sequence[Transaction], rejected: Rejected, limits: Limits) -> None:
        self._transactions = transactions
        self._refusals: dict[int, tuple[RejectionCode, str]] = {}
        self._positions: list[int] = []
        self.prepared: list[Prepared] = []
        too_many = len(transactions) > limits.batch
        for position, transaction in enumerate(transactions):
            if too_many:
                self._refusals[position] = ("BAD_TRANSACTION", f"at most {limits.batch} transactions at once")
            else:
                self._prepare(position, transaction, rejected.get(transaction.id), limits)

    def _prepare(
        self, position: int, transaction: Transaction, no: tuple[RejectionCode, str] | None, limits: Limits
    ) -> None:
        try:
            key = id_key(transaction.id)
        except BadTransactionError as error:
            self._refusals[position] = (error.code, str(error))
            return
        try:
            prepared = prepare(transaction, limits)
        except BadTransactionError as error:
            no = (error.code, str(error))
        if no is not None:
            # it meets the cart all the same: it may have been applied when nothing was wrong with it yet
            self._refusals[position] = no
            prepared = Prepared(key, "x", code=no[0])
        self._positions.append(position)
        self.prepared.append(prepared)

    def answer(self, cart: Cart, told: Sequence[str]) -> Applied:
        """``told`` of each of ``prepared``: D (duplicate), A and the line's number if any, or R and a code."""
        met = dict(zip(self._positions, told, strict=True))
        return Applied(
            cart=cart,
            results=tuple(
                self._result(position, one.id, met.get(position)) for position, one in enumerate(self._transactions)
            ),
        )

    def _result(self, position: int, transaction_id: str, told: str | None) -> TransactionResult:
        if told == "D":
            return TransactionResult(id=transaction_id, status="DUPLICATE")
        if told is not None and told[0] == "A":
            return TransactionResult(id=transaction_id, status="APPLIED", number=int(told[1:]) if told[1:] else None)
        code, message = self._refusals.get(position, (None, None))
        if told is not None and told[1:] != code:
            code = cast(RejectionCode, told[1:])
            message = _MESSAGES.get(code)
        return TransactionResult(id=transaction_id, status="REJECTED", code=code, message=message)
