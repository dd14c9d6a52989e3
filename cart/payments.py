"""Payments of carts by widgets: begun once, and what became of them as Odoo says.

A payment is begun while nobody else may change the cart, of exactly what Odoo says that its order costs now. What
was begun is kept with the cart: whoever presses again is given the same, and no second transaction is made. Before
Odoo is asked, the mark under which it is asked is kept: if no answer comes, the transaction is found by it and given
up, as nobody was ever told how to pay it.

What became of a payment is read from Odoo, which asks the provider; never from what a browser says. When it is paid,
and Odoo has not confirmed the order by itself, it is confirmed here, if it costs what was paid.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from msgspec import structs

from adapters.base import OdooAdapter
from adapters.errors import OdooAccessError, OdooError, OdooRejectedError, OdooUnavailableError
from adapters.records.orders import Order, TransactionState
from adapters.records.payments import PaymentState, PaymentWish
from cart.drafting import Drafting
from cart.model import Cart
from cart.payment_errors import PaymentChangedError, PaymentRefusedError
from cart.payment_store import Begun, KeptPayment, PaymentStore, with_payment
from cart.placement import Placement, Wish, decoded
from cart.placing import AdapterProvider, Placer
from cart.placing_errors import PlacingRefusedError, StillPlacingError
from cart.placing_lease import Lease, LeaseLostError
from cart.pushing import LinePrices
from cart.store import CartNotFoundError, CartStore, CartsUnavailableError

log = structlog.get_logger(__name__)

#: the money is there, or set aside for the shop
PAID: Final[frozenset[TransactionState]] = frozenset({"authorized", "done"})
#: the customer has done what they have to
MADE: Final[frozenset[TransactionState]] = PAID | {"pending"}
_CONFIRMED: Final = frozenset({"sale", "done"})
#: from 0 on
_NOTHING: Final = 0


@dataclass(frozen=True, slots=True)
class Widget:
    """How the customer wants to pay. ``method_id``: of those that the provider offers."""

    provider_id: int
    provider_code: str
    method_id: int
    tokenize: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a payment. ``order``: that it is for. ``placement``: what became of the cart, if it is ordered.

    ``differs``: it is paid, and the order costs something else by now: people of the shop have to see to it.
    """

    payment: PaymentState
    order: Order | None
    placement: Placement | None = None
    differs: bool = False

    @property
    def state(self) -> TransactionState:
        return self.payment.transaction.state


