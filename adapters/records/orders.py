"""Orders from the draft of a cart to the invoice, and what is asked of Odoo about them.

Amounts are Decimals in the order's currency (``currency``: ISO 4217). Moments are UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import field

from adapters.records.catalogue import Record

#: ``done``: locked, whatever the version calls it
OrderState = Literal["draft", "sent", "sale", "done", "cancel"]
InvoiceStatus = Literal["no", "to invoice", "invoiced", "upselling"]
#: ``foreign``: a line that Odoo's users added to the draft of a cart
LineKind = Literal["product", "delivery", "reward", "section", "note", "foreign"]
TransactionState = Literal["draft", "pending", "authorized", "done", "cancel", "error"]
CodeKind = Literal["coupon", "gift_card"]


class PushedLine(Record, frozen=True):
    """A line of a cart as it is to stand in the draft order.

    ``number``: the line's own in its cart, from 1 on, never used again: by it the line is found again.
    ``price_unit`` and ``discount`` (a percentage): as the shop prices it; sent where the version does not price a
    changed quantity by itself. ``uom_id``: the product's own unit. ``note``: for the people who pack, below the name.
    """

    number: int
    variant_id: int
    quantity: Decimal
    uom_id: int
    price_unit: Decimal
    discount: Decimal = Decimal(0)
    note: str | None = None


class PushedCart(Record, frozen=True):
    """The state of a cart, to become its draft order in Odoo.

    ``cart``: its UUID. ``partner_id`` None: a guest's, for the website's public contact. ``order_id`` and
    ``line_ids`` (line number -> id of the order's line): as the last answer told them, None/empty when nothing is
    known. ``carrier_id``: the delivery method chosen; None: none. ``reference``: the customer's own (their purchase
    order's number). ``note``: what the customer wrote. Both: None leaves what is there, an empty text clears it.
    ``last``: the order as the last push answered it, so that only what changed is sent, without reading first.
    ``commercial_partner_id``: of ``partner_id``, where it is known: saves a call. ``look_first``: ``last`` is not of a
    moment ago, and whether the order is a draft still is looked at before it is written.
    """

    cart: str
    lines: tuple[PushedLine, ...]
    partner_id: int | None = None
    invoice_partner_id: int | None = None
    shipping_partner_id: int | None = None
    website_id: int | None = None
    company_id: int | None = None
    pricelist_id: int | None = None
    fiscal_position_id: int | None = None
    payment_term_id: int | None = None
    carrier_id: int | None = None
    reference: str | None = None
    note: str | None = None
    order_id: int | None = None
    line_ids: dict[int, int] = field(default_factory=dict)
    last: Order | None = None
    commercial_partner_id: int | None = None
    look_first: bool = False


class AppliedCode(Record, frozen=True):
    """A coupon or gift card on an order. ``id`` is that of Odoo's card, or of its program where there is none."""

    id: int
    kind: CodeKind
    code: str


class OrderLine(Record, frozen=True):
    """A line of an order, with Odoo's own amounts. ``number``: of the cart's line it was pushed for, else None.

    ``price_subtotal`` is without tax, ``price_total`` with it. ``applied``: the code a reward line comes from.
    """

    id: int
    kind: LineKind
    name: str
    quantity: Decimal
    price_unit: Decimal
    discount: Decimal
    price_subtotal: Decimal
    price_tax: Decimal
    price_total: Decimal
    tax_ids: tuple[int, ...] = ()
    number: int | None = None
    variant_id: int | None = None
    template_id: int | None = None
    uom_id: int | None = None
    delivered: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    applied: AppliedCode | None = None


class PaymentTransaction(Record, frozen=True):
    """A payment of an order through a provider. ``provider``: its name.

    ``payment_id``, ``payment_name``: of the payment that accountants see, once there is one.
    """

    id: int
    reference: str
    amount: Decimal
    currency: str
    state: TransactionState
    provider: str
    provider_id: int
    provider_reference: str | None
    created_at: datetime
    payment_id: int | None = None
    payment_name: str | None = None


class Order(Record, frozen=True):
    """A sales order, with Odoo's own totals.

    ``cart``: the UUID of the cart it was made for, None for another's. ``delivered``: ``no`` while nothing is to be
    delivered yet. ``access_token``: makes the portal's page readable to whoever has it; for the customer alone.
    ``currency_rate``: what one unit of the company's currency is in ``currency``; None: this Odoo keeps none (10.0).
    """

    id: int
    name: str
    state: OrderState
    cart: str | None
    partner_id: int
    commercial_partner_id: int
    invoice_partner_id: int
    shipping_partner_id: int
    currency: str
    pricelist_id: int | None
    company_id: int
    ordered_at: datetime
    updated_at: datetime
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    lines: tuple[OrderLine, ...]
    invoice_status: InvoiceStatus = "no"
    fiscal_position_id: int | None = None
    payment_term_id: int | None = None
    carrier_id: int | None = None
    reference: str | None = None
    note: str | None = None
    access_token: str | None = None
    website_id: int | None = None
    transactions: tuple[PaymentTransaction, ...] = ()
    invoice_ids: tuple[int, ...] = ()
    currency_rate: Decimal | None = None


class CartDraft(Record, frozen=True):
    """The draft that was made for a cart (``cart``: its UUID). ``touched``: others than whoever made it wrote to it."""

    id: int
    name: str
    cart: str
    updated_at: datetime
    touched: bool


OrderSort = Literal["id", "ordered_at", "name", "amount_total", "state"]


class OrderQuery(Record, frozen=True):
    """Which orders of a buyer to find. ``commercial_partner_id`` is always asked: nobody sees another's orders.

    Empty ``states`` and ``invoice_statuses`` do not restrict; ``company_id``: who sells, None: any.
    """

    commercial_partner_id: int
    company_id: int | None = None
    states: tuple[OrderState, ...] = ()
    invoice_statuses: tuple[InvoiceStatus, ...] = ()
    order: tuple[tuple[OrderSort, bool], ...] = ()  # (key, descending); then by id
    offset: int = 0
    limit: int | None = None


class DeliveryPriceRule(Record, frozen=True):
    """A rule of a delivery method's price: if ``variable`` ``operator`` ``limit``, base + price x ``factor``."""

    variable: Literal["weight", "volume", "wv", "price", "quantity"]
    operator: Literal["==", "<=", "<", ">=", ">"]
    limit: Decimal
    base: Decimal
    price: Decimal
    factor: Literal["weight", "volume", "wv", "price", "quantity"]


class DeliveryMethod(Record, frozen=True):
    """A published delivery method (``delivery.carrier``) in one language, and what its price and places depend on.

    Prices are in the company's currency, for the delivery product ``variant_id``, whose taxes apply. ``pricing``
    ``provider``: only Odoo can tell the price. ``free_over``: from this amount of the order (with tax) on it is free.
    Empty ``country_ids``/``state_ids``: everywhere. ``zip_prefixes`` where the version has them, else the range.
    ``invoiced_at_cost``: the order's line is 0, what it cost is invoiced later. A cart must have a product with one of
    ``must_have_tag_ids`` (if any), and none with one of ``excluded_tag_ids``.
    """

    id: int
    name: str
    sequence: int
    variant_id: int
    pricing: Literal["fixed", "rules", "provider"]
    fixed_price: Decimal
    company_id: int | None = None
    website_id: int | None = None
    description: str | None = None
    margin: Decimal = Decimal(0)  # a percentage
    fixed_margin: Decimal = Decimal(0)
    free_over: Decimal | None = None
    country_ids: tuple[int, ...] = ()
    state_ids: tuple[int, ...] = ()
    zip_from: str | None = None
    zip_to: str | None = None
    zip_prefixes: tuple[str, ...] = ()
    max_weight: Decimal | None = None
    max_volume: Decimal | None = None
    tax_ids: tuple[int, ...] = ()
    rules: tuple[DeliveryPriceRule, ...] = ()
    invoiced_at_cost: bool = False
    must_have_tag_ids: tuple[int, ...] = ()
    excluded_tag_ids: tuple[int, ...] = ()


class PaymentTerm(Record, frozen=True):
    """Payment terms in one language. ``note``: the text that customers read."""

    id: int
    name: str
    note: str | None
    company_id: int | None


class PaymentMethod(Record, frozen=True):
    """A method of a payment provider (card, bank transfer). ``brands``: of a card."""

    id: int
    name: str
    code: str
    sequence: int
    image_url: str | None = None
    brands: tuple[PaymentMethod, ...] = ()


class PaymentProvider(Record, frozen=True):
    """A payment provider that is switched on, or in test mode (``payment.provider``, before 16 ``payment.acquirer``).

    ``code``: ``stripe``, ``adyen``, ``custom`` or ``transfer`` for bank transfer, and so on. ``public_key``: what the
    provider's widget says who the shop is by; the only key of a provider that is read. ``captured_by_hand``: a payment
    is authorized first, and people of the shop take the money.
    """

    id: int
    name: str
    code: str
    state: Literal["enabled", "test"]
    sequence: int
    company_id: int | None
    website_id: int | None
    country_ids: tuple[int, ...]
    message: str | None
    methods: tuple[PaymentMethod, ...]
    public_key: str | None = None
    captured_by_hand: bool = False


class Credit(Record, frozen=True):
    """What a buyer owes and may owe, in the company's currency. ``limit`` None: none is set."""

    commercial_partner_id: int
    owed: Decimal
    limit: Decimal | None


class InvoiceLine(Record, frozen=True):
    """A line of an invoice; ``price_subtotal`` without tax, ``price_total`` with it."""

    id: int
    name: str
    quantity: Decimal
    price_unit: Decimal
    price_subtotal: Decimal
    price_total: Decimal
    variant_id: int | None = None


class Invoice(Record, frozen=True):
    """A posted invoice or credit note of a customer. ``paid``: nothing of it is open."""

    id: int
    name: str
    state: Literal["posted", "cancel"]
    refund: bool
    partner_id: int
    commercial_partner_id: int
    shipping_partner_id: int | None
    currency: str
    invoiced_on: date | None
    due_on: date | None
    reference: str | None
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    amount_residual: Decimal
    paid: bool
    order_ids: tuple[int, ...]
    lines: tuple[InvoiceLine, ...]


InvoiceSort = Literal["id", "invoiced_on", "name", "state"]


class InvoiceQuery(Record, frozen=True):
    """Which invoices of a buyer to find; without an ``order`` the newest first."""

    commercial_partner_id: int
    offset: int = 0
    limit: int | None = None
    order: tuple[tuple[InvoiceSort, bool], ...] = ()  # (key, descending); then by id
