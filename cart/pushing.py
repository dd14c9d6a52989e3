"""From a cart, and what its lines cost its buyer, to what is pushed to Odoo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from adapters.records.orders import Order, PushedCart, PushedLine
from cart.known_order import decode_order
from cart.model import Cart, CartLine

#: ``GONE``: it is not there, not for sale, or not for this buyer; ``UNKNOWN``: that cannot be known right now
LineProblem = Literal["GONE", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Buyer:
    """For whom an order is. Ids are Odoo's; ``partner_id`` None: nobody has said who buys.

    ``fiscal_position_id``: None means none. ``payment_term_id``: as Odoo has it for them. ``to_company``: what one
    unit of the order's currency is worth in the company's, for limits of credit.
    """

    partner_id: int | None
    commercial_partner_id: int | None
    invoice_partner_id: int | None = None
    shipping_partner_id: int | None = None
    website_id: int | None = None
    company_id: int | None = None
    pricelist_id: int | None = None
    fiscal_position_id: int | None = None
    payment_term_id: int | None = None
    to_company: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class LinePrice:
    """What a line costs, as Odoo stores it: ``price_unit`` and ``discount`` (a percentage) are what is pushed.

    ``available``: what may be ordered of the variant at most, over all lines; None: any quantity.
    """

    number: int
    uom_id: int
    price_unit: Decimal
    discount: Decimal
    price_subtotal: Decimal
    price_total: Decimal
    available: Decimal | None = None
    problem: LineProblem | None = None


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart with its prices. ``lines`` by number; one without a price has a problem, and its price is 0.

    ``amount_total``: with tax, and with the delivery as far as its price is known (``delivery``: with tax).
    """

    buyer: Buyer
    currency: str
    lines: Mapping[int, LinePrice]
    amount_total: Decimal
    delivery: Decimal | None = None


class LinePrices(Protocol):
    """Knows what the lines of a cart cost whose it is."""

    async def priced(self, cart: Cart, *, live: bool = False) -> PricedCart:
        """``live``: as Odoo says now, whatever is kept of it, with what is available. Raises OdooError."""
        ...


def pushed(
    cart: Cart,
    priced: PricedCart,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    without: Collection[int] = (),
    payment_term_id: int | None = None,
    reference: str | None = None,
    note: str | None = None,
) -> PushedCart:
    """What is to stand in Odoo. ``quantities``: others than the cart's, by line; ``without``: lines left out.

    ``reference``, ``note``: in place of the cart's own.
    """
    buyer, details = priced.buyer, cart.details
    last = known_order(cart)
    lines = [
        _line(line, priced.lines[line.number], (quantities or {}).get(line.number, line.quantity))
        for line in cart.lines
        if line.number in priced.lines and line.number not in without
    ]
    return PushedCart(
        cart=cart.id,
        lines=tuple(line for line in lines if line.quantity > 0),
        partner_id=buyer.partner_id,
        invoice_partner_id=buyer.invoice_partner_id,
        shipping_partner_id=buyer.shipping_partner_id,
        website_id=buyer.website_id,
        company_id=buyer.company_id,
        pricelist_id=buyer.pricelist_id,
        fiscal_position_id=buyer.fiscal_position_id,
        payment_term_id=payment_term_id if payment_term_id is not None else buyer.payment_term_id,
        carrier_id=details.carrier_id,
        reference=reference if reference is not None else details.reference or "",
        note=note if note is not None else details.note or "",
        order_id=cart.synced.order_id if cart.synced is not None else None,
        line_ids=line_ids(last),
        last=last,
        commercial_partner_id=buyer.commercial_partner_id,
    )


def known_order(cart: Cart) -> Order | None:
    """The order as Odoo answered the last push; None where that is not known, or of another release."""
    return None if cart.synced is None else decode_order(cart.synced.order)


def line_ids(order: Order | None) -> dict[int, int]:
    """Odoo's ids of a cart's lines, by their numbers."""
    lines = order.lines if order is not None else ()
    return {line.number: line.id for line in lines if line.number is not None}


def _line(line: CartLine, price: LinePrice, quantity: Decimal) -> PushedLine:
    return PushedLine(
        number=line.number,
        variant_id=line.variant_id,
        quantity=quantity,
        uom_id=price.uom_id,
        price_unit=price.price_unit,
        discount=price.discount,
        note=_note(line),
    )


def _note(line: CartLine) -> str | None:
    """What is chosen besides the product, then what the customer wrote."""
    chosen = [f"{name}: {value}" for name, value in sorted(line.options.items())]
    return "\n".join([*chosen, *([line.note] if line.note else [])]) or None
