"""Invoices and credit notes of whoever buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ariadne import EnumType, InterfaceType, ObjectType

from adapters.records.orders import Invoice, InvoiceLine, InvoiceQuery, InvoiceSort
from resolvers.arguments import given, page_bounds
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.lookahead import names_below, selects
from resolvers.order_types import DOCUMENTS, contact_of, currency_of, page_in_portal, product_of
from resolvers.order_view import Parties, TransactionView
from resolvers.orders import MAX_PAGE, PAGE_SIZE, buyer_of
from resolvers.partners import Partner, family_key
from resolvers.product_nodes import ProductNode
from resolvers.query import query
from resolvers.view import Needs

UNKNOWN: Final = "Invoice does not exist."
_SORTED_BY: Final[Mapping[str, InvoiceSort]] = {
    "id": "id",
    "invoiceDate": "invoiced_on",
    "name": "name",
    "state": "state",
}

invoice_type = ObjectType("Invoice")
line_type = ObjectType("InvoiceLine")
list_type = ObjectType("InvoiceList")
list_interface = InterfaceType("Invoices", lambda *_: "InvoiceList")
state = EnumType("InvoiceState", {"Draft": "draft", "Posted": "posted", "Cancelled": "cancel"})


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice, who got it, and the payments of what it is for."""

    invoice: Invoice
    parties: Parties
    transactions: Sequence[TransactionView] = ()


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """A page of invoices, and how many there are in all."""

    invoices: Sequence[InvoiceView]
    total: int


async def own_invoices(context: RequestContext, invoice_ids: Sequence[int]) -> list[Invoice]:
    """Those of the invoices that whoever asks may see. Raises as `resolvers.orders.buyer_of`."""
    buyer_id = await buyer_of(context)
    wanted = [invoice_id for invoice_id in invoice_ids if invoice_id > 0]
    found = await (await context.adapter()).invoices(wanted) if wanted else []
    return [invoice for invoice in found if invoice.commercial_partner_id == buyer_id]


async def own_invoice(context: RequestContext, invoice_id: int | None) -> Invoice:
    """Raises as `own_invoices`, and NotFoundError for an invoice of somebody else, or none."""
    found = await own_invoices(context, [invoice_id] if invoice_id is not None else [])
    if not found:
        raise NotFoundError(UNKNOWN)
    return found[0]


@query.field("invoices")
async def resolve_invoices(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    sort: Mapping[str, Any] | None = None,
) -> InvoicePage:
    context = info.context
    buyer_id = await buyer_of(context)
    offset, limit = page_bounds(currentPage, pageSize, PAGE_SIZE)
    keys = tuple((_SORTED_BY[name], direction == "DESC") for name, direction in given(sort).items())
    asked = InvoiceQuery(commercial_partner_id=buyer_id, offset=offset, limit=min(limit, MAX_PAGE), order=keys)
    ids, total = await (await context.adapter()).find_invoices(asked)
    if not selects(info, "invoices"):
        return InvoicePage((), total)
    return InvoicePage(await _views(info, await own_invoices(context, ids), "invoices"), total)


@query.field("invoice")
async def resolve_invoice(_: None, info: Info, id: int | None = None) -> InvoiceView:  # noqa: A002
    return (await _views(info, [await own_invoice(info.context, id)]))[0]


async def _views(info: Info, invoices: Sequence[Invoice], *path: str) -> list[InvoiceView]:
    """What all of them need is got once. ``path``: where in the answer they stand."""
    context = info.context
    (await context.view()).expect(Needs.of(names_below(info, *path)))
    if any(selects(info, *path, name) for name in ("partner", "partnerShipping")):
        await context.contacts.family(*await family_key(context))
    paid: Mapping[int, Sequence[Any]] = {}
    if selects(info, *path, "transactions"):
        order_ids = sorted({order_id for invoice in invoices for order_id in invoice.order_ids})
        paid = await (await context.adapter()).payment_transactions(order_ids) if order_ids else {}
    found = []
    for invoice in invoices:
        parties = Parties(
            invoice.commercial_partner_id, invoice.partner_id, invoice.partner_id, invoice.shipping_partner_id
        )
        once = {one.id: one for order_id in invoice.order_ids for one in paid.get(order_id, ())}
        payments = [TransactionView(transaction=one, parties=parties) for one in once.values()]
        found.append(InvoiceView(invoice, parties, payments))
    return found


@invoice_type.field("partner")
async def resolve_partner(view: InvoiceView, info: Info) -> Partner | None:
    return await contact_of(info.context, view.parties, view.parties.partner_id)


@invoice_type.field("partnerShipping")
async def resolve_shipping_partner(view: InvoiceView, info: Info) -> Partner | None:
    return await contact_of(info.context, view.parties, view.parties.shipping_partner_id)


@invoice_type.field("currency")
async def resolve_currency(view: InvoiceView, info: Info) -> dict[str, Any] | None:
    return await currency_of(info.context, view.invoice.currency)


@line_type.field("product")
async def resolve_product(line: InvoiceLine, info: Info) -> ProductNode | None:
    return await product_of(info.context, line.variant_id)


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


invoice_type.set_field("id", lambda view, _: view.invoice.id)
invoice_type.set_field("name", lambda view, _: view.invoice.name)
invoice_type.set_field("state", lambda view, _: view.invoice.state)
invoice_type.set_field("reference", lambda view, _: view.invoice.reference)
invoice_type.set_field("isRefund", lambda view, _: view.invoice.refund)
invoice_type.set_field("isPaid", lambda view, _: view.invoice.paid)
invoice_type.set_field("invoiceDate", lambda view, _: _day(view.invoice.invoiced_on))
invoice_type.set_field("invoiceDateDue", lambda view, _: _day(view.invoice.due_on))
invoice_type.set_field("amountUntaxed", lambda view, _: float(view.invoice.amount_untaxed))
invoice_type.set_field("amountTax", lambda view, _: float(view.invoice.amount_tax))
invoice_type.set_field("amountTotal", lambda view, _: float(view.invoice.amount_total))
invoice_type.set_field("amountResidual", lambda view, _: float(view.invoice.amount_residual))
invoice_type.set_field("invoiceLines", lambda view, _: view.invoice.lines)
invoice_type.set_field("transactions", lambda view, _: view.transactions or None)
invoice_type.set_field("invoiceUrl", lambda view, _: page_in_portal("invoices", view.invoice.id, None))
invoice_type.set_field("pdfUrl", lambda view, _: f"{DOCUMENTS}/invoices/{view.invoice.id}.pdf")
invoice_type.set_field(
    "taxTotals",
    lambda view, _: {
        "amount_untaxed": float(view.invoice.amount_untaxed),
        "amount_tax": float(view.invoice.amount_tax),
        "amount_total": float(view.invoice.amount_total),
        "currency": view.invoice.currency,
    },
)
line_type.set_field("quantity", lambda line, _: float(line.quantity))
line_type.set_field("priceUnit", lambda line, _: float(line.price_unit))
line_type.set_field("priceSubtotal", lambda line, _: float(line.price_subtotal))
line_type.set_field("priceTotal", lambda line, _: float(line.price_total))
list_type.set_field("totalCount", lambda found, _: found.total)

BINDABLES = [invoice_type, line_type, list_type, list_interface, state]
