"""All carts, how far Odoo knows them, and those that it refused, for people of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ariadne import ObjectType

from adapters.records.orders import Order
from cart.known_order import decode_order
from cart.model import Cart, CartLine, Failure
from cart.refusals import still_refused
from cart.store import Listed
from resolvers.arguments import MAX_IDS, given
from resolvers.backoffice import MAX_PAGE, Backoffice, CartRow, CustomerView, backoffice_of, backoffice_type, written
from resolvers.backoffice_staff import asked
from resolvers.cart_errors import NO_CART, told_as_such
from resolvers.cart_types import options_shown, refusal_shown, state_of
from resolvers.errors import BadInputError, NotFoundError
from resolvers.info import Info
from resolvers.lookahead import names_below
from resolvers.mutation import mutation
from resolvers.order_types import product_of
from resolvers.product_nodes import ProductNode
from resolvers.view import Needs

#: so many failures are tried again at once
MAX_RETRIED: Final = 200
_LISTED: Final[Mapping[str | None, Listed]] = {None: "kept", "SYNCED": "synced", "PENDING": "due", "FAILED": "dead"}

cart_type = ObjectType("BackofficeCart")
line_type = ObjectType("BackofficeCartLine")
sync_type = ObjectType("BackofficeCartSync")
error_type = ObjectType("BackofficeCartSyncError")


# -- lists ----------------------------------------------------------------------------------------------------------


@backoffice_type.field("carts")
async def resolve_carts(
    office: Backoffice,
    info: Info,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    first: int | None = None,
    after: str | None = None,
) -> dict[str, Any]:
    return await _page(office, info, given(filter).get("syncState"), first, after)


@backoffice_type.field("cartSyncFailures")
async def resolve_failures(
    office: Backoffice, info: Info, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    return await _page(office, info, "FAILED", first, after)


async def _page(
    office: Backoffice, info: Info, sync_state: str | None, first: int | None, after: str | None
) -> dict[str, Any]:
    limit = 20 if first is None else first
    if not 1 <= limit <= MAX_PAGE:
        raise BadInputError(f"first must be between 1 and {MAX_PAGE}.")
    asked(office.context, "carts", syncState=sync_state or "", after=(after or "")[:64])
    (await office.context.view()).expect(Needs.of(names_below(info)))
    try:
        with told_as_such():
            page = await office.context.services.carts.browse(
                _LISTED[sync_state], sorted(office.scope.website_ids), limit, after=after
            )
    except ValueError as error:
        raise BadInputError("after is no cursor of this list.") from error
    return {"carts": [CartRow(office, cart) for cart in page.carts], "endCursor": page.following}


@backoffice_type.field("cart")
async def resolve_cart(office: Backoffice, _: Info, id: str) -> CartRow:  # noqa: A002
    asked(office.context, "cart", cart=id[:64])
    return CartRow(office, await _own(office, id))


async def _own(office: Backoffice, cart_id: str) -> Cart:
    """Raises NotFoundError for a cart of another company's website, as for none."""
    with told_as_such():
        cart = await office.context.services.carts.find(cart_id)
    if cart is None or not office.has(cart):
        raise NotFoundError(NO_CART)
    return cart


# -- changes --------------------------------------------------------------------------------------------------------


@mutation.field("retryCartSync")
async def resolve_retry(_: None, info: Info, cartIds: Sequence[str] | None = None) -> dict[str, Any]:  # noqa: N803
    context = info.context
    office = await backoffice_of(context)
    store = context.services.carts
    with told_as_such():
        if cartIds is None:
            page = await store.browse("dead", sorted(office.scope.website_ids), MAX_RETRIED)
            wanted = [cart.id for cart in page.carts]
        else:
            wanted = list(dict.fromkeys(cartIds))
            if len(wanted) > MAX_IDS:
                raise BadInputError(f"cartIds may have at most {MAX_IDS} entries.")
        found = await store.find_many(wanted)
        retried = [one for one in wanted if one in found and office.has(found[one]) and await store.revive(one)]
    asked(context, "retryCartSync", carts=retried)
    return {"retried": retried, "skipped": [one for one in wanted if one not in set(retried)]}


@mutation.field("giveUpCartSync")
async def resolve_give_up(_: None, info: Info, cartId: str) -> dict[str, Any]:  # noqa: N803
    context = info.context
    office = await backoffice_of(context)
    cart = await _own(office, cartId)
    if cart.state == "requested":
        raise BadInputError("An order that was accepted is tried again, or taken back by the customer.")
    with told_as_such():
        done = await context.services.carts.give_up(cart.id)
    asked(context, "giveUpCartSync", cart=cart.id, done=done)
    return {"done": done, "cart": CartRow(office, await _own(office, cart.id))}


# -- carts ----------------------------------------------------------------------------------------------------------


@cart_type.field("customer")
async def resolve_customer(row: CartRow, _: Info) -> CustomerView | None:
    partner_id = _customer_id(row.cart)
    return None if partner_id is None or row.cart.owner.kind == "guest" else await row.office.customer(partner_id)


def _customer_id(cart: Cart) -> int | None:
    return int(cart.owner.key) if cart.owner.kind == "customer" else cart.details.partner_id


@line_type.field("product")
async def resolve_product(line: CartLine, info: Info) -> ProductNode | None:
    return await product_of(info.context, line.variant_id)


@sync_type.field("order")
def resolve_order(cart: Cart, _: Info) -> Order | None:
    return None if cart.synced is None else decode_order(cart.synced.order)


def _sync_state(cart: Cart) -> str:
    if cart.is_synced:
        return "SYNCED"
    return "FAILED" if cart.failure is not None and cart.failure.dead else "PENDING"


def _failure(cart: Cart) -> Failure | None:
    return None if cart.is_synced else cart.failure


cart_type.set_field("id", lambda row, _: row.cart.id)
cart_type.set_field("state", lambda row, _: state_of(row.cart))
cart_type.set_field("version", lambda row, _: row.cart.version)
cart_type.set_field("name", lambda row, _: row.cart.name)
cart_type.set_field("owner", lambda row, _: row.cart.owner.kind.upper())
cart_type.set_field("customerId", lambda row, _: _customer_id(row.cart))
cart_type.set_field("websiteId", lambda row, _: row.cart.owner.website_id)
cart_type.set_field("createdAt", lambda row, _: written(row.cart.created))
cart_type.set_field("changedAt", lambda row, _: written(row.cart.changed))
cart_type.set_field("lineCount", lambda row, _: len(row.cart.lines))
cart_type.set_field("lines", lambda row, _: row.cart.lines)
cart_type.set_field("codes", lambda row, _: row.cart.details.codes)
cart_type.set_field("reference", lambda row, _: row.cart.details.reference)
cart_type.set_field("note", lambda row, _: row.cart.details.note)
cart_type.set_field("sync", lambda row, _: row.cart)
line_type.set_field("id", lambda line, _: line.number)
line_type.set_field("variantId", lambda line, _: line.variant_id)
line_type.set_field("options", lambda line, _: options_shown(line))
sync_type.set_field("state", lambda cart, _: _sync_state(cart))
sync_type.set_field("version", lambda cart, _: cart.synced and cart.synced.version)
sync_type.set_field("at", lambda cart, _: cart.synced and written(cart.synced.at))
sync_type.set_field("refused", lambda cart, _: [refusal_shown(one) for one in still_refused(cart)])
sync_type.set_field("error", lambda cart, _: _failure(cart))
error_type.set_field("at", lambda failure, _: written(failure.at))
error_type.set_field("final", lambda failure, _: failure.dead)

BINDABLES = [cart_type, line_type, sync_type, error_type]
