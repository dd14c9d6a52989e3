"""Changes of a cart that are sent again until they are answered: `cartSync`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cart.model import Applied, RejectionCode, Transaction, TransactionResult
from resolvers.arguments import given
from resolvers.cart_changes import MOST
from resolvers.cart_products import offers_of
from resolvers.cart_types import shown
from resolvers.cart_view import CartView
from resolvers.context import RequestContext
from resolvers.errors import REFUSALS, BadInputError
from resolvers.info import Info
from resolvers.mutation import mutation


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of the changes, and the cart afterwards."""

    cart: CartView
    results: list[dict[str, Any]]


@mutation.field("cartSync")
async def resolve_sync(
    _: None,
    info: Info,
    transactions: Sequence[Mapping[str, Any]],
    cartId: str | None = None,  # noqa: N803
) -> Synced:
    if len(transactions) > MOST:
        raise BadInputError(f"At most {MOST} transactions at once.")
    context = info.context
    changes = [_transaction(given(one)) for one in transactions]
    rejected = await _rejected(context, changes)
    applied = await _apply(context, cartId, changes, rejected)
    return Synced(shown(info, applied.cart, "cart"), [_result(one) for one in applied.results])


async def _apply(
    context: RequestContext,
    cart_id: str | None,
    changes: Sequence[Transaction],
    rejected: Mapping[str, tuple[RejectionCode, str]],
) -> Applied:
    if cart_id is None:
        return await context.carts.change(changes, rejected)
    await context.carts.own(cart_id)  # by its own name: what it tells of lines is meant for it, wherever it went
    return await context.carts.apply(cart_id, changes, rejected)


def _transaction(told: Mapping[str, Any]) -> Transaction:
    return Transaction(
        id=told["id"],
        variant_id=told.get("productId"),
        options={one["name"]: one["value"] for one in told.get("options", ())},
        number=told.get("lineId"),
        delta=told.get("delta"),
        quantity=told.get("quantity"),
        note=told.get("note"),
    )


async def _rejected(context: RequestContext, changes: Sequence[Transaction]) -> dict[str, tuple[RejectionCode, str]]:
    """Those that put products into the cart that whoever asks cannot order. Taking out is always possible."""
    puts = [one for one in changes if one.variant_id is not None and _may_add(one)]
    offers = await offers_of(context, [one.variant_id for one in puts if one.variant_id is not None])
    refused = {one.id: offers.refusal(one.variant_id) for one in puts if one.variant_id is not None}
    return {key: (code, REFUSALS[code]) for key, code in refused.items() if code is not None}


def _may_add(change: Transaction) -> bool:
    return (change.delta is not None and change.delta > 0) or (change.quantity is not None and change.quantity > 0)


def _result(one: TransactionResult) -> dict[str, Any]:
    message = one.message or (None if one.code is None else REFUSALS[one.code])
    return {"id": one.id, "status": one.status, "code": one.code, "message": message, "lineId": one.number}


BINDABLES: list[Any] = []
