"""A shop in which orders are placed, served: what is sent to it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.cart.over_http import add, variant_ids
from tests.identity.wired import Shop
from tests.support.bff import Answer

PAYLOAD = """
status changesId
receipt { id name stage amountTotal { amount currencyCode } }
order { id name stage amountTotal clientOrderRef note partner { id } partnerShipping { id } partnerInvoice { id }
  websiteOrderLine { id quantity priceTotal product { id } } pdfUrl orderUrl }
request { cartId status reasonCode reason changes { kind lineId } total { amount } receipt { id } }
changes { kind lineId variantId wanted available before { amount } now { amount } code message product { id } }
cart { id lines { variantId quantity } }
"""
PLACE = f"mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ {PAYLOAD} }} }}"
QUOTATION = f"mutation ($input: PlaceOrderInput!) {{ requestQuotation(input: $input) {{ {PAYLOAD} }} }}"
ORDERS = """
query ($filter: OrderFilterInput, $page: Int, $size: Int, $sort: OrderSortInput) {
  orders(filter: $filter, currentPage: $page, pageSize: $size, sort: $sort) {
    totalCount
    orders { id name stage amountTotal partner { id } websiteOrderLine { id product { id name } } transactions { id } }
  }
}
"""
ORDER = "query ($id: Int) { order(id: $id) { id name stage pdfUrl partner { id } orderLines { id name quantity } } }"
INVOICES = "{ invoices { totalCount invoices { id name amountTotal pdfUrl invoiceLines { id } } } }"
INVOICE = "query ($id: Int) { invoice(id: $id) { id name amountTotal partner { id } transactions { id } } }"
CONTACT = """
mutation ($name: String!, $email: String!) { createUpdatePartner(name: $name, email: $email) { id } }
"""


def wish(**more: Any) -> dict[str, Any]:
    return {"idempotencyKey": uuid4().hex, **more}


async def try_place(of: Shop, **more: Any) -> Answer:
    return await of.query(PLACE, {"input": wish(**more)})


async def place(of: Shop, **more: Any) -> Any:
    return (await try_place(of, **more)).data["placeOrder"]


async def filled(of: Shop, *quantities: int) -> Any:
    """The visitor's cart with so many of each of the first products."""
    found = await variant_ids(of, len(quantities))
    return await add(of, *zip(found, quantities, strict=True))


async def ordered(of: Shop, *quantities: int) -> Any:
    """An order that was placed: its receipt."""
    cart = await filled(of, *(quantities or (2,)))
    placed = await place(of, cartVersion=cart["version"])
    assert placed["status"] == "PLACED", placed
    return placed["receipt"]


def odoos(of: Shop, cart_id: str) -> list[dict[str, Any]]:
    """The orders that Odoo has of a cart."""
    table = of.double.db.table("sale.order")
    rows = [table.get(order_id) for order_id in table.find("origin", [cart_id])]
    return [dict(row) for row in rows if row is not None]
