"""How orders are paid: providers, and payments that were made."""

from __future__ import annotations

from typing import Final

from ariadne import ObjectType

from adapters.records.orders import Order, OrderQuery, PaymentMethod, PaymentProvider, PaymentTransaction
from resolvers.arguments import line
from resolvers.cart_buyer import buyer_of
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.order_types import checkout_tables
from resolvers.order_view import TransactionView, parties_of
from resolvers.orders import buyer_of as customers_buyer
from resolvers.orders import own_orders
from resolvers.placed import placed_last
from resolvers.query import query

#: providers that need no widget: the customer is told where to transfer the money to
TRANSFERS: Final = frozenset({"custom", "transfer", "wire_transfer"})
UNKNOWN_PROVIDER: Final = "Payment Provider does not exist."
UNKNOWN_TRANSACTION: Final = "Payment transaction does not exist."
#: payments are looked for among so many of a customer's newest orders
NEWEST: Final = 100

provider_type = ObjectType("PaymentProvider")
method_type = ObjectType("PaymentMethod")


@query.field("paymentProviders")
async def resolve_providers(_: None, info: Info) -> list[PaymentProvider]:
    return await offered(info.context)


@query.field("paymentProvider")
async def resolve_provider(_: None, info: Info, id: int | None = None) -> PaymentProvider:  # noqa: A002
    return await provider_of(info.context, id)


async def provider_of(context: RequestContext, provider_id: int | None) -> PaymentProvider:
    """Raises NotFoundError for one that is not offered."""
    found = next((one for one in await offered(context) if one.id == provider_id), None)
    if found is None:
        raise NotFoundError(UNKNOWN_PROVIDER)
    return found


async def offered(context: RequestContext) -> list[PaymentProvider]:
    """Those of this website and company, for the country of whoever buys."""
    view, tables = await context.view(), await checkout_tables(context)
    cart = await context.carts.current()
    country_id = None if cart is None else (await buyer_of(context, cart.details)).partner.country_id
    return [
        one
        for one in tables.payment_providers
        if one.website_id in {None, view.website.id}
        and one.company_id in {None, view.website.company_id}
        and (not one.country_ids or country_id is None or country_id in one.country_ids)
    ]


provider_type.set_field("paymentMethods", lambda provider, _: provider.methods or None)
provider_type.set_field("isTest", lambda provider, _: provider.state == "test")


@method_type.field("providers")
async def resolve_providers_of(method: PaymentMethod, info: Info) -> list[PaymentProvider] | None:
    found = [one for one in await offered(info.context) if any(own.id == method.id for own in one.methods)]
    return found or None


for _picture in ("image", "imageUrl", "imageFilename", "imagePaymentForm"):
    method_type.set_field(_picture, lambda *_: None)
method_type.set_field("active", lambda *_: True)
method_type.set_field("brands", lambda method, _: method.brands or None)


# -- payments that were made ----------------------------------------------------------------------------------------


@query.field("paymentTransaction")
async def resolve_transaction(
    _: None,
    info: Info,
    id: int | None = None,  # noqa: A002
    reference: str | None = None,
) -> TransactionView:
    """Found among the payments of orders that whoever asks may see, and no others."""
    wanted = line(reference, "reference")
    for order in await _own(info.context):
        for one in order.transactions:
            if _is(one, id, wanted):
                return TransactionView(transaction=one, parties=parties_of(order))
    raise NotFoundError(UNKNOWN_TRANSACTION)


async def _own(context: RequestContext) -> list[Order]:
    """The order placed last in this session, and a customer's newest."""
    last = await placed_last(context)
    own = [last] if last is not None else []
    if context.identity.is_guest:
        return own
    query_ = OrderQuery(
        commercial_partner_id=await customers_buyer(context), order=(("ordered_at", True),), limit=NEWEST
    )
    ids, _ = await (await context.adapter()).find_orders(query_)
    return [*own, *await own_orders(context, ids)]


def _is(transaction: PaymentTransaction, id_: int | None, reference: str) -> bool:
    if id_ is not None:
        return transaction.id == id_
    return bool(reference) and transaction.reference == reference


BINDABLES = [provider_type, method_type]
