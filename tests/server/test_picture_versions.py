"""Addresses of pictures: one with a version is forever, as it never stands for another picture."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from server.picture_cache import BRIEF, SETTLED_AFTER
from server.picture_placeholder import PLACEHOLDER
from server.pictures import BRIEFLY, FOREVER
from tests.support.doubles import VERSIONS
from tests.support.pictures import PictureShop, as_shown, bytes_of, field_of, picture_shop, shape_of_picture

#: one with a picture and several variants, and one with pictures beside it
PRODUCT, WITH_GALLERY = 18, 14
SIZED = re.compile(r"/[0-9]+x[0-9]+")


@pytest_asyncio.fixture(params=VERSIONS, loop_scope="session")
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[PictureShop]:
    async with picture_shop(request.param) as started:
        yield started


def filled(address: str, width: int, height: int) -> str:
    """An address as the storefront makes it of what a query answered."""
    if "{width}" in address:
        return address.replace("{width}", str(width), 1).replace("{height}", str(height), 1)
    made = hashlib.sha1(f"{address}{width}x{height}".encode())  # noqa: S324  # as the storefront makes it
    return f"{address}/{width}x{height}/{made.hexdigest()}"


def addresses(answer: Any) -> Iterator[str]:
    """Every address of a picture in an answer."""
    if isinstance(answer, str):
        if answer.startswith("{"):
            yield from addresses(json.loads(answer))
        elif "/web/image/" in answer:
            yield answer[answer.index("/web/image/") :]
    elif isinstance(answer, dict | list):
        for value in answer.values() if isinstance(answer, dict) else answer:
            yield from addresses(value)


def unversioned(address: str) -> str:
    """The same without its version."""
    head, _, rest = address.partition("-")
    return f"{head}/{rest.partition('/')[2]}".rstrip("/")


def with_version(address: str, version: str) -> str:
    head, _, rest = address.partition("-")
    return f"{head}-{version}/{rest.partition('/')[2]}".rstrip("/")


def id_in(address: str) -> int:
    return int(address.split("/")[4].partition("-")[0])


def version_in(address: str) -> str:
    return address.partition("-")[2].partition("/")[0]


async def test_every_address_in_an_answer_is_forever(shop: PictureShop) -> None:
    for product_id in (PRODUCT, WITH_GALLERY):
        shop.paint("product.template", product_id, 1)
        answer = await shop.product(product_id)
        for image in answer["mediaGallery"] or ():
            shop.paint("product.image", image["id"], 2)
        for category in answer["categories"]:
            shop.paint("product.public.category", category["id"], 3)
    shop.time.now += SETTLED_AFTER
    await shop.told()
    seen = set()
    for product_id in (PRODUCT, WITH_GALLERY):
        for address in set(addresses(await shop.product(product_id))):
            of, record_id = address.split("/")[3], id_in(address)
            seen.add(of)
            sizes = ((370, 370), (100, 125))
            for path in [address] if SIZED.search(address) else [filled(address, *size) for size in sizes]:
                found = await shop.get(path)
                assert found.status == 200, path
                assert found.raw == bytes_of({"image": 2, "category": 3}.get(of, 1)), path
                assert found.headers["Cache-Control"] == FOREVER, path
                assert found.headers["ETag"]
                tags = found.headers["Cache-Tag"].split(",")
                assert ("categories" if of == "category" else f"product:{product_id}") in tags, path
                assert found.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in found.headers["Content-Security-Policy"]
            assert of != "product" or record_id == product_id
    assert seen == {"product", "variant", "image", "category"}


async def test_another_version_or_none_is_not_forever(shop: PictureShop) -> None:
    address = (await shop.product(PRODUCT))["image"]
    right = await shop.get(address)
    version = version_in(address)
    assert right.headers["Cache-Control"] == FOREVER
    older, newer = f"{int(version, 16) - 1:08x}", f"{int(version, 16) + 1:08x}"
    for other in (
        unversioned(address),
        *(with_version(address, one) for one in (older, newer, "0", "zzz", version * 2)),
    ):
        assert other != address
        for path in (other, filled(other, 64, 64)):
            found = await shop.get(path)
            assert (found.status, found.raw, found.headers["Cache-Control"]) == (200, right.raw, BRIEFLY), path
    for path in ("product/18-", "product/18-A", "product/18-1-2", "product/-5f", f"product/18-{'0' * 65}", "product/x"):
        assert (await shop.get(f"/web/image/{path}")).status == 404, path


@pytest.mark.parametrize("of", ["product", "variant", "variant of its own", "image", "category"])
async def test_the_address_changes_with_the_picture(shop: PictureShop, of: str) -> None:
    async def address() -> str:
        answer = await shop.product(WITH_GALLERY if of == "image" else PRODUCT)
        node = {"product": answer, "image": (answer["mediaGallery"] or [None])[0], "category": answer["categories"][0]}
        found: str = node.get(of, answer["firstVariant"])["imageUrl"]
        return found

    before = await address()
    record_id = id_in(before)
    model, painted = {
        "product": ("product.template", PRODUCT),
        "variant": ("product.template", PRODUCT),
        "variant of its own": ("product.product", record_id),
        "image": ("product.image", record_id),
        "category": ("product.public.category", record_id),
    }[of]
    for number in (5, 6):
        content = shop.paint(model, painted, number)
        await shop.told()
        after = await address()
        assert (unversioned(after), version_in(after)) != (unversioned(after), version_in(before))
        young = await shop.get(filled(after, 64, 64))
        assert (young.raw, young.headers["Cache-Control"]) == (content, BRIEFLY)
        shop.time.now += SETTLED_AFTER
        settled = await shop.get(filled(after, 64, 64))
        assert (settled.raw, settled.headers["Cache-Control"]) == (content, FOREVER)
        old = await shop.get(filled(before, 64, 64))
        assert (old.raw, old.headers["Cache-Control"]) == (content, BRIEFLY)
        before = after


async def test_two_writes_in_one_second_are_told_apart(shop: PictureShop) -> None:
    first = shop.paint("product.template", PRODUCT, 7)
    await shop.told()
    address = (await shop.product(PRODUCT))["image"]
    shop.time.now += 0.25
    found = await shop.get(address)
    assert (found.raw, found.headers["Cache-Control"]) == (first, BRIEFLY)
    second = shop.paint("product.template", PRODUCT, 8)
    await shop.told()
    assert (await shop.product(PRODUCT))["image"] == address
    found = await shop.get(address)
    assert (found.raw, found.headers["Cache-Control"]) == (second, BRIEFLY)
    shop.time.now += SETTLED_AFTER
    found = await shop.get(address)
    assert (found.raw, found.headers["Cache-Control"]) == (second, FOREVER)


@pytest.mark.parametrize("of", ["product", "variant", "variant of its own"])
async def test_a_change_that_is_not_told_yet_is_not_forever(shop: PictureShop, of: str) -> None:
    """The records have the version of before, Odoo has another picture."""
    address, model, record_id = await one_of(shop, of)
    content = shop.paint(model, record_id, 9)
    await never_forever_and_then_told(shop, of, address, content)


async def test_a_change_between_two_reads_is_not_forever(shop: PictureShop) -> None:
    """A variant with its product's picture: that changes when the picture was read, and its moment was not yet."""
    address, model, record_id = await one_of(shop, "variant")
    seen: list[bool] = []
    painted: list[bytes] = []

    async def act(_: str, __: str, fields: tuple[str, ...]) -> None:
        if any(seen) and not painted:
            painted.append(shop.paint(model, record_id, 9))
        seen.append(any(map(shape_of_picture, fields)))

    shop.before_calls(act)
    found = await shop.get(address)
    assert len(painted) == 1
    assert found.raw not in {painted[0], PLACEHOLDER}
    assert found.headers["Cache-Control"] == BRIEFLY
    shop.time.now += BRIEF
    await never_forever_and_then_told(shop, "variant", address, painted[0])


