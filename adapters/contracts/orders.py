"""The contract on orders: from the draft of a cart to the invoice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.records.orders import (
    CartDraft,
    Credit,
    DeliveryMethod,
    Invoice,
    InvoiceQuery,
    Order,
    OrderQuery,
    PaymentProvider,
    PaymentTerm,
    PaymentTransaction,
    PushedCart,
)


class OrderContract(ABC):
    """Orders, deliveries, codes, payments, invoices. Part of `adapters.base.OdooAdapter`."""

    # -- carts and their drafts -------------------------------------------------------------------------------

    @abstractmethod
    async def push_cart(self, cart: PushedCart) -> Order:
        """Make the one draft order of this cart equal to it, and answer it as Odoo computed it.

        Pushing again changes nothing, whatever happened to the push before: there is one order per cart. Lines that
        Odoo's users added, those of the delivery and of codes stay. Raises OdooOrderClosedError when the order is no
        draft any more, OdooLinesRejectedError with the numbers of the lines that Odoo does not take (the others are
        pushed), OdooRejectedError when it is not about lines.
        """

    @abstractmethod
    async def drop_cart(self, cart: str, order_id: int | None = None) -> None:
        """Take away the draft order of a cart (its UUID), if there is one. Raises OdooOrderClosedError: confirmed."""

    @abstractmethod
    async def drop_abandoned(self, cart: str) -> bool:
        """Take away the draft of a cart that nobody has any more. False: it stays, as people have gone on with it.

        They have when it is no draft, or has lines that are not the cart's, or they moved its lines.
        """

    @abstractmethod
    async def cart_orders(self, carts: Sequence[str]) -> dict[str, Order]:
        """The orders made for these carts, by the cart's UUID, in whatever state they are now."""

    @abstractmethod
    async def cart_drafts(
        self, *, since: datetime | None = None, until: datetime | None = None, after: int = 0, limit: int = 100
    ) -> list[CartDraft]:
        """Drafts that were made for carts, ascending by the order's id from the one after ``after``.

        ``since`` and ``until``: written last from the one moment on, and before the other.
        """

    # -- orders -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def orders(self, order_ids: Sequence[int]) -> list[Order]:
        """Orders with their lines and payments, in the order of the ids."""

    @abstractmethod
    async def find_orders(self, query: OrderQuery) -> tuple[list[int], int]:
        """The ids of the page, and how many there are in all. Carts being filled are no orders."""

    @abstractmethod
    async def confirm_order(self, order_id: int) -> Order:
        """Confirm an order; one that is confirmed already is answered as it is.

        Raises OdooRejectedError with Odoo's reason, OdooNotFoundError.
        """

    @abstractmethod
    async def request_quotation(self, order_id: int) -> Order:
        """Mark a draft as sent: from then on people in Odoo care for it. One sent already is answered as it is.

        No mail goes out. Raises OdooOrderClosedError when it is neither, OdooNotFoundError.
        """

    @abstractmethod
    async def cancel_order(self, order_id: int) -> Order:
        """Cancel an order; one cancelled already is answered as it is. Raises OdooRejectedError, OdooNotFoundError."""

    @abstractmethod
    async def order_pdf(self, order_id: int) -> bytes:
        """The order as Odoo prints it. Raises OdooNotSupportedError where Odoo cannot print, OdooNotFoundError."""

    # -- delivery ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def delivery_methods(self, lang: str) -> list[DeliveryMethod]:
        """All published delivery methods, by sequence."""

    @abstractmethod
    async def delivery_price(self, order_id: int, carrier_id: int) -> Decimal:
        """What this delivery method would cost on the order, in the order's currency, as Odoo computes it now.

        Without tax, or with it where the delivery product's tax is included. Raises OdooRejectedError with Odoo's
        reason when it does not deliver there.
        """

    @abstractmethod
    async def set_delivery(self, order_id: int, carrier_id: int | None) -> Order:
        """Choose the delivery method of a draft, at Odoo's price of now; None takes it away.

        Raises OdooRejectedError, OdooOrderClosedError.
        """

    # -- coupons and gift cards -------------------------------------------------------------------------------

    @abstractmethod
    async def apply_code(self, order_id: int, code: str) -> Order:
        """Apply a coupon, a promotion code or a gift card to a draft. One that is applied already changes nothing.

        Raises OdooRejectedError with Odoo's reason, OdooNotSupportedError where this Odoo has none of them.
        """

    @abstractmethod
    async def remove_code(self, order_id: int, code: str) -> Order:
        """Take a code off a draft; one that is not applied changes nothing."""

    # -- payment ----------------------------------------------------------------------------------------------

    @abstractmethod
    async def payment_terms(self, lang: str) -> list[PaymentTerm]: ...

    @abstractmethod
    async def payment_providers(self, lang: str) -> list[PaymentProvider]:
        """The payment providers that are on, by sequence. None where the service user may not see them."""

    @abstractmethod
    async def payment_transactions(self, order_ids: Sequence[int]) -> dict[int, list[PaymentTransaction]]:
        """The payments of these orders, oldest first, by order."""

    @abstractmethod
    async def credit(self, commercial_partner_ids: Sequence[int]) -> list[Credit]:
        """What these buyers owe. Nothing where the service user may not read it (it takes rights on invoices)."""

    # -- invoices ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def find_invoices(self, query: InvoiceQuery) -> tuple[list[int], int]:
        """The ids of the page of posted invoices and credit notes, newest first, and how many there are in all."""

    @abstractmethod
    async def invoices(self, invoice_ids: Sequence[int]) -> list[Invoice]:
        """Posted invoices with their lines, in the order of the ids."""

    @abstractmethod
    async def invoice_pdf(self, invoice_id: int) -> bytes:
        """The invoice as Odoo prints it. Raises OdooNotSupportedError where Odoo cannot print, OdooNotFoundError."""

    # -- guests -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def public_partner(self, website_id: int | None = None) -> int:
        """The contact that stands for a website's guests. Raises OdooNotFoundError when there is none."""