class Payments:
    """Payments of the carts of a store."""

    def __init__(self, carts: CartStore, kept: PaymentStore, adapter: AdapterProvider, placer: Placer) -> None:
        self._carts = carts
        self._kept = kept
        self._adapter = adapter
        self._placer = placer
        self._under_way: set[asyncio.Task[KeptPayment]] = set()

    # -- beginning ----------------------------------------------------------------------------------------------

    async def start(self, cart_id: str, widget: Widget, prices: LinePrices) -> KeptPayment:
        """Begin a payment of an open cart, or give back the one that was begun for it, if nothing has changed.

        It goes on when whoever waits for it goes away. Raises `PaymentRefusedError`, `PaymentChangedError`,
        `PlacingRefusedError`, `StillPlacingError` (press again), `CartNotFoundError`, `CartsUnavailableError`;
        OdooRejectedError with the reason of Odoo or the provider, OdooNotSupportedError, OdooUnavailableError.
        """
        task = asyncio.create_task(self._start(cart_id, widget, prices))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[KeptPayment]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited for it is told; nobody may be left

    async def _start(self, cart_id: str, widget: Widget, prices: LinePrices) -> KeptPayment:
        token = uuid.uuid4().hex
        begun = await self._placer.begun(cart_id, token)
        if begun.status != "BEGUN" or begun.cart is None:
            raise PlacingRefusedError("CART_CLOSED", "An order was placed of this cart, or there is none any more.")
        try:
            async with Lease(self._carts, cart_id, token, self._placer.rules.lease) as lease:
                try:
                    return await self._held(begun.cart, widget, prices, lease)
                finally:
                    with suppress(CartsUnavailableError):  # it opens by itself
                        await lease.give_back()
        except LeaseLostError as error:
            raise StillPlacingError from error

    async def _held(self, cart: Cart, widget: Widget, prices: LinePrices, lease: Lease) -> KeptPayment:
        if not cart.lines:
            raise PlacingRefusedError("CART_EMPTY", "There is nothing in the cart.")
        adapter = await self._adapter()
        drafting = Drafting(cart, adapter, lease)
        if await drafting.reached("order") is not None:
            raise PaymentRefusedError("ALREADY_PAID", "This order is confirmed already.")
        drafted = await drafting.drafted(Wish(), prices, seen=None, credit=False)
        if drafted.order is None:
            raise PaymentChangedError(drafted.changes)
        order = drafted.order
        if order.amount_total <= _NOTHING:
            raise PaymentRefusedError("NOTHING_TO_PAY", "Nothing is left to be paid.")
        payments, before = await adapter.order_payments(order.id), await self._kept.read(cart.id)
        _refuse_second(payments, before)
        same = next((kept for kept in before if _still_open(kept, widget, order, payments)), None)
        if same is not None:
            same = structs.replace(same, version=cart.version)
            await self._kept.keep(cart.id, with_payment(before, same))
            return same
        await self._give_up(adapter, before, payments)
        await lease.hold()
        return await self._asked(adapter, cart, before, widget, order)

    async def _asked(
        self, adapter: OdooAdapter, cart: Cart, before: Begun, widget: Widget, order: Order
    ) -> KeptPayment:
        kept = KeptPayment(
            cart=cart.id,
            version=cart.version,
            order_id=order.id,
            provider_id=widget.provider_id,
            provider_code=widget.provider_code,
            method_id=widget.method_id,
            tokenize=widget.tokenize,
            amount=order.amount_total,
            currency=order.currency,
            mark=uuid.uuid4().hex,
        )
        await self._kept.keep(cart.id, with_payment(before, kept))
        wish = PaymentWish(
            order_id=order.id,
            provider_id=widget.provider_id,
            method_id=widget.method_id,
            amount=order.amount_total,
            mark=kept.mark,
            tokenize=widget.tokenize,
        )
        kept = structs.replace(kept, started=await adapter.start_payment(wish, widget.provider_code))
        await self._kept.keep(cart.id, with_payment(before, kept))
        log.info("payment.begun", cart=cart.id, order_id=order.id, reference=kept.reference)
        return kept

    async def _give_up(self, adapter: OdooAdapter, before: Begun, payments: list[PaymentState]) -> None:
        """Of beginnings that were not answered; another one's client secret may be in some browser still."""
        unanswered = {kept.mark for kept in before if kept.started is None}
        for one in payments:
            if one.mark in unanswered and one.transaction.state == "draft":
                log.info("payment.given_up", reference=one.transaction.reference)
                with suppress(OdooAccessError, OdooRejectedError):  # it stays open, and nobody can pay it
                    await adapter.cancel_payment(one.transaction.id)

    # -- what became of it --------------------------------------------------------------------------------------

    async def find(self, reference: str) -> tuple[KeptPayment, Order] | None:
        """What was begun under this reference of Odoo's, and the order that it is for."""
        found = await (await self._adapter()).find_payment(reference)
        order = None if found is None else await self._order_of(found)
        kept = None if order is None else await self._kept_of(order, reference)
        return None if order is None or kept is None else (kept, order)

    async def returned(self, provider_code: str, reference: str, told: Mapping[str, str]) -> Settled | None:
        """The customer came back from the provider with ``told``: what has become of the payment?

        Nothing of it is believed: Odoo asks the provider. None: there is no such payment. Raises OdooError.
        """
        adapter = await self._adapter()
        found = await adapter.find_payment(reference)
        order = None if found is None else await self._order_of(found)
        if found is None or order is None:
            return None
        kept = await self._kept_of(order, reference)
        if found.transaction.state not in PAID and kept is not None and _is_its(kept, provider_code, told):
            try:
                await adapter.returned_payment(provider_code, told)
            except OdooUnavailableError:
                raise
            except OdooError as error:  # what Odoo has of it is true all the same
                log.warning("payment.return_refused", reference=reference, reason=str(error))
        return await self.settle(reference, customer_done=True)

    async def settle(self, reference: str, *, customer_done: bool = False) -> Settled | None:
        """What has become of a payment by now. If it is made, its order goes on. None: there is none. Raises OdooError.

        However often, and from wherever: what is done already stays as it is. ``customer_done``: nothing more is asked
        of the customer, so what is pending then is the provider's business alone, and the order goes on too.
        """
        adapter = await self._adapter()
        found = await adapter.find_payment(reference)
        if found is None:
            return None
        order = await self._order_of(found)
        state = found.transaction.state
        if order is None or state not in MADE:
            return Settled(found, order)
        if order.state not in _CONFIRMED and (state in PAID or customer_done):
            order = await self._gone_on(adapter, found, order)
        differs = state in PAID and order.state not in _CONFIRMED
        return Settled(found, order, await self._adopted(order), differs)

    async def _gone_on(self, adapter: OdooAdapter, found: PaymentState, order: Order) -> Order:
        """Odoo goes on with the order of a payment that was made: now, if it can be asked, else minutes later."""
        kept = await self._kept_of(order, found.transaction.reference)
        if kept is not None and kept.started is not None and kept.started.visit is not None:
            try:
                await adapter.finish_payment(kept.started.visit)
            except OdooError as error:
                log.info("payment.not_finished", reference=kept.reference, reason=str(error))
        order = await self._order_of(found) or order
        if order.state in _CONFIRMED or found.transaction.state not in PAID:
            return order
        paid = (found.transaction.amount, found.transaction.currency)
        if paid == (order.amount_total, order.currency) and order.state in {"draft", "sent"}:
            return await adapter.confirm_order(order.id)
        log.error("payment.differs", reference=found.transaction.reference, order_id=order.id, state=order.state)
        return order

    async def _order_of(self, found: PaymentState) -> Order | None:
        """The one order that it is for: a payment of several was not begun here."""
        if len(found.order_ids) != 1:
            return None
        return next(iter(await (await self._adapter()).orders(found.order_ids)), None)

    async def _kept_of(self, order: Order, reference: str) -> KeptPayment | None:
        begun = () if order.cart is None else await self._kept.read(order.cart)
        return next((kept for kept in begun if kept.reference == reference), None)

    async def _adopted(self, order: Order) -> Placement | None:
        """The cart of an order that Odoo has gone on with is placed."""
        if order.cart is None or order.state in {"draft", "cancel"}:
            return None
        try:
            cart = await self._carts.find(order.cart)
            if cart is None:
                return None
            if cart.state == "placed":
                return decoded(cart.placement)
            return await self._placer.adopt(cart, order)
        except CartNotFoundError:
            return None