async def one_of(shop: PictureShop, of: str) -> tuple[str, str, int]:
    """An address, and whose picture to change to change what it shows."""
    answer = await shop.product(PRODUCT)
    variant = answer["firstVariant"]
    address = filled((answer if of == "product" else variant)["imageUrl"], 64, 64)
    return (address, "product.product", variant["id"]) if of == "variant of its own" else (
        address, "product.template", PRODUCT
    )  # fmt: skip


async def never_forever_and_then_told(shop: PictureShop, of: str, address: str, content: bytes) -> None:
    """The new content at the old address is never forever; at the new address it is."""
    for _ in range(3):
        found = await shop.get(address)
        assert (found.raw, found.headers["Cache-Control"]) == (content, BRIEFLY)
        shop.time.now += SETTLED_AFTER
    await shop.told()
    found = await shop.get(address)
    assert (found.raw, found.headers["Cache-Control"]) == (content, BRIEFLY)
    fresh = (await one_of(shop, of))[0]
    assert fresh != address
    found = await shop.get(fresh)
    assert (found.raw, found.headers["Cache-Control"]) == (content, FOREVER)


@pytest.mark.parametrize("seed", range(4))
async def test_forever_holds_whatever_happens(shop: PictureShop, seed: int) -> None:
    """Pictures change, are told of and are asked for in any order: what was once forever stays the only answer."""
    draw = random.Random(seed)  # noqa: S311  # a test
    forever: dict[str, bytes] = {}
    known = {(await one_of(shop, of))[0] for of in ("product", "variant")}
    shown: dict[str, str] = {}

    async def look() -> None:
        for of in ("product", "variant"):
            shown[of] = (await one_of(shop, of))[0]
            known.add(shown[of])

    for _ in range(70):
        match draw.choice(["change", "change", "told", "look", "look", "ask", "ask", "ask", "ask", "wait", "wait"]):
            case "change":
                of = draw.choice(["product", "variant of its own"])
                _, model, record_id = await one_of(shop, of)
                shop.paint(model, record_id, draw.randrange(24))
            case "told":
                await shop.process.feed.poll()
            case "look":
                await look()
            case "ask":
                address = draw.choice(sorted(known))
                found = await shop.get(address)
                assert found.status == 200
                if found.headers["Cache-Control"] == FOREVER:
                    assert forever.setdefault(address, found.raw) == found.raw
            case "wait":
                shop.time.now += draw.choice([0.0, 0.3, 1.0, BRIEF, SETTLED_AFTER])
    await shop.process.feed.poll()
    shop.time.now += SETTLED_AFTER
    await look()
    for of, address in shown.items():
        found = await shop.get(address)
        assert found.headers["Cache-Control"] == FOREVER
        assert forever.get(address, found.raw) == found.raw == now_in_odoo(shop, of, id_in(address))
    assert len(forever) > 1


def now_in_odoo(shop: PictureShop, of: str, record_id: int) -> bytes:
    model = "product.template" if of == "product" else "product.product"
    row = shop.double.db.table(model).get(record_id)
    assert row is not None
    return as_shown(base64.b64decode(shop.double.env().value(model, row, field_of(shop.double.version))))


async def test_what_has_no_picture_is_not_forever(shop: PictureShop) -> None:
    address = (await shop.product(5))["image"]
    found = await shop.get(address)
    assert (found.status, found.raw, found.headers["Cache-Control"]) == (200, PLACEHOLDER, BRIEFLY)
    asked = shop.reads()
    assert (await shop.get(address, **{"If-None-Match": found.headers["ETag"]})).status == 304
    assert shop.reads() == asked
    content = shop.paint("product.template", 5, 4)
    await shop.told()
    assert (await shop.get(address)).raw == content
