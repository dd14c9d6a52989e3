"""Pictures that were read once: shown without Odoo, as long as the shop shows what they are of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cache.redis_link import AwayError
from cache.scripts import LEASE, Script
from cache.solo import SoloStore
from server.picture_cache import BRIEF, SETTLED_AFTER
from server.picture_placeholder import PLACEHOLDER
from server.pictures import BRIEFLY, FOREVER
from tests.support.doubles import VERSIONS
from tests.support.pictures import PictureShop, Time, bytes_of, picture_shop
from tests.support.processes import fresh_namespace
from tests.support.valkey import Gate, Valkey

PRODUCT, OTHER = 18, 6
DAY = 86_400.0


@pytest_asyncio.fixture(params=VERSIONS, loop_scope="session")
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[PictureShop]:
    async with picture_shop(request.param) as started:
        yield started


async def address_of(shop: PictureShop, product_id: int = PRODUCT) -> str:
    found: str = (await shop.product(product_id))["image"]
    return f"{found}/64x64/x"


async def test_a_picture_is_read_once(shop: PictureShop) -> None:
    address = await address_of(shop)
    first = await shop.get(address)
    assert shop.reads() == 1
    calls = len(shop.double.calls)
    for path in (address, address.replace("64x64", "56x60"), "/web/image/product/18/64x64"):
        again = await shop.get(path)
        assert (again.status, again.raw, again.headers["ETag"]) == (200, first.raw, first.headers["ETag"])
    known = await shop.get(address, **{"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (known.status, known.raw, known.headers["Cache-Control"]) == (304, b"", FOREVER)
    assert known.headers["Cache-Tag"] == first.headers["Cache-Tag"]
    head = await shop.head(address)
    assert (head.status, head.raw) == (200, b"")
    same = ("ETag", "Cache-Control", "Cache-Tag", "Content-Type", "Content-Length")
    assert [head.headers[name] for name in same] == [first.headers[name] for name in same]
    assert len(shop.double.calls) == calls
    await shop.get(address.replace("64x64", "500x500"))
    assert shop.reads() == 2


async def test_all_who_ask_together_cause_one_read(shop: PictureShop) -> None:
    address = await address_of(shop)

    async def wait(*_: object) -> None:
        await asyncio.sleep(0.1)

    shop.before_calls(wait)
    found = await asyncio.gather(*(shop.get(address) for _ in range(40)))
    assert {(answer.status, answer.raw) for answer in found} == {(200, found[0].raw)}
    assert shop.reads() == 1


async def test_odoo_is_away(shop: PictureShop) -> None:
    address, other = await address_of(shop), await address_of(shop, OTHER)
    before = await shop.get(address)
    shop.process.wire.cut = True
    for later in (0.0, BRIEF, 2 * DAY):
        shop.time.now += later
        found = await shop.get(address)
        assert (found.status, found.raw, found.headers["Cache-Control"]) == (200, before.raw, FOREVER)
        assert (await shop.get(address, **{"If-None-Match": before.headers["ETag"]})).status == 304
    missing = await shop.get(other)
    assert (missing.status, missing.raw, missing.headers["Cache-Control"]) == (503, PLACEHOLDER, "no-store")
    shop.process.wire.cut = False
    assert (await shop.get(other)).status == 200


async def test_odoo_went_away_with_the_new_picture(shop: PictureShop) -> None:
    """The page knows the new version; all that can be shown is the old one: not for long."""
    old = await shop.get(await address_of(shop))
    content = shop.paint("product.template", PRODUCT, 3)
    await shop.told()
    address = await address_of(shop)
    shop.time.now += SETTLED_AFTER
    shop.process.wire.cut = True
    found = await shop.get(address)
    assert (found.status, found.raw, found.headers["Cache-Control"]) == (200, old.raw, BRIEFLY)
    shop.process.wire.cut = False
    found = await shop.get(address)
    assert (found.raw, found.headers["Cache-Control"]) == (content, FOREVER)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_hanging_odoo_does_not_hang_what_can_be_shown(version: str) -> None:
    async with picture_shop(version, seconds=10, patience=0.5) as shop:
        old = await shop.get(await address_of(shop))
        shop.paint("product.template", PRODUCT, 3)
        await shop.told()
        address = await address_of(shop)

        async def hang(*_: object) -> None:
            await asyncio.sleep(60)

        shop.before_calls(hang)
        found = await shop.get(address)
        assert (found.status, found.raw, found.headers["Cache-Control"]) == (200, old.raw, BRIEFLY)
        missing = await shop.get("/web/image/product/6")
        assert (missing.status, missing.headers["Cache-Control"]) == (503, "no-store")


async def test_what_is_hidden_is_not_shown_though_it_is_kept(shop: PictureShop) -> None:
    addresses = [await address_of(shop), (await shop.product(PRODUCT))["firstVariant"]["image"]]
    for address in addresses:
        assert (await shop.get(address)).raw != PLACEHOLDER
    published = "website_published" if shop.double.version == "10.0" else "is_published"
    shop.double.write("product.template", [PRODUCT], {published: False})
    await shop.told()
    for cut in (False, True):
        shop.process.wire.cut = cut
        for address in addresses:
            for headers in ({}, {"If-None-Match": "*"}):
                found = await shop.get(address, **headers)
                assert (found.status, found.raw) == (404, PLACEHOLDER)
    shop.process.wire.cut = False
    shop.double.write("product.template", [PRODUCT], {published: True})
    await shop.told()
    assert (await shop.get(await address_of(shop))).raw != PLACEHOLDER


async def test_a_change_of_something_else_costs_no_read(shop: PictureShop) -> None:
    """It is announced for the whole product; the version tells that the picture is the same."""
    address = await address_of(shop)
    before = await shop.get(address)
    model = "product.attribute.price" if shop.double.version == "10.0" else "product.template.attribute.value"
    value = next(iter(shop.double.db.table(model).find("product_tmpl_id", [PRODUCT])))
    shop.double.write(model, [value], {"price_extra": 12.5})
    await shop.told()
    assert await address_of(shop) == address
    after = await shop.get(address)
    assert (after.raw, after.headers["Cache-Control"]) == (before.raw, FOREVER)
    assert shop.reads() == 1


async def test_after_a_day_it_is_read_again(shop: PictureShop) -> None:
    """As a picture can be replaced in Odoo's file store without a trace."""
    address = await address_of(shop)
    await shop.get(address)
    row = shop.double.db.table("product.template").get(PRODUCT)
    assert row is not None
    painted = dict(row)
    shop.paint("product.template", PRODUCT, 13)
    changed = shop.double.db.table("product.template").get(PRODUCT)
    assert changed is not None
    shop.double.db.put("product.template", {**changed, "write_date": painted["write_date"]})
    assert (await shop.get(address)).raw != bytes_of(13)
    shop.time.now += DAY
    assert (await shop.get(address)).raw == bytes_of(13)
    assert shop.reads() == 2


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_too_big_is_not_kept(version: str) -> None:
    store = SoloStore()
    async with picture_shop(version, store=store, max_bytes=100, most_kept=100) as shop:
        address = await address_of(shop)
        first = await shop.get(address)
        assert len(first.raw) > 100
        again = await shop.get(address)
        assert (again.raw, again.headers["Cache-Control"]) == (first.raw, FOREVER)
        assert max(len(kept.entry.body) for kept in store.local._kept.values()) < 200
    # the next process has nothing in its memory
    async with picture_shop(version, store=store, max_bytes=100, most_kept=100, double=shop.double) as shop:
        before = shop.reads()
        address = await address_of(shop)
        assert (await shop.get(address, **{"If-None-Match": first.headers["ETag"]})).status == 304
        assert shop.reads() == before
        shop.process.wire.cut = True
        found = await shop.get(address)
        assert (found.status, found.raw, found.headers["Cache-Control"]) == (503, PLACEHOLDER, "no-store")
        shop.process.wire.cut = False
        found = await shop.get(address)
        assert (found.raw, found.headers["Cache-Control"], shop.reads()) == (first.raw, FOREVER, before + 1)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_store_that_is_told_of_no_change(version: str) -> None:
    """The version tells: pictures may be kept apart, so that they drive nothing else out of the process."""
    async with picture_shop(version, store=SoloStore()) as shop:
        old = await shop.get(await address_of(shop))
        content = shop.paint("product.template", PRODUCT, 3)
        shop.time.now += SETTLED_AFTER
        await shop.told()
        address = await address_of(shop)
        for _ in range(2):
            found = await shop.get(address)
            assert (found.raw, found.headers["Cache-Control"]) == (content, FOREVER)
        assert old.raw != content
        assert shop.reads() == 2
        assert await shop.process.store.get("picture:product:18:64") is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_processes_share_what_one_read(valkey: Valkey, version: str) -> None:
    namespace, clock = fresh_namespace(), Time()
    async with (
        picture_shop(version, valkey.url, namespace, turned=clock) as one,
        picture_shop(version, valkey.url, namespace, turned=clock, double=one.double) as other,
    ):

        async def wait(*_: object) -> None:
            await asyncio.sleep(0.1)

        one.before_calls(wait)
        other.before_calls(wait)
        address = await address_of(one)
        asked = [shop.get(address) for shop in (one, other) for _ in range(10)]
        found = await asyncio.gather(*asked)
        assert {(answer.status, answer.raw, answer.headers["Cache-Control"]) for answer in found} == {
            (200, found[0].raw, FOREVER)
        }
        assert one.reads() == 1
        content = one.paint("product.template", PRODUCT, 2)
        await one.told()
        clock.now += SETTLED_AFTER
        address = await address_of(other)
        for shop in (other, one):
            answer = await shop.get(address)
            assert (answer.raw, answer.headers["Cache-Control"]) == (content, FOREVER)
        assert one.reads() == 2


