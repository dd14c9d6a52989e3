"""Pages of other sites cannot change anything by a visitor's browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.identity.wired import MUTATION, VIEWER, Shop, session_cookie, shop

ALLOWED = "https://backoffice.example"
#: it leaves a trace in Odoo
REGISTER = 'mutation { register(name: "Mallory", email: "mallory@evil.example", password: "Long-enough-1") { id } }'
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
async def customer() -> AsyncIterator[Shop]:
    """A shop, and a browser in which a customer is logged in."""
    async with shop(allowed_origins=ALLOWED) as found:
        await found.log_in(1)
        yield found


def was_registered(customer: Shop) -> bool:
    return bool(list(customer.double.db.table("res.users").find("login", ["mallory@evil.example"])))


async def test_the_mutation_works_where_it_is_allowed() -> None:
    """What the other tests rely on."""
    async with shop() as found:
        assert (await found.query(REGISTER)).data["register"]["id"]
        assert was_registered(found)


SIMPLE: list[tuple[str, str, dict[str, Any]]] = [
    ("a form", "POST", {"data": {"query": REGISTER}}),
    (
        "a form with files",
        "POST",
        {
            "data": f'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n{REGISTER}\r\n--b--\r\n',
            "headers": {"content-type": "multipart/form-data; boundary=b"},
        },
    ),
    ("text that is JSON", "POST", {"data": json.dumps({"query": REGISTER}), "headers": {"content-type": "text/plain"}}),
    ("JSON as a form", "POST", {"data": json.dumps({"query": REGISTER}), "headers": {"content-type": FORM}}),
    ("JSON of no kind", "POST", {"data": json.dumps({"query": REGISTER}).encode(), "headers": {"content-type": ""}}),
    ("an address", "GET", {"params": {"query": REGISTER}}),
]


@pytest.mark.parametrize(("method", "request_"), [one[1:] for one in SIMPLE], ids=[one[0] for one in SIMPLE])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/vsf", "//graphql/vsf"])
async def test_no_simple_request_changes_anything(customer: Shop, path: str, method: str, request_: Any) -> None:
    """What a browser sends to other sites without asking first, with the cookie even."""
    answer = await customer.send(method, path, **request_)
    assert answer.status in {405, 415}
    assert session_cookie(answer) is None
    assert not was_registered(customer)


FOREIGN = [
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "something new"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": f"{ALLOWED}.evil.example"},
    {"origin": f"{ALLOWED}:444", "sec-fetch-site": "cross-site"},
    {"origin": "https://[broken"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_pages_of_other_sites_cannot_even_with_json(customer: Shop, headers: dict[str, str]) -> None:
    answer = await customer.query(REGISTER, **headers)
    assert (answer.status, answer.codes) == (403, {"CROSS_SITE"})
    assert session_cookie(answer) is None
    assert not was_registered(customer)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"real-ip": "203.0.113.9", "resquest-host": "http://127.0.0.1:3077/"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": ALLOWED, "sec-fetch-site": "cross-site"},
        {"origin": ALLOWED.upper()},
    ],
    ids=str,
)
async def test_the_storefront_and_own_pages_can(customer: Shop, headers: dict[str, str]) -> None:
    answer = await customer.query(MUTATION, **headers)
    assert (answer.status, answer.codes) == (200, {"FORBIDDEN"})
    assert session_cookie(answer) is not None


async def test_the_own_origin_can(customer: Shop) -> None:
    assert (await customer.query(MUTATION, origin=customer.url)).codes == {"FORBIDDEN"}


async def test_without_an_address_of_its_own_the_host_counts() -> None:
    async with shop(public_url=None) as found:
        assert (await found.query(MUTATION, origin=found.url)).codes == {"FORBIDDEN"}
        assert (await found.query(MUTATION, origin="http://127.0.0.1:1")).codes == {"CROSS_SITE"}


async def test_queries_may_come_from_anywhere(customer: Shop) -> None:
    """Nothing is changed by them, and no page of another site gets to read the answer."""
    answer = await customer.query(VIEWER, **FOREIGN[0])
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_no_other_site_is_allowed_to_ask_for_more(customer: Shop) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = await customer.send("OPTIONS", "/graphql", headers=headers)
    assert answer.status == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
