"""The pages of Odoo 19's website that widgets of providers work with: /shop/payment, /payment/status, /payment/..."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from demo.double import errors
from demo.double.accounts import SOURCE
from demo.double.errors import OdooFault
from demo.double.payments import transactions as payments
from demo.double.payments.accounts import RefusedError
from demo.double.wire.jsonrpc import bad_json, error_response, result_response

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.dataset import Row
    from demo.double.core import Double
    from demo.double.env import Env

_COOKIE = "session_id"
_STATUS = "/payment/status"
_ALLOWED = frozenset(
    {
        "provider_id", "payment_method_id", "token_id", "amount", "flow", "tokenization_requested", "landing_route",
        "is_validation", "csrf_token",
    }
)  # fmt: skip
_STRIPE_STATES = {
    "requires_confirmation": "draft",
    "requires_action": "draft",
    "processing": "pending",
    "requires_capture": "authorized",
    "succeeded": "done",
    "canceled": "cancel",
    "requires_payment_method": "error",
}
_ADYEN_STATES = {
    "RedirectShopper": "pending",
    "Received": "pending",
    "Authorised": "done",
    "Cancelled": "cancel",
    "Refused": "error",
}
_LEFT = "The customer left the payment page."
_NOT_DONE = "Your payment was refused (code Refused). Please try again."

Work = Callable[["Env", dict[str, Any]], Any]


def routes(double: Double) -> list[Route]:
    """Those of the modules that are there; the others are 404 when they are asked for."""
    if double.version != "19.0":
        return []
    return [
        Route("/shop/payment/transaction/{order_id:int}", _start, methods=["POST"]),
        Route("/payment/status/poll", _poll, methods=["POST"]),
        Route("/payment/stripe/return", _stripe_return, methods=["GET"]),
        Route("/payment/adyen/payment_methods", _adyen_methods, methods=["POST"]),
        Route("/payment/adyen/payments", _adyen_payments, methods=["POST"]),
        Route("/payment/adyen/payments/details", _adyen_details, methods=["POST"]),
        Route("/payment/adyen/return", _adyen_return, methods=["GET", "POST"]),
    ]


# -- JSON-RPC, for everybody ----------------------------------------------------------------------------------------


async def _answered(request: Request, module: str | None, work: Work) -> Response:
    """What the work answers, in one transaction; a module that is not there has no pages."""
    double: Double = request.app.state.double
    if module is not None and module not in double.modules:
        return _missing()
    body = await request.body()
    try:
        envelope = msgspec.json.decode(body)
        params = dict(envelope.get("params") or {})
    except (msgspec.DecodeError, AttributeError, TypeError):
        return bad_json(body)
    try:
        answer = await run_in_threadpool(_run, double, work, params)
    except OdooFault as fault:
        return error_response(double, envelope.get("id"), fault)
    return result_response(double, envelope.get("id"), answer)


def _run(double: Double, work: Work, params: dict[str, Any]) -> Any:
    with double.lock, double.db.transaction():
        return work(double.env(), params)


def _missing() -> Response:
    return HTMLResponse("<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n", 404)


async def _start(request: Request) -> Response:
    """Begin a payment, and answer what is needed to make it. The visit remembers it."""
    double: Double = request.app.state.double
    order_id, begun = int(request.path_params["order_id"]), list[int]()

    def work(env: Env, params: dict[str, Any]) -> Any:
        row = _begin(env, order_id, params)
        begun.append(int(row["id"]))
        return _values(double, env, row)

    response = await _answered(request, None, work)
    if begun:
        key = request.cookies.get(_COOKIE) or secrets.token_hex(20)
        request.app.state.double.visits[key] = begun[0]
        response.set_cookie(_COOKIE, key, max_age=604_800, httponly=True, path="/")
    return response


def _begin(env: Env, order_id: int, params: dict[str, Any]) -> Row:
    token = params.pop("access_token", None)
    order = env.row("sale.order", order_id)
    if order is None:
        raise errors.OdooFault(errors.MISSING_ERROR, "This document does not exist.")
    if not token or token != order.get("access_token"):
        raise errors.validation_error("The access token is invalid.")
    strange = set(params) - _ALLOWED
    if strange:
        text = f"The following kwargs are not whitelisted: {', '.join(sorted(strange))}"
        raise errors.OdooFault(errors.BAD_REQUEST, text)
    total = payments.check_payable(env, order, params.get("amount"))
    provider = env.row("payment.provider", params.get("provider_id")) or {}
    values = {
        "provider_id": provider.get("id"),
        "payment_method_id": params.get("payment_method_id"),
        "amount": total,
        "operation": f"online_{params.get('flow')}",
        "tokenize": bool(params.get("tokenization_requested") and provider.get("allow_tokenization")),
        "landing_route": params.get("landing_route"),
    }
    return payments.begin(env, order, values)


def _values(double: Double, env: Env, row: Row) -> dict[str, Any]:
    provider = env.row("payment.provider", row["provider_id"]) or {}
    code = provider.get("code")
    values = {
        "provider_id": row["provider_id"],
        "provider_code": code,
        "reference": row["reference"],
        "amount": row["amount"],
        "currency_id": row["currency_id"],
        "partner_id": row["partner_id"],
        "should_tokenize": bool(row.get("tokenize")),
    }
    if code == "stripe":
        return values | _stripe_values(double, env, row, by_hand=bool(provider.get("capture_manually")))
    if code == "adyen":
        amount = payments.minor(row["amount"])
        token = payments.signature(env, row["reference"], amount, row["currency_id"], row["partner_id"])
        return values | {"converted_amount": amount, "access_token": token}
    return values


def _stripe_values(double: Double, env: Env, row: Row, *, by_hand: bool) -> dict[str, Any]:
    """Nothing where Stripe refuses: that stays with the payment."""
    currency = env.row("res.currency", row["currency_id"]) or {}
    try:
        intent = double.stripe.create(
            amount=payments.minor(row["amount"]),
            currency=str(currency["name"]),
            description=str(row["reference"]),
            by_hand=by_hand,
        )
    except RefusedError as error:
        payments.moved(env, row["id"], "error", str(error))
        return {}
    return {
        "client_secret": intent.client_secret,
        "return_url": f"http://odoo.example/payment/stripe/return?reference={row['reference']}",
    }


async def _poll(request: Request) -> Response:
    """Go on with the order of the payment that this visit began."""
    transaction_id = request.app.state.double.visits.get(request.cookies.get(_COOKIE, ""))

    def work(env: Env, _params: dict[str, Any]) -> Any:
        row = env.row(payments.MODEL, transaction_id)
        if row is None:
            raise errors.value_error("Expected singleton: payment.transaction()")
        if not row.get("is_post_processed"):
            payments.post_process(env, row["id"])
        row = env.row(payments.MODEL, transaction_id) or {}
        provider = env.row("payment.provider", row["provider_id"]) or {}
        return {
            "provider_code": provider.get("code"),
            "state": row["state"],
            "landing_route": row.get("landing_route", False),
        }

    return await _answered(request, None, work)


# -- Stripe ---------------------------------------------------------------------------------------------------------


async def _stripe_return(request: Request) -> Response:
    """Ask Stripe what became of the payment that is named, and lead on to the page of its state."""
    double: Double = request.app.state.double
    told = dict(request.query_params)

    def work(env: Env, _params: dict[str, Any]) -> bool:
        row = payments.by_reference(env, told.get("reference"))
        intent = double.stripe.intents.get(told.get("payment_intent", ""))
        if row is None:
            return False
        if intent is None:
            return True  # Stripe knows of none: logged, and that is all
        currency = env.row("res.currency", row["currency_id"]) or {}
        if (intent.amount, intent.currency) != (payments.minor(row["amount"]), str(currency["name"]).lower()):
            payments.moved(env, row["id"], "error", payments.MISMATCH)
            return True
        state = _STRIPE_STATES[intent.status]
        message = (intent.error or _LEFT) if state == "error" else None
        payments.moved(env, row["id"], state, message, provider_reference=intent.id)
        return True

    return await _led_on(request, "payment_stripe", work)


async def _led_on(request: Request, module: str, work: Work) -> Response:
    double: Double = request.app.state.double
    if module not in double.modules:
        return _missing()
    if not await run_in_threadpool(_run, double, work, {}):
        return HTMLResponse("<title>500 Internal Server Error</title>", 500)
    return RedirectResponse(_STATUS, 303)


# -- Adyen ----------------------------------------------------------------------------------------------------------


async def _adyen_methods(request: Request) -> Response:
    double: Double = request.app.state.double

    def work(env: Env, params: dict[str, Any]) -> Any:
        partner = env.row("res.partner", params.get("partner_id")) or {}
        country = env.row("res.country", partner.get("country_id")) or {"code": "NL"}
        return _asked(lambda: double.adyen.methods(params.get("formatted_amount"), str(country["code"])))

    return await _answered(request, "payment_adyen", work)


async def _adyen_payments(request: Request) -> Response:
    """Make a payment, if what is to be paid is what was signed when it was begun."""
    double: Double = request.app.state.double
    host = request.headers.get("x-forwarded-host") if double.proxy_mode else None
    scheme = request.headers.get("x-forwarded-proto", "http") if host else "http"
    base = f"{scheme}://{host or request.headers['host']}"
    shopper = SOURCE.get()

    def work(env: Env, params: dict[str, Any]) -> Any:
        names = ("reference", "converted_amount", "currency_id", "partner_id")
        if params["access_token"] != payments.signature(env, *(params[name] for name in names)):
            raise errors.validation_error("Received tampered payment request data.")
        row = payments.by_reference(env, params["reference"]) or {}
        currency = env.row("res.currency", params["currency_id"]) or {}
        asked = {
            "reference": params["reference"],
            "amount": {"value": params["converted_amount"], "currency": currency.get("name")},
            "paymentMethod": params["payment_method"],
            "browserInfo": params.get("browser_info"),
            "shopperIP": shopper,
            "returnUrl": f"{base}/payment/adyen/return?merchantReference={params['reference']}",
        }
        answer = _asked(lambda: double.adyen.payments(asked))
        _adyen_moved(env, row, answer)
        return answer

    return await _answered(request, "payment_adyen", work)


async def _adyen_details(request: Request) -> Response:
    double: Double = request.app.state.double

    def work(env: Env, params: dict[str, Any]) -> Any:
        return _details(double, env, params["reference"], params["payment_details"])

    return await _answered(request, "payment_adyen", work)


async def _adyen_return(request: Request) -> Response:
    double: Double = request.app.state.double
    told = dict(request.query_params)

    def work(env: Env, _params: dict[str, Any]) -> bool:
        row = payments.by_reference(env, told.get("merchantReference"))
        if row is not None:
            _details(double, env, row["reference"], {"details": {"redirectResult": told["redirectResult"]}})
        return True

    return await _led_on(request, "payment_adyen", work)


def _details(double: Double, env: Env, reference: str, details: Any) -> Any:
    answer = _asked(lambda: double.adyen.details(reference, details))
    _adyen_moved(env, payments.by_reference(env, reference) or {}, answer)
    return answer


def _adyen_moved(env: Env, row: Row, answer: dict[str, Any]) -> None:
    state = _ADYEN_STATES[answer["resultCode"]]
    message = _NOT_DONE if state == "error" else None
    payments.moved(env, row["id"], state, message, provider_reference=answer["pspReference"])


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except RefusedError as error:
        raise errors.validation_error(str(error)) from None
