"""What goes wrong inside is told by a code and a status, logged whole, and never shown."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
import pytest_asyncio
import structlog
from graphql import GraphQLError, build_schema, graphql_sync
from structlog.testing import capture_logs

from adapters import errors
from adapters.reads.catalogue import CatalogueReads
from adapters.rpc.faults import LoginRefusedError, ResultLostError
from adapters.rpc.http import QueueFullError
from server.answers import status_of, told_all
from server.request_ids import add_request_id
from tests.conftest import BffOf
from tests.support.bff import Bff

SECRET = "File adapters/x.py: password=hunter2 of product.template(7,)"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(bff: BffOf) -> Bff:
    return await bff("19.0")


def failing(error: BaseException) -> Any:
    async def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.OdooUnavailableError(SECRET), 503, "ERP_UNAVAILABLE"),
        (errors.OdooTimeoutError(SECRET), 503, "ERP_UNAVAILABLE"),
        (QueueFullError(SECRET), 503, "ERP_UNAVAILABLE"),
        (errors.OdooConflictError(SECRET), 503, "ERP_CONFLICT"),
        (errors.OdooAccessError(SECRET), 502, "ERP_ACCESS_DENIED"),
        (LoginRefusedError(SECRET), 502, "ERP_ACCESS_DENIED"),
        (errors.OdooNotFoundError(SECRET), 404, "ERP_NOT_FOUND"),
        (errors.OdooProtocolError(SECRET), 502, "ERP_ERROR"),
        (ResultLostError(SECRET), 502, "ERP_ERROR"),
        (errors.OdooError(SECRET), 502, "ERP_ERROR"),
        (TimeoutError(SECRET), 504, "REQUEST_TIMEOUT"),
        (RuntimeError(SECRET), 500, "INTERNAL_SERVER_ERROR"),
        (KeyError(SECRET), 500, "INTERNAL_SERVER_ERROR"),
        (GraphQLError(SECRET), 500, "INTERNAL_SERVER_ERROR"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_each_error_has_its_code(
    shop: Bff, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    monkeypatch.setattr(CatalogueReads, "find_products", failing(error))
    with capture_logs(processors=[add_request_id]) as logs:
        answer = await shop.query("{products{totalCount}}", **{"X-Request-Id": "test-0123456789"})
    assert (answer.status, answer.codes) == (status, {code})
    assert answer.body["data"] == {"products": None}
    assert answer.errors[0]["path"] == ["products"]
    assert "hunter2" not in answer.raw.decode()
    (entry,) = [line for line in logs if line["event"] == "graphql.error"]
    assert entry["request_id"] == "test-0123456789"
    assert entry["code"] == code
    assert (entry.get("exc_info") is error) == (status in {500, 502})
    assert answer.errors[0]["extensions"].get("requestId") == ("test-0123456789" if status == 500 else None)


async def test_a_business_rule_is_told_in_odoos_words(shop: Bff, monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors.OdooRejectedError("Le stock est insuffisant.")
    monkeypatch.setattr(CatalogueReads, "find_products", failing(error))
    answer = await shop.query("{products{totalCount}}")
    assert (answer.status, answer.codes) == (400, {"ERP_REJECTED"})
    assert answer.errors[0]["message"] == "Le stock est insuffisant."


async def test_what_did_not_fail_is_answered(shop: Bff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CatalogueReads, "find_products", failing(errors.OdooUnavailableError()))
    answer = await shop.query("{a: products{totalCount} b: categories{totalCount}}")
    assert answer.status == 503
    assert answer.body["data"]["a"] is None
    assert answer.body["data"]["b"]["totalCount"] > 0


async def test_one_cause_is_logged_once(shop: Bff, monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors.OdooUnavailableError(SECRET)
    monkeypatch.setattr("adapters.reads.prices.PriceReads.product_rules", failing(error))
    with capture_logs() as logs:
        answer = await shop.query("{products(pageSize: 30){products{combinationInfo}}}")
    assert answer.codes == {"ERP_UNAVAILABLE"}
    assert len(answer.errors) == 30
    assert [line["event"] for line in logs].count("graphql.error") == 1


async def test_what_escapes_the_endpoint_is_an_answer_too(shop: Bff, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("server.operations.check_limits", fail)
    with capture_logs(processors=[add_request_id]) as logs:
        answer = await shop.query("{website{id}}")
    assert (answer.status, answer.codes) == (500, {"INTERNAL_SERVER_ERROR"})
    assert "hunter2" not in answer.raw.decode()
    request_id = answer.headers["X-Request-Id"]
    assert answer.errors[0]["extensions"]["requestId"] == request_id
    assert [line["request_id"] for line in logs if line["event"] == "request.failed"] == [request_id]
    metrics = (await shop.get("/metrics")).raw.decode()
    assert 'headless_odoo_http_requests_total{route="graphql",status="500"}' in metrics


@pytest.mark.parametrize(
    ("value", "query"),
    [(2**40, "{number}"), (object(), "{text}"), (None, "{needed}")],
    ids=["beyond 32 bits", "no text", "null where none may be"],
)
def test_what_a_resolver_got_wrong_is_not_the_clients_mistake(value: object, query: str) -> None:
    schema = build_schema("type Query{number: Int text: String needed: Int!}")
    result = graphql_sync(schema, query, dict.fromkeys(("number", "text", "needed"), value))
    assert result.errors
    with structlog.testing.capture_logs():
        (told,) = told_all(result.errors, "id")
    assert told["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "id"}
    assert told["message"] == "An unexpected error occurred."


def _errors(*codes: str) -> list[dict[str, Any]]:
    return [{"extensions": {"code": code}} for code in codes]


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        ((), 200),
        (("BAD_USER_INPUT",), 400),
        (("ERP_REJECTED",), 400),
        (("whatever comes next",), 400),
        (("NOT_FOUND",), 404),
        (("INTERNAL_SERVER_ERROR",), 500),
        (("ERP_UNAVAILABLE",), 503),
        (("REQUEST_TIMEOUT",), 504),
        (("BAD_USER_INPUT", "INTERNAL_SERVER_ERROR"), 500),
        (("ERP_UNAVAILABLE", "NOT_FOUND"), 503),
    ],
)
def test_an_answer_that_would_be_kept_has_the_status_of_its_gravest_error(codes: tuple[str, ...], status: int) -> None:
    assert status_of(_errors(*codes), kept=True) == status


def test_an_answer_that_is_never_kept_has_status_200() -> None:
    assert status_of(_errors("INTERNAL_SERVER_ERROR", "ERP_UNAVAILABLE"), kept=False) == 200
