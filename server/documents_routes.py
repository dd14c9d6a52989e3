"""Orders and invoices as Odoo prints them: for whoever bought, and nobody else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.errors import OdooError, OdooNotFoundError, OdooNotSupportedError, OdooUnavailableError
from identity.bearer_errors import TokenError
from resolvers.context import RequestContext, Services
from resolvers.errors import NotFoundError, NotSignedInError
from resolvers.invoices import own_invoice
from resolvers.orders import own_order
from resolvers.placed import placed_last
from server.answers import UNAVAILABLE, refusal
from server.callers import Callers
from server.signing_in import ShopSignIns

Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger(__name__)

#: printing takes Odoo seconds
SECONDS_TO_PRINT: Final = 60.0
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Vary": "Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_ID: Final = re.compile(r"([1-9][0-9]{0,9})\.pdf")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class DocumentRoutes:
    """``/documents/orders/<id>.pdf`` and ``/documents/invoices/<id>.pdf``. ``timeout``: seconds for one.

    Another's document does not exist. A guest gets the order that they placed last in their session.
    """

    def __init__(self, services: Services, callers: Callers, sign_ins: ShopSignIns | None, *, timeout: float) -> None:
        self._services = services
        self._callers = callers
        self._sign_ins = sign_ins
        self._timeout = timeout

    def routes(self, around: Callable[[Handler], Handler] = lambda handler: handler) -> list[BaseRoute]:
        """The addresses, each handled by what ``around`` makes of the handler."""
        handler = around(self.__call__)
        return [Route("/documents/{kind:str}/{name:str}", handler, methods=["GET"])]

    async def __call__(self, request: Request) -> Response:
        record = _ID.fullmatch(str(request.path_params["name"]))
        kind = str(request.path_params["kind"])
        if record is None or kind not in {"orders", "invoices"} or int(record[1]) >= 2**31:
            return _missing()
        try:
            async with asyncio.timeout(self._timeout):
                context = await self._context(request)
                name, content = await self._printed(context, kind, int(record[1]))
        except (NotFoundError, NotSignedInError, OdooNotFoundError):
            return _missing()
        except TokenError as error:
            headers = {**_HEADERS, "WWW-Authenticate": 'Bearer error="invalid_token"'}
            return refusal(error.status, error.code, str(error), headers)
        except OdooNotSupportedError as error:
            log.warning("document.not_printed", kind=kind, reason=str(error))
            return refusal(501, "ERP_NOT_SUPPORTED", "The shop's back office cannot print this.", _HEADERS)
        except (OdooUnavailableError, TimeoutError):
            return refusal(503, UNAVAILABLE, "The shop's back office cannot be reached right now.", _HEADERS)
        except OdooError:
            log.exception("document.failed", kind=kind)
            return refusal(502, "ERP_ERROR", "The shop's back office could not answer.", _HEADERS)
        headers = {**_HEADERS, "Content-Disposition": f'inline; filename="{_UNSAFE.sub("-", name)}.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _context(self, request: Request) -> RequestContext:
        caller = await self._callers.of(dict(request.scope["headers"]))
        return RequestContext(
            self._services,
            host=caller.host,
            identity=caller.identity,
            session=caller.session,
            session_id=caller.session_id,
            has_token=caller.has_token,
            signing_in=self._sign_ins,
        )

    async def _printed(self, context: RequestContext, kind: str, record_id: int) -> tuple[str, bytes]:
        """Name and content. Raises NotFoundError and NotSignedInError for what is not theirs."""
        adapter = await context.adapter()
        if kind == "invoices":
            invoice = await own_invoice(context, record_id)
            return invoice.name, await adapter.invoice_pdf(invoice.id)
        last = await placed_last(context) if context.identity.is_guest else None
        order = last if last is not None and last.id == record_id else await own_order(context, record_id)
        return order.name, await adapter.order_pdf(order.id)


def _missing() -> Response:
    return refusal(404, "NOT_FOUND", "There is no such document.", _HEADERS)
