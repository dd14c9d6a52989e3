"""The fields of orders, their lines, deliveries and payments: of `resolvers.order_view`."""

from __future__ import annotations

from decimal import ROUND_CEILING
from typing import Any, Final

from ariadne import EnumType, InterfaceType, ObjectType

from adapters.records.orders import AppliedCode, CodeKind, PaymentTerm
from cache.checkout_tables import CheckoutTables
from resolvers.context import RequestContext
from resolvers.info import Info
from resolvers.order_view import OrderLineView, OrderView, Parties, ShippingMethodView, TransactionView
from resolvers.partners import GUESTS, Partner
from resolvers.product_nodes import ProductNode
from resolvers.view import ShopView
from resolvers.website import currency_answer

#: where documents can be got
DOCUMENTS: Final = "/documents"
#: how Odoo writes moments
MOMENT: Final = "%Y-%m-%d %H:%M:%S"

order_type = ObjectType("Order")
line_type = ObjectType("OrderLine")
shipping_type = ObjectType("ShippingMethod")
transaction_type = ObjectType("PaymentTransaction")
list_interface = InterfaceType("Orders", lambda *_: "OrderList")

stage = EnumType(
    "OrderStage",
    {"Quotation": "draft", "QuotationSent": "sent", "SalesOrder": "sale", "Locked": "done", "Cancelled": "cancel"},
)
invoice_status = EnumType(
    "InvoiceStatus",
    {
        "UpsellingOpportunity": "upselling",
        "FullyInvoiced": "invoiced",
        "ToInvoice": "to invoice",
        "NothingtoInvoice": "no",
    },
)
transaction_state = EnumType(
    "PaymentTransactionState",
    {
        "Draft": "draft",
        "Pending": "pending",
        "Authorized": "authorized",
        "Confirmed": "done",
        "Canceled": "cancel",
        "Error": "error",
    },
)
line_kind = EnumType(
    "OrderLineKind",
    {
        "PRODUCT": "product",
        "DELIVERY": "delivery",
        "REWARD": "reward",
        "SECTION": "section",
        "NOTE": "note",
        "FOREIGN": "foreign",
    },
)


# -- what other parts of the schema need too ------------------------------------------------------------------------


async def contact_of(context: RequestContext, parties: Parties, contact_id: int | None) -> Partner | None:
    """One of the contacts, of a guest without any the one of all guests; None for one that is not the buyer's own."""
    if parties.buyer_id is None:
        return GUESTS
    company_id = (await context.view()).website.company_id
    family = await context.contacts.family(parties.buyer_id, company_id)
    contact = family.get(contact_id)
    return None if contact is None else Partner(contact, family)


async def product_of(context: RequestContext, variant_id: int | None) -> ProductNode | None:
    """The variant, if it is for sale, to whoever asks. All that are asked for at the same time are read at once."""
    if variant_id is None:
        return None
    view = await context.view()
    found = await view.products_of([variant_id])
    return ProductNode(view, *found[0]) if found else None


async def checkout_tables(context: RequestContext) -> CheckoutTables:
    """Delivery methods, payment terms and providers, in the language of whoever asks."""
    view = await context.view()
    return await view.reference.checkout(view.lang, view.dependencies)


def with_tax(context: RequestContext, view: ShopView) -> bool:
    """Are prices shown with tax?"""
    include_tax = context.services.prices_include_tax
    return view.website.prices_include_tax if include_tax is None else include_tax


async def currency_of(context: RequestContext, code: str) -> dict[str, Any] | None:
    """A `Currency` of the schema."""
    currency = (await context.view()).tables.currencies.get(code)
    return None if currency is None else currency_answer(currency)


def page_in_portal(kind: str, record_id: int, token: str | None) -> str:
    """The path of a record's page in Odoo's portal."""
    return f"/my/{kind}/{record_id}" + (f"?access_token={token}" if token else "")


# -- orders ---------------------------------------------------------------------------------------------------------


@order_type.field("partner")
async def resolve_partner(order: OrderView, info: Info) -> Partner | None:
    return await contact_of(info.context, order.parties, order.parties.partner_id)


@order_type.field("partnerShipping")
async def resolve_shipping_partner(order: OrderView, info: Info) -> Partner | None:
    return await contact_of(info.context, order.parties, order.parties.shipping_partner_id)


@order_type.field("partnerInvoice")
async def resolve_invoice_partner(order: OrderView, info: Info) -> Partner | None:
    return await contact_of(info.context, order.parties, order.parties.invoice_partner_id)


@order_type.field("currency")
async def resolve_currency(order: OrderView, info: Info) -> dict[str, Any] | None:
    return await currency_of(info.context, order.currency)


@order_type.field("shippingMethod")
async def resolve_shipping_method(order: OrderView, info: Info) -> ShippingMethodView | None:
    if order.carrier_id is None:
        return None
    context = info.context
    method = (await checkout_tables(context)).methods.get(order.carrier_id)
    return order.delivery(method, with_tax=with_tax(context, await context.view()))


@order_type.field("paymentTerm")
async def resolve_payment_term(order: OrderView, info: Info) -> PaymentTerm | None:
    if order.payment_term_id is None:
        return None
    return (await checkout_tables(info.context)).terms.get(order.payment_term_id)


@order_type.field("transactions")
def resolve_transactions(order: OrderView, _: Info) -> list[TransactionView] | None:
    return [TransactionView(transaction=one, parties=order.parties) for one in order.transactions] or None