def _refuse_second(payments: list[PaymentState], before: Begun) -> None:
    """While one is paid or may still be; what waits for the customer at Adyen (3-D Secure) is theirs to begin anew."""
    at_adyen = {kept.reference for kept in before if kept.provider_code == "adyen"}
    for one in payments:
        if one.transaction.state in PAID:
            raise PaymentRefusedError("ALREADY_PAID", "This order is paid already.")
        if one.transaction.state == "pending" and one.transaction.reference not in at_adyen:
            raise PaymentRefusedError("PAYMENT_IN_PROGRESS", "Your payment is being worked on; wait until it is done.")


def _still_open(kept: KeptPayment, widget: Widget, order: Order, payments: list[PaymentState]) -> bool:
    """Is what was begun last exactly what is wanted now, and can it be paid still?"""
    begun = Widget(kept.provider_id, kept.provider_code, kept.method_id, kept.tokenize)
    same = (begun, kept.order_id, kept.amount, kept.currency)
    return same == (widget, order.id, order.amount_total, order.currency) and any(
        one.transaction.reference == kept.reference and one.transaction.state == "draft" for one in payments
    )


def _is_its(kept: KeptPayment, provider_code: str, told: Mapping[str, str]) -> bool:
    """Is it this payment with which the customer came back? Of Stripe the client secret begins with its name."""
    if kept.provider_code != provider_code or kept.started is None:
        return False
    secret = kept.started.values.get("client_secret")
    if secret is None:
        return True
    same = str(secret).partition("_secret_")[0] == told.get("payment_intent")
    if not same:
        log.warning("payment.of_another", reference=kept.reference)
    return same
