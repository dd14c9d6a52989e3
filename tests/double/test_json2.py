"""The rules of JSON-2 (19): arguments by name, ids, context, keys, statuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.double import Double
from demo.double.recorded import recorded_dataset
from tests.double.asgi import HttpRequest, HttpResponse, ask
from tests.double.recordings import API_KEY


@pytest.fixture(scope="module")
def double() -> Double:
    return Double(recorded_dataset("19.0"))


def post(double: Double, path: str, body: Any, **headers: str) -> HttpResponse:
    sent = {"content-type": "application/json", "authorization": f"Bearer {API_KEY}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(double.asgi(), HttpRequest("POST", f"/json/2/{path}", sent, raw))


CASES: list[tuple[str, Any, int, str]] = [
    ("res.partner/search", {}, 422, "missing a required argument: 'domain'"),
    ("res.partner/search", {"domain": [], "foo": 1}, 422, "got an unexpected keyword argument 'foo'"),
    ("res.partner/search", {"domain": [], "ids": [3]}, 422, "cannot call res.partner.search with ids"),
    ("res.partner/write", {"ids": [3]}, 422, "missing a required argument: 'vals'"),
    ("res.partner/create", {"vals": {"name": "x"}}, 422, "missing a required argument: 'vals_list'"),
    ("res.users/has_group", {"ids": [2]}, 422, "missing a required argument: 'group_ext_id'"),
    ("no.model/read", {"ids": [1]}, 404, "the model 'no.model' does not exist"),
    ("res.partner/no_method", {}, 404, "The method 'res.partner.no_method' does not exist"),
    ("res.partner/name", {}, 404, "The method 'res.partner.name' does not exist"),
    (
        "res.partner/_write",
        {"ids": [3]},
        403,
        "Private methods (such as 'res.partner._write') cannot be called remotely.",
    ),
    ("res.partner/sudo", {"ids": [3]}, 403, "Private methods (such as 'res.partner.sudo') cannot be called remotely."),
    ("res.partner/read", {"ids": [3], "fields": ["mobile"]}, 500, "Invalid field 'mobile' on 'res.partner'"),
    ("res.partner/create", {"vals_list": [{"nofield": 1}]}, 500, "Invalid field 'nofield' in 'res.partner'"),
    ("res.partner/search", {"domain": [["y"]]}, 500, "Domain() invalid item in domain: ['y']"),
    (
        "res.partner/write",
        {"ids": [999999], "vals": {"name": "x"}},
        404,
        "Record does not exist or has been deleted.\n(Record: res.partner(999999,), User: 2)",
    ),
    ("product.product/get_contextual_price", {"ids": [68, 69]}, 500, "Expected singleton: product.product(68, 69)"),
]


@pytest.mark.parametrize(("path", "body", "status", "message"), CASES, ids=lambda value: str(value)[:50])
def test_errors(double: Double, path: str, body: Any, status: int, message: str) -> None:
    response = post(double, path, body)
    answer = json.loads(response.body)
    assert (response.status, answer["message"]) == (status, message)
    assert set(answer) == {"name", "message", "arguments", "context", "debug"}
    assert answer["arguments"][0] == message


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"ids": [3], "fields": ["name"]}, [{"id": 3, "name": "Mitchell Admin"}]),
        ({"ids": 3, "fields": ["name"]}, [{"id": 3, "name": "Mitchell Admin"}]),
        ({"ids": [3, 3, 999999], "fields": ["name"]}, [{"id": 3, "name": "Mitchell Admin"}] * 2),
        ({"ids": ["3"], "fields": ["name"]}, []),
        ({"ids": [999999], "fields": ["name"]}, []),
        ({"fields": ["name"]}, []),
        ([[3], ["name"]], []),
        (b"", []),
        (b"null", []),
    ],
    ids=str,
)
def test_ids(double: Double, body: Any, expected: Any) -> None:
    response = post(double, "res.partner/read", body)
    assert (response.status, json.loads(response.body)) == (200, expected)


def test_many2one_as_ids() -> None:
    double = Double(recorded_dataset("19.0"))
    answer = json.loads(post(double, "product.template/read", {"ids": [47], "fields": ["categ_id"], "load": ""}).body)
    assert answer == [{"id": 47, "categ_id": 11}]


def test_create_answers_a_list() -> None:
    double = Double(recorded_dataset("19.0"))
    one = json.loads(post(double, "res.partner/create", {"vals_list": {"name": "one"}}).body)
    two = json.loads(post(double, "res.partner/create", {"vals_list": [{"name": "a"}, {"name": "b"}]}).body)
    assert (len(one), len(two)) == (1, 2)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer nonsense"}, 401),
        ({"authorization": "Basic YWRtaW46YWRtaW4="}, 401),
        ({"authorization": ""}, 401),
        ({"x_odoo_database": "nodb"}, 404),
        ({"content_type": "text/plain"}, 415),
        ({"x_odoo_database": "shop"}, 200),
    ],
    ids=str,
)
def test_headers(double: Double, headers: dict[str, str], status: int) -> None:
    response = post(double, "res.partner/read", {"ids": [3], "fields": ["name"]}, **headers)
    assert response.status == status
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"].startswith("text/html" if status in (404, 415) else "application/json")


def test_malformed_json(double: Double) -> None:
    assert post(double, "res.partner/read", b"{bad").status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_found(double: Double, method: str) -> None:
    request = HttpRequest(method, "/json/2/res.partner/read", {"authorization": f"Bearer {API_KEY}"})
    response = ask(double.asgi(), request)
    assert (response.status, json.loads(response.body)["name"]) == (404, "werkzeug.exceptions.NotFound")


def test_a_service_key_checks_logins(double: Double) -> None:
    def status(login: str, password: str) -> int:
        credential = {"login": login, "password": password, "type": "password"}
        return post(double, "res.users/authenticate", {"credential": credential, "user_agent_env": {}}).status

    assert status("admin", "admin") == 200
    assert status("admin", "wrong") == 403
    assert status("nobody@x.example", "x") == 403


@pytest.mark.parametrize("version", ["10.0", "14.0"])
def test_older_versions_have_no_json2(version: str) -> None:
    response = ask(Double(recorded_dataset(version)).asgi(), HttpRequest("POST", "/json/2/res.partner/read", {}, b"{}"))
    assert response.status == 404


def test_methods_that_exist_but_are_not_played_say_so(double: Double) -> None:
    """So that nobody takes a gap of the double for a gap of Odoo."""
    answer = json.loads(post(double, "sale.order/action_quotation_send", {"ids": [1]}).body)
    assert answer["name"] == "builtins.NotImplementedError"