@pytest.mark.parametrize("moment", ["when it is given the lease", "while it reads"])
async def test_a_process_that_is_cut_off_while_it_reads_holds_up_nobody(valkey: Valkey, moment: str) -> None:
    """Nobody else knows that it will not store the picture, nor give its lease back."""
    namespace, clock = fresh_namespace(), Time()
    async with (
        Gate(valkey.port) as gate,
        picture_shop("14.0", gate.url, namespace, turned=clock) as one,
        picture_shop("14.0", valkey.url, namespace, turned=clock, double=one.double) as other,
    ):
        addresses = [await address_of(shop) for shop in (one, other)]
        reading, go_on = asyncio.Event(), asyncio.Event()

        async def wait(*_: object) -> None:
            reading.set()
            if moment == "while it reads":
                gate.hold("commands")
            await go_on.wait()

        one.before_calls(wait)
        if moment == "when it is given the lease":
            link = one.process.store._link  # type: ignore[attr-defined]
            really = link.script

            async def script(seconds: float, script: Script, *arguments: Any) -> Any:
                answer = await really(seconds, script, *arguments)
                if script is LEASE:
                    gate.hold("commands")
                    raise AwayError("too late")
                return answer

            link.script = script
        asking = asyncio.create_task(one.get(addresses[0]))
        await reading.wait()
        found = await other.get(addresses[1])
        assert (found.status, found.headers["Cache-Control"]) == (200, FOREVER)
        go_on.set()
        assert (await asking).status == 200
        gate.release("commands")


async def test_what_another_release_kept_is_not_read(shop: PictureShop) -> None:
    address = await address_of(shop)
    first = await shop.get(address)
    store = shop.process.store
    key = "picture:product:18:64"
    entry = await store.get(key)
    assert entry is not None
    broken = type(entry)(b"another form", entry.tags, entry.created, *(entry.fresh_until,) * 2, entry.error_until)
    assert await store.put(key, broken, await store.ticket())
    assert (await shop.get(address)).raw == first.raw
    assert shop.reads() == 2