@order_type.field("lastTransaction")
def resolve_last_transaction(order: OrderView, _: Info) -> TransactionView | None:
    """Moments of Odoo's are whole seconds: of two in the same one, the later made."""
    if not order.transactions:
        return None
    newest = max(order.transactions, key=lambda one: (one.created_at, one.id))
    return TransactionView(transaction=newest, parties=order.parties)


@order_type.field("orderUrl")
def resolve_url(order: OrderView, _: Info) -> str | None:
    return page_in_portal("orders", order.id, order.access_token) if order.is_order else None


def _codes(order: OrderView, kind: CodeKind) -> list[AppliedCode] | None:
    return order.codes_of(kind) or None


order_type.set_field("stage", lambda order, _: order.state)
order_type.set_field("dateOrder", lambda order, _: order.ordered_at.strftime(MOMENT))
order_type.set_field("amountTotal", lambda order, _: float(order.amount_total))
order_type.set_field("amountTax", lambda order, _: float(order.amount_tax))
order_type.set_field("amountUntaxed", lambda order, _: float(order.amount_untaxed))
order_type.set_field("amountSubtotal", lambda order, _: float(order.amount_subtotal))
order_type.set_field("amountDelivery", lambda order, _: float(order.amount_delivery))
order_type.set_field("amountDiscounts", lambda order, _: float(order.amount_discounts))
order_type.set_field("amountGiftCards", lambda order, _: float(order.amount_gift_cards))
order_type.set_field(
    "currencyRate", lambda order, _: None if order.currency_rate is None else f"{order.currency_rate:f}"
)
order_type.set_field("orderLines", lambda order, _: order.lines)
order_type.set_field("websiteOrderLine", lambda order, _: order.shown_lines)
order_type.set_field("reportOrderLine", lambda order, _: order.printed_lines)
order_type.set_field("clientOrderRef", lambda order, _: order.reference)
order_type.set_field("invoiceStatus", lambda order, _: order.invoice_status)
order_type.set_field("invoiceCount", lambda order, _: len(order.invoice_ids))
order_type.set_field("coupons", lambda order, _: _codes(order, "coupon"))
order_type.set_field("giftCards", lambda order, _: _codes(order, "gift_card"))
order_type.set_field("cartQuantity", lambda order, _: int(order.quantity.to_integral_value(ROUND_CEILING)))
order_type.set_field("pdfUrl", lambda order, _: f"{DOCUMENTS}/orders/{order.id}.pdf" if order.is_order else None)
order_type.set_field("cartId", lambda order, _: order.cart)
order_type.set_field(
    "taxTotals",
    lambda order, _: {
        "amount_untaxed": float(order.amount_untaxed),
        "amount_tax": float(order.amount_tax),
        "amount_total": float(order.amount_total),
        "currency": order.currency,
    },
)


# -- lines ----------------------------------------------------------------------------------------------------------


@line_type.field("product")
async def resolve_product(line: OrderLineView, info: Info) -> ProductNode | None:
    return await product_of(info.context, line.variant_id)


def _applied(line: OrderLineView, kind: CodeKind) -> AppliedCode | None:
    return line.applied if line.applied is not None and line.applied.kind == kind else None


line_type.set_field("quantity", lambda line, _: float(line.quantity))
line_type.set_field("priceUnit", lambda line, _: float(line.price_unit))
line_type.set_field("priceSubtotal", lambda line, _: float(line.price_subtotal))
line_type.set_field("priceTotal", lambda line, _: float(line.price_total))
line_type.set_field("priceTax", lambda line, _: float(line.price_tax))
line_type.set_field("discount", lambda line, _: float(line.discount))
line_type.set_field("shopWarning", lambda line, _: line.warning)
line_type.set_field("coupon", lambda line, _: _applied(line, "coupon"))
line_type.set_field("giftCard", lambda line, _: _applied(line, "gift_card"))
line_type.set_field("deliveredQuantity", lambda line, _: float(line.delivered))
line_type.set_field("invoicedQuantity", lambda line, _: float(line.invoiced))


# -- deliveries and payments ----------------------------------------------------------------------------------------


@shipping_type.field("product")
async def resolve_shipping_product(method: ShippingMethodView, info: Info) -> ProductNode | None:
    return await product_of(info.context, method.variant_id)


shipping_type.set_field("price", lambda method, _: None if method.price is None else float(method.price))


@transaction_type.field("currency")
async def resolve_transaction_currency(paid: TransactionView, info: Info) -> dict[str, Any] | None:
    return await currency_of(info.context, paid.transaction.currency)


@transaction_type.field("customer")
async def resolve_customer(paid: TransactionView, info: Info) -> Partner | None:
    return await contact_of(info.context, paid.parties, paid.parties.partner_id)


@transaction_type.field("payment")
def resolve_payment(paid: TransactionView, _: Info) -> dict[str, Any] | None:
    one = paid.transaction
    if one.payment_id is None:
        return None
    return {
        "id": one.payment_id,
        "name": one.payment_name,
        "amount": float(one.amount),
        "paymentReference": one.reference,
    }


transaction_type.set_field("id", lambda paid, _: paid.transaction.id)
transaction_type.set_field("reference", lambda paid, _: paid.transaction.reference)
transaction_type.set_field("amount", lambda paid, _: float(paid.transaction.amount))
transaction_type.set_field("provider", lambda paid, _: paid.transaction.provider)
transaction_type.set_field("providerReference", lambda paid, _: paid.transaction.provider_reference)
transaction_type.set_field("state", lambda paid, _: paid.transaction.state)
transaction_type.set_field("company", lambda *_: None)

BINDABLES = [
    order_type,
    line_type,
    shipping_type,
    transaction_type,
    list_interface,
    stage,
    invoice_status,
    transaction_state,
    line_kind,
]
