"""Orders as they are shown: what the types `Order`, `OrderLine` and so on are resolved from.

Made of an order of Odoo's (`order_view`), or by whoever has a cart that becomes one. They hold amounts and ids alone:
contacts, products and names of delivery methods are found when they are asked for (`resolvers.order_types`), as far as
whoever asks may see them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.records.orders import (
    AppliedCode,
    CodeKind,
    DeliveryMethod,
    InvoiceStatus,
    LineKind,
    Order,
    OrderLine,
    OrderState,
    PaymentTransaction,
)

_ZERO: Final = Decimal(0)
#: lines that are no goods of the customer's choice, nor shown among them
_UNSHOWN: Final[frozenset[LineKind]] = frozenset({"delivery", "section", "note"})


@dataclass(frozen=True, slots=True)
class Parties:
    """Who buys, and where bill and goods go: ids of contacts of one buyer's family.

    ``buyer_id``: the commercial partner; None: a guest without a contact, shown as the one of all guests. Only whose
    family it is may be given these.
    """

    buyer_id: int | None = None
    partner_id: int | None = None
    invoice_partner_id: int | None = None
    shipping_partner_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineView:
    """A line. ``id``: Odoo's, in a cart the line's number. ``warning``: for the customer (`shopWarning`)."""

    id: int
    kind: LineKind
    name: str
    quantity: Decimal
    price_unit: Decimal
    price_subtotal: Decimal
    price_tax: Decimal
    price_total: Decimal
    discount: Decimal = _ZERO
    variant_id: int | None = None
    applied: AppliedCode | None = None
    warning: str | None = None
    delivered: Decimal = _ZERO
    invoiced: Decimal = _ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethodView:
    """A delivery method. ``price`` in the order's currency; None: not known. ``estimated``: not Odoo's price."""

    id: int
    name: str | None
    price: Decimal | None
    variant_id: int | None = None
    description: str | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionView:
    """A payment, and who paid."""

    transaction: PaymentTransaction
    parties: Parties


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order, or a cart as one. Amounts are in ``currency`` (ISO 4217), moments are UTC.

    ``codes``: those applied, whether or not a line tells of them. ``carrier_id``: the delivery method; its price is
    that of the delivery's lines, and ``delivery_estimated`` tells that it is not Odoo's. ``is_order``: Odoo has a page
    and a document of it. ``transactions``: the oldest first.
    """

    id: int
    name: str | None
    state: OrderState
    currency: str
    parties: Parties
    ordered_at: datetime
    lines: Sequence[OrderLineView]
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    codes: Sequence[AppliedCode] = ()
    carrier_id: int | None = None
    delivery_estimated: bool = False
    transactions: Sequence[PaymentTransaction] = ()
    reference: str | None = None
    note: str | None = None
    invoice_status: InvoiceStatus = "no"
    invoice_ids: Sequence[int] = ()
    payment_term_id: int | None = None
    access_token: str | None = None
    cart: str | None = None
    is_order: bool = False
    currency_rate: Decimal | None = None

    @property
    def shown_lines(self) -> list[OrderLineView]:
        """As the cart shows them: goods, and what codes take off."""
        return [line for line in self.lines if line.kind not in _UNSHOWN]

    @property
    def printed_lines(self) -> list[OrderLineView]:
        return [line for line in self.lines if line.kind != "delivery"]

    @property
    def delivery_lines(self) -> list[OrderLineView]:
        return [line for line in self.lines if line.kind == "delivery"]

    @property
    def amount_delivery(self) -> Decimal:
        """With tax, as are the next."""
        return _total(self.delivery_lines)

    @property
    def amount_discounts(self) -> Decimal:
        """What coupons and promotions take off: negative."""
        return _total(line for line in self.lines if line.kind == "reward" and not _pays(line))

    @property
    def amount_gift_cards(self) -> Decimal:
        """What gift cards pay: negative."""
        return _total(line for line in self.lines if line.kind == "reward" and _pays(line))

    @property
    def amount_subtotal(self) -> Decimal:
        """Of the goods."""
        return _total(line for line in self.lines if line.kind not in {"reward", "delivery"})

    @property
    def quantity(self) -> Decimal:
        """Of all goods together, whatever their units."""
        return sum((line.quantity for line in self.lines if line.kind in {"product", "foreign"}), _ZERO)

    def codes_of(self, kind: CodeKind) -> list[AppliedCode]:
        """The coupons, or the gift cards, each once."""
        found = [*self.codes, *(line.applied for line in self.lines if line.applied is not None)]
        return list({code.id: code for code in found if code.kind == kind}.values())

    def delivery(self, method: DeliveryMethod | None, *, with_tax: bool) -> ShippingMethodView | None:
        """The chosen delivery method. ``method``: what is known of it now; None where it is not offered any more."""
        if self.carrier_id is None:
            return None
        lines = self.delivery_lines
        prices = [line.price_total if with_tax else line.price_subtotal for line in lines]
        return ShippingMethodView(
            id=self.carrier_id,
            name=method.name if method is not None else next((line.name for line in lines), None),
            price=sum(prices, _ZERO) if prices else None,
            variant_id=method.variant_id if method is not None else None,
            description=method.description if method is not None else None,
            estimated=self.delivery_estimated,
        )


def order_view(order: Order) -> OrderView:
    """An order of Odoo's."""
    return OrderView(
        id=order.id,
        name=order.name,
        state=order.state,
        currency=order.currency,
        parties=parties_of(order),
        ordered_at=order.ordered_at,
        lines=[line_view(line) for line in order.lines],
        amount_untaxed=order.amount_untaxed,
        amount_tax=order.amount_tax,
        amount_total=order.amount_total,
        carrier_id=order.carrier_id,
        transactions=order.transactions,
        reference=order.reference,
        note=order.note,
        invoice_status=order.invoice_status,
        invoice_ids=order.invoice_ids,
        payment_term_id=order.payment_term_id,
        access_token=order.access_token,
        cart=order.cart,
        is_order=True,
        currency_rate=order.currency_rate,
    )


def parties_of(order: Order) -> Parties:
    """The contacts of an order."""
    return Parties(order.commercial_partner_id, order.partner_id, order.invoice_partner_id, order.shipping_partner_id)


def line_view(line: OrderLine) -> OrderLineView:
    """A line of an order of Odoo's, by Odoo's id."""
    return OrderLineView(
        id=line.id,
        kind=line.kind,
        name=line.name,
        quantity=line.quantity,
        price_unit=line.price_unit,
        price_subtotal=line.price_subtotal,
        price_tax=line.price_tax,
        price_total=line.price_total,
        discount=line.discount,
        variant_id=line.variant_id,
        applied=line.applied,
        delivered=line.delivered,
        invoiced=line.invoiced,
    )


def _pays(line: OrderLineView) -> bool:
    return line.applied is not None and line.applied.kind == "gift_card"


def _total(lines: Iterable[OrderLineView]) -> Decimal:
    return sum((line.price_total for line in lines), _ZERO)
