"""Payments by widgets: begun, made and gone on with by the pages of Odoo's own website."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from adapters.errors import OdooNotSupportedError, OdooProtocolError, OdooRejectedError
from adapters.payment_rules import Page, PaymentRules, WidgetFlow
from adapters.reader import Row
from adapters.reads.payments import PaymentReads, orders_paid_by, transaction_of
from adapters.records.payments import AdyenPayment, PaymentState, PaymentWish, StartedPayment
from adapters.rpc.base import Credentials, Transport
from adapters.rpc.website import Website
from adapters.source import Domain
from adapters.values import decimal, text

#: where the mark of a beginning is in the query of the page that the payment leads to
MARK: Final = "begun"
_NO_REASON: Final = "The provider did not begin the payment."


class PaymentWrites(PaymentReads):
    """What the version's rules say about payments by widgets."""

    payment_rules: ClassVar[PaymentRules]

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._website = Website(credentials)

    def check_widget(self, provider_code: str) -> None:
        self._flow(provider_code)

    def _flow(self, provider_code: str) -> WidgetFlow:
        rules = self.payment_rules
        if rules.flow is not None and provider_code in rules.flow.values:
            return rules.flow
        reason = rules.instead.get(provider_code, f"Odoo {self.serie} has no widget for payments by {provider_code}.")
        raise OdooNotSupportedError(reason)

    # -- beginning ----------------------------------------------------------------------------------------------

    async def start_payment(self, wish: PaymentWish, provider_code: str) -> StartedPayment:
        flow = self._flow(provider_code)
        params = flow.start.params(
            token=await self._order_token(wish.order_id),
            provider=wish.provider_id,
            method=wish.method_id,
            saved_method=None,
            amount=float(wish.amount),
            flow="direct",
            tokenize=wish.tokenize,
            landing=f"{flow.landing}?{urlencode({MARK: wish.mark})}",
            validation=False,
        )
        told = await self._website.call(flow.start.path.format(order=wish.order_id), params)
        return await self._started(flow, provider_code, told.result, told.visit)

    async def _order_token(self, order_id: int) -> str:
        """What opens the order's page to whoever has it; Odoo makes one where there is none yet."""
        link = await self.transport.call(self.reader.source("order").model, "get_portal_url", [order_id])
        tokens = parse_qs(urlsplit(str(link)).query).get("access_token")
        if not tokens:
            raise OdooProtocolError("the order's link has no access token")
        return tokens[0]

    async def _started(self, flow: WidgetFlow, code: str, answer: Any, visit: str | None) -> StartedPayment:
        if not isinstance(answer, dict) or not isinstance(answer.get("reference"), str):
            raise OdooProtocolError("no values of a payment that was begun")
        if not answer.get(flow.needed[code]):
            # the provider refused: Odoo keeps that with the transaction, and answers without the values
            state = await self.find_payment(answer["reference"])
            raise OdooRejectedError((state and state.message) or _NO_REASON)
        return StartedPayment(
            reference=answer["reference"],
            amount=decimal(answer.get("amount")),
            currency_id=int(answer.get("currency_id") or 0),
            partner_id=int(answer.get("partner_id") or 0),
            values={name: value for name, value in answer.items() if name in flow.values[code]},
            visit=visit,
        )

    # -- what became of it --------------------------------------------------------------------------------------

    async def find_payment(self, reference: str) -> PaymentState | None:
        found = await self._states([["reference", "=", reference]])
        return found[0] if len(found) == 1 else None

    async def order_payments(self, order_id: int) -> list[PaymentState]:
        return await self._states([[self.reader.source("transaction").fields["order"], "in", [order_id]]])

    async def _states(self, domain: Domain) -> list[PaymentState]:
        return [_state_of(row) for row in await self.reader.read("transaction", domain, order="id")]

    async def cancel_payment(self, transaction_id: int) -> None:
        model = self.reader.source("transaction").model
        await self.transport.call(model, "write", [transaction_id], {"vals": {"state": "cancel"}})

    async def returned_payment(self, provider_code: str, told: Mapping[str, str]) -> None:
        page = self._flow(provider_code).returns[provider_code]
        await self._website.visit(page.path, {name: value for name, value in told.items() if name in page.names})

    async def finish_payment(self, visit: str) -> None:
        flow = self.payment_rules.flow
        if flow is None:
            raise OdooNotSupportedError(f"Odoo {self.serie} goes on with payments by itself alone.")
        await self._website.call(flow.status.path, {}, visit=visit)

    # -- Adyen's drop-in ----------------------------------------------------------------------------------------

    async def adyen_methods(
        self, provider_id: int, *, partner_id: int | None, minor_amount: int, currency: str
    ) -> dict[str, Any]:
        page = self._flow("adyen").methods
        amount = {"value": minor_amount, "currency": currency}
        told = await self._website.call(page.path, page.params(provider=provider_id, amount=amount, partner=partner_id))
        return _handed_on(page, told.result)

    async def adyen_pay(self, payment: AdyenPayment) -> dict[str, Any]:
        page = self._flow("adyen").pay
        params = page.params(
            provider=payment.provider_id,
            reference=payment.reference,
            minor_amount=payment.minor_amount,
            currency=payment.currency_id,
            partner=payment.partner_id,
            method=payment.method,
            token=payment.access_token,
            browser=payment.browser,
        )
        told = await self._website.call(page.path, params, client=payment.client, public_url=payment.public_url)
        return _handed_on(page, told.result)

    async def adyen_details(self, provider_id: int, reference: str, details: Any) -> dict[str, Any]:
        page = self._flow("adyen").details
        told = await self._website.call(
            page.path, page.params(provider=provider_id, reference=reference, details=details)
        )
        return _handed_on(page, told.result)


def _handed_on(page: Page, answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise OdooProtocolError("no answer of Adyen's")
    return {name: value for name, value in answer.items() if name in page.answers}


def _state_of(row: Row) -> PaymentState:
    marks = parse_qs(urlsplit(text(row.get("landing")) or "").query).get(MARK)
    return PaymentState(
        transaction=transaction_of(row),
        order_ids=orders_paid_by(row),
        message=text(row.get("message")),
        mark=marks[0] if marks else None,
    )
