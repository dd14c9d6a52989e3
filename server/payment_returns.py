"""The pages to which customers come back from a provider of payments: they lead on to the shop's own.

What a browser says there is not believed. Odoo asks the provider what became of the payment, and is asked in turn; the
address that it leads to is one of two that the operator has set, whatever the query says. Who reloads the page, or
makes up a reference, changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.errors import OdooError
from adapters.records.orders import TransactionState
from cart.payments import Settled
from cart.store import CartsUnavailableError
from resolvers.context import Services
from resolvers.paying import STRIPE_RETURN
from server.bodies import BodyError, read_body
from server.settings import Settings

Handler = Callable[[Request], Awaitable[Response]]
#: why the shop's page for failed payments is shown
Reason = Literal["declined", "cancelled", "unfinished", "unknown", "differs", "unconfirmed"]

log = structlog.get_logger(__name__)

#: Odoo asks the provider, and confirms the order
SECONDS: Final = 60.0
_THANKS: Final = "/checkout/thank-you"
_FAILED: Final = "/checkout/payment-fail"
ADYEN_RETURN: Final = "/payment/adyen/return"
_MAX_BODY: Final = 65_536
_MAX_VALUE: Final = 8_192
_MAX_REFERENCE: Final = 128
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_REASONS: Final[Mapping[TransactionState, Reason]] = {
    "draft": "unfinished",
    "cancel": "cancelled",
    "error": "declined",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Whole addresses of the shop's pages after a payment. ``come_back``: where browsers reach this service."""

    thanks: str
    failed: str
    come_back: str


def pages_of(settings: Settings) -> Pages | None:
    """None where the operator has not said where the shop is: customers come back to Odoo's own pages then."""
    shop, come_back = settings.public_url, settings.payment_return_url or settings.public_url
    thanks = settings.payment_success_url or (shop and f"{shop}{_THANKS}")
    failed = settings.payment_error_url or (shop and f"{shop}{_FAILED}")
    return None if not (thanks and failed and come_back) else Pages(thanks, failed, come_back)


class PaymentReturns:
    """``/payment/stripe/return`` and ``/payment/adyen/return``."""

    def __init__(self, services: Services, pages: Pages, *, seconds: float = SECONDS) -> None:
        self._services = services
        self._pages = pages
        self._seconds = seconds

    def routes(self, around: Callable[[Handler], Handler] = lambda handler: handler) -> list[BaseRoute]:
        """The addresses, each handled by what ``around`` makes of the handler."""
        return [
            Route(STRIPE_RETURN, around(self._from_stripe), methods=["GET"]),
            # some banks send the customer back with a form
            Route(ADYEN_RETURN, around(self._from_adyen), methods=["GET", "POST"]),
        ]

    async def _from_stripe(self, request: Request) -> Response:
        return await self._back("stripe", "reference", dict(request.query_params))

    async def _from_adyen(self, request: Request) -> Response:
        told = dict(request.query_params)
        if request.method == "POST":
            try:
                body = await read_body(request.scope, request.receive, limit=_MAX_BODY, seconds=self._seconds)
            except BodyError:
                return self._failed("unknown")
            told |= dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=50))
        return await self._back("adyen", "merchantReference", told)

    async def _back(self, provider_code: str, name: str, told: Mapping[str, str]) -> Response:
        told = {key: value for key, value in told.items() if len(value) <= _MAX_VALUE and not _CONTROL.search(value)}
        reference = told.get(name, "")
        if not 0 < len(reference) <= _MAX_REFERENCE:
            return self._failed("unknown")
        try:
            async with asyncio.timeout(self._seconds):
                settled = await self._services.payments.returned(provider_code, reference, told)
        except (OdooError, CartsUnavailableError, TimeoutError) as error:
            # it may be paid: Odoo hears of it from the provider too
            log.warning("payment.unconfirmed", reference=reference, reason=str(error))
            return self._failed("unconfirmed")
        return self._shown(settled)

    def _shown(self, settled: Settled | None) -> Response:
        if settled is None or settled.order is None:
            return self._failed("unknown")
        if settled.differs:
            return self._failed("differs", settled.order.name)
        reason = _REASONS.get(settled.state)
        if reason is not None:
            return self._failed(reason, settled.order.name)
        return _led_to(self._pages.thanks, {"order": settled.order.name})

    def _failed(self, reason: Reason, order: str | None = None) -> Response:
        return _led_to(self._pages.failed, {"reason": reason, **({"order": order} if order else {})})


def _led_to(address: str, more: Mapping[str, str]) -> Response:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302, headers=dict(_HEADERS))
