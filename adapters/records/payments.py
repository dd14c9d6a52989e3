"""Payments that a widget of the storefront makes: how they are begun, and what is known of them afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import field

from adapters.records.catalogue import Record
from adapters.records.orders import PaymentTransaction


class PaymentWish(Record, frozen=True):
    """A payment to be begun, of all that an order costs.

    ``amount``: in the order's currency; Odoo refuses when the order costs something else by now. ``method_id``: how of
    those that the provider offers. ``tokenize``: the customer wants it to be remembered how they paid. ``mark``: the
    caller's own name of this beginning, by which it is found again if no answer came (`PaymentState.mark`).
    """

    order_id: int
    provider_id: int
    method_id: int
    amount: Decimal
    mark: str
    tokenize: bool = False


class StartedPayment(Record, frozen=True):
    """A payment that was begun: a transaction of Odoo's in state ``draft``.

    ``values``: what the provider's widget needs, all of it public (a client secret is the customer's own).
    ``amount``: in the currency's own units; ``currency_id``, ``partner_id``: who pays, as Odoo signed it.
    ``visit``: of Odoo's website, in which it was begun: by it Odoo is asked to go on with the order.
    """

    reference: str
    amount: Decimal
    currency_id: int
    partner_id: int
    values: dict[str, Any] = field(default_factory=dict)
    visit: str | None = None


class PaymentState(Record, frozen=True):
    """A payment as Odoo has it now. ``order_ids``: what it is for. ``message``: why it failed, in Odoo's words.

    ``mark``: of the `PaymentWish` that it was begun by, where it was.
    """

    transaction: PaymentTransaction
    order_ids: tuple[int, ...]
    message: str | None = None
    mark: str | None = None


class AdyenPayment(Record, frozen=True):
    """What Adyen's drop-in sends to pay. ``access_token``: Odoo's, of the values of the payment that was begun.

    ``minor_amount``: as among those values. ``method``, ``browser``: the drop-in's own, handed on as they are.
    ``client``: the customer's address. ``public_url``: where browsers reach the shop's back end, and come back to.
    """

    provider_id: int
    reference: str
    minor_amount: int
    currency_id: int
    partner_id: int
    access_token: str
    method: Any
    browser: Any = None
    client: str | None = None
    public_url: str | None = None
