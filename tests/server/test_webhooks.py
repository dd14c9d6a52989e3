"""Webhooks: who is believed, what is refused, and that nobody waits for anything."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from contract.client import Answer
from demo.double import Double
from demo.wholesale import generate
from tests.support.processes import Process, process

SECRET, PATH_SECRET = "the secret of the signature", "the-secret-of-the-path"
BODY = json.dumps({"model": "product.template", "ids": [5]}).encode()
NAME = "{ product(id: 5) { name } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop() -> AsyncIterator[Process]:
    double = Double(generate("19.0", products=10, pricelists=2))
    settings: dict[str, Any] = {"webhook_secret": SECRET, "webhook_path_secret": PATH_SECRET, "max_body_bytes": 2048}
    async with process(double, None, local_cache_bytes=2**24, **settings) as running:
        yield running


def signature(body: bytes, moment: str, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


async def send(shop: Process, body: bytes = BODY, *, seconds: float = 0, **headers: str) -> Answer:
    moment = str(int(time.time() + seconds))
    headers = {"x_timestamp": moment, "x_signature": signature(body, moment), **headers}
    return await shop.send("/webhooks/odoo", body, **headers)


async def renamed(shop: Process, name: str) -> str:
    """The name that a warm shop tells of a product after it was changed in Odoo, and before it is told so."""
    await shop.ask(NAME)
    shop.double.write("product.template", [5], {"name": name})
    return str((await shop.ask(NAME))["product"]["name"])


async def test_a_signed_webhook_makes_it_new(shop: Process) -> None:
    assert await renamed(shop, "Signed") != "Signed"
    assert (await send(shop)).status == 202
    await shop.inbox.settled()
    assert (await shop.ask(NAME))["product"]["name"] == "Signed"


async def test_the_plain_webhook_of_odoo_makes_it_new(shop: Process) -> None:
    """As recorded from Odoo 19: more than is needed, and no header of its own."""
    assert await renamed(shop, "Plain") != "Plain"
    body = {"_action": "Send Webhook Notification(#551)", "_id": 5, "_model": "product.template", "name": "Plain"}
    assert (await shop.send(f"/webhooks/odoo/{PATH_SECRET}", json.dumps(body).encode())).status == 202
    await shop.inbox.settled()
    assert (await shop.ask(NAME))["product"]["name"] == "Plain"


async def test_many_models_at_once(shop: Process) -> None:
    assert await renamed(shop, "Listed") != "Listed"
    listed = [{"model": "res.partner", "ids": [1]}, {"model": "product.template", "ids": [5]}]
    assert (await send(shop, json.dumps(listed).encode())).status == 202
    await shop.inbox.settled()
    assert (await shop.ask(NAME))["product"]["name"] == "Listed"


async def test_nobody_waits_for_odoo(shop: Process) -> None:
    """What is told while Odoo is away is looked up when it is back."""
    variant = next(iter(shop.double.db.table("product.product").find("product_tmpl_id", [5])))
    assert await renamed(shop, "Late") != "Late"
    shop.wire.cut = True
    assert (await send(shop, json.dumps({"model": "product.product", "ids": [variant]}).encode())).status == 202
    shop.wire.cut = False
    await shop.inbox.settled()
    assert (await shop.ask(NAME))["product"]["name"] == "Late"


@pytest.mark.parametrize(
    ("seconds", "headers", "code"),
    [
        (0, {"x_signature": ""}, "BAD_SIGNATURE"),
        (0, {"x_signature": "sha256=" + "0" * 64}, "BAD_SIGNATURE"),
        (0, {"x_signature": signature(BODY, "1")}, "BAD_SIGNATURE"),
        (0, {"x_signature": "sha256=\xe9"}, "BAD_SIGNATURE"),
        (0, {"x_timestamp": ""}, "BAD_TIMESTAMP"),
        (0, {"x_timestamp": "yesterday"}, "BAD_TIMESTAMP"),
        (0, {"x_timestamp": "1" * 5000}, "BAD_TIMESTAMP"),
        (-302, {}, "BAD_TIMESTAMP"),
        (302, {}, "BAD_TIMESTAMP"),
    ],
)
async def test_who_is_not_believed(shop: Process, seconds: float, headers: dict[str, str], code: str) -> None:
    answer = await send(shop, BODY, seconds=seconds, **headers)
    assert (answer.status, answer.codes) == (401, [code])


async def test_another_secret_and_another_body_are_not_believed(shop: Process) -> None:
    moment = str(int(time.time()))
    for forged in (signature(BODY, moment, "another secret, as long"), signature(BODY + b" ", moment)):
        assert (await send(shop, x_timestamp=moment, x_signature=forged)).codes == ["BAD_SIGNATURE"]
    for path in (PATH_SECRET[:-1], PATH_SECRET + "x", "\u00e9"):
        answer = await shop.send(f"/webhooks/odoo/{path}", b'{"_model": "product.template", "_id": 5}')
        assert (answer.status, answer.codes) == (401, ["BAD_SECRET"])


async def test_two_changes_in_one_second_are_two(shop: Process) -> None:
    """The second looks exactly like the first, signature and all."""
    moment = str(int(time.time()))
    for name in ("First of two", "Second of two"):
        assert await renamed(shop, name) != name
        assert (await send(shop, x_timestamp=moment, x_signature=signature(BODY, moment))).status == 202
        await shop.inbox.settled()
        assert (await shop.ask(NAME))["product"]["name"] == name


async def test_an_old_signature_cannot_be_made_young(shop: Process) -> None:
    moment, later = str(int(time.time()) - 200), str(int(time.time()))
    assert (await send(shop, x_timestamp=moment, x_signature=signature(BODY, moment))).status == 202
    assert (await send(shop, x_timestamp=later, x_signature=signature(BODY, moment))).codes == ["BAD_SIGNATURE"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]x",
        b"{}",
        b'{"model": "product.template"}',
        b'{"model": "product.template", "ids": []}',
        b'{"model": "product.template", "ids": [0]}',
        b'{"model": "product.template", "ids": [-1]}',
        b'{"model": "product.template", "ids": ["5"]}',
        b'{"model": "product.template", "ids": [99999999999]}',
        b'{"model": "Product Template", "ids": [5]}',
        b'{"model": 5, "ids": [5]}',
        b"\xff",
        b"[" * 1500,
    ],
)
async def test_what_says_nothing(shop: Process, body: bytes) -> None:
    for answer in (await send(shop, body), await shop.send(f"/webhooks/odoo/{PATH_SECRET}", body)):
        assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


async def test_what_is_too_large(shop: Process) -> None:
    body = json.dumps({"model": "product.template", "ids": list(range(1, 1000))}).encode()
    for answer in (await send(shop, body), await shop.send(f"/webhooks/odoo/{PATH_SECRET}", body)):
        assert (answer.status, answer.codes) == (413, ["PAYLOAD_TOO_LARGE"])


async def test_there_are_none_unless_they_are_wanted() -> None:
    double = Double(generate("19.0", products=3, pricelists=2))
    async with process(double, None) as shop:
        assert (await send(shop)).status == 404
        assert (await shop.send(f"/webhooks/odoo/{PATH_SECRET}", b"{}")).status == 404
    async with process(double, None, webhook_path_secret=PATH_SECRET) as shop:
        assert (await send(shop)).status == 404
