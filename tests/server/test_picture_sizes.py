"""Pictures over HTTP: in the size and the kind that was asked for, made once, whatever the picture is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from cache.solo import SoloStore
from server.picture_cache import BROKEN, SETTLED_AFTER
from server.picture_placeholder import PLACEHOLDER
from server.picture_pool import PicturePool
from server.pictures import BRIEFLY, FOREVER
from tests.support.bff import Answer
from tests.support.doubles import VERSIONS
from tests.support.painted import encoded, huge, opened, photo, quarters
from tests.support.pictures import MIB, PictureShop, Time, hang, picture_shop
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey

PRODUCT = 18
BROWSER = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
PHOTO = encoded(photo(1024), "JPEG", quality=90)
Load = Callable[[], Awaitable[bytes]]


class CountingPool(PicturePool):
    """Tells what was made, and can be held up."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.made: list[tuple[int, str]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def make(self, load: Load, side: int, media: str) -> bytes:
        async def loaded() -> bytes:
            await self.go_on.wait()
            return await load()

        self.made.append((side, media.partition("/")[2]))
        return await super().make(loaded, side, media)


@pytest_asyncio.fixture(loop_scope="session")
async def pool() -> CountingPool:
    return CountingPool(workers=2)


@pytest_asyncio.fixture(params=VERSIONS, loop_scope="session")
async def shop(request: pytest.FixtureRequest, pool: CountingPool) -> AsyncIterator[PictureShop]:
    async with picture_shop(request.param, pool=pool) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def one_shop(pool: CountingPool) -> AsyncIterator[PictureShop]:
    """Of one version: what is asked has nothing to do with Odoo."""
    async with picture_shop("14.0", pool=pool, store=SoloStore(local_bytes=16 * MIB)) as started:
        yield started


async def hung(shop: PictureShop, content: bytes) -> str:
    """The address of a picture that Odoo has had for a while."""
    hang(shop.double, "product.template", PRODUCT, content)
    shop.time.now += SETTLED_AFTER
    await shop.told()
    found: str = (await shop.product(PRODUCT))["image"]
    return found


def size_of(answer: Answer) -> tuple[int, int]:
    assert answer.status == 200
    return opened(answer.raw).size


async def test_of_the_size_that_was_asked_for(shop: PictureShop, pool: CountingPool) -> None:
    address = await hung(shop, encoded(photo(1000).resize((1000, 500)), "JPEG"))
    for box, expected in {
        "370x370": (384, 192),
        "0x100": (256, 128),
        "100x0": (128, 64),
        "64x10": (32, 16),
        "1200x630": (1000, 500),
        "1920x1920": (1000, 500),
        "1x1": (32, 16),
    }.items():
        answer = await shop.get(f"{address}/{box}/x")
        assert (size_of(answer), answer.headers["Cache-Control"]) == (expected, FOREVER), box
    assert size_of(await shop.get(address)) == (1000, 500)


async def test_who_asks_for_every_size_gets_few(one_shop: PictureShop, pool: CountingPool) -> None:
    address = await hung(one_shop, PHOTO)
    sizes = {size_of(await one_shop.get(f"{address}/{side}x{side}", **BROWSER)) for side in range(60, 500, 3)}
    assert len(sizes) == len(pool.made) == 11
    assert one_shop.reads() == 4  # 64, 128, 256, 512


async def test_of_the_kind_that_is_liked(one_shop: PictureShop) -> None:
    address = f"{await hung(one_shop, PHOTO)}/64x64"
    tags = set()
    for accept, kind in {
        BROWSER["Accept"]: "avif",
        "image/webp,*/*;q=0.5": "webp",
        "*/*": "jpeg",
        "image/webp;q=0.1,image/jpeg": "jpeg",
        "text/html": "jpeg",
    }.items():
        answer = await one_shop.get(address, Accept=accept)
        assert answer.headers["Content-Type"] == f"image/{kind}"
        assert (opened(answer.raw).format or "").lower() == kind
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Accept", FOREVER)
        tags.add(answer.headers["ETag"])
        again = await one_shop.get(address, **{"Accept": accept, "If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.raw, again.headers["Vary"]) == (304, b"", "Accept")
        head = await one_shop.pictures.send("HEAD", address, headers={"Accept": accept})
        assert (head.raw, head.headers["ETag"]) == (b"", answer.headers["ETag"])
        assert head.headers["Content-Length"] == str(len(answer.raw))
    assert len(tags) == 3
    # what one client knows is another's nothing
    other = await one_shop.get(address, **{**BROWSER, "If-None-Match": answer.headers["ETag"]})
    assert other.status == 200


async def test_it_is_made_once_for_all_who_ask(one_shop: PictureShop, pool: CountingPool) -> None:
    address = await hung(one_shop, PHOTO)
    pool.go_on.clear()
    asked = [asyncio.create_task(one_shop.get(f"{address}/{side}x{side}/x", **BROWSER)) for side in range(370, 385)]
    while not pool.made:  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.01)
    pool.go_on.set()
    found = await asyncio.gather(*asked)
    assert {(one.status, one.raw) for one in found} == {(200, found[0].raw)}
    await one_shop.get(f"{address}/384x384", **BROWSER)
    assert pool.made == [(384, "avif")]
    # pictures that are alike share what is made of them
    other = await one_shop.product(6)
    hang(one_shop.double, "product.template", 6, PHOTO)
    one_shop.time.now += SETTLED_AFTER
    await one_shop.told()
    other = (await one_shop.product(6))["image"]
    assert (await one_shop.get(f"{other}/384x384", **BROWSER)).raw == found[0].raw
    assert pool.made == [(384, "avif")]


async def test_processes_share_what_one_made(valkey: Valkey) -> None:
    namespace, clock = fresh_namespace(), Time()
    pools = [CountingPool(workers=1), CountingPool(workers=1)]
    async with (
        picture_shop("19.0", valkey.url, namespace, turned=clock, pool=pools[0]) as one,
        picture_shop("19.0", valkey.url, namespace, turned=clock, pool=pools[1], double=one.double) as two,
    ):
        address = f"{await hung(one, PHOTO)}/370x370"
        for pool in pools:
            pool.go_on.clear()
        asked = [asyncio.create_task(shop.get(address, **BROWSER)) for shop in (one, two) for _ in range(5)]
        await asyncio.sleep(0.3)
        for pool in pools:
            pool.go_on.set()
        found = await asyncio.gather(*asked)
        assert {(answer.status, answer.raw) for answer in found} == {(200, found[0].raw)}
        assert pools[0].made + pools[1].made == [(384, "avif")]
        # of what is kept of Odoo's picture by one, another makes what nobody has asked for yet
        one.process.wire.cut = two.process.wire.cut = True
        for shop in (one, two):
            assert size_of(await shop.get(f"{address.replace('370x370', '500x500')}", **BROWSER)) == (512, 512)
        assert (one.reads(), len(pools[0].made + pools[1].made)) == (1, 2)


async def test_more_than_can_be_made_soon_is_refused() -> None:
    pool = CountingPool(workers=1, waiting=2)
    async with picture_shop("14.0", pool=pool, store=SoloStore()) as shop:
        address = await hung(shop, PHOTO)
        assert (await shop.get(f"{address}/512x512")).status == 200
        pool.go_on.clear()
        asked = [
            asyncio.create_task(shop.get(f"{address}/{side}x{side}", Accept=accept))
            for side in (300, 350, 400)
            for accept in ("image/webp", "image/jpeg")
        ]
        while sum(one.done() for one in asked) < 3:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)
        # what is made already is not held up by it
        assert (await shop.get(f"{address}/512x512")).status == 200
        pool.go_on.set()
        found = await asyncio.gather(*asked)
        refused = [one for one in found if one.status == 503]
        # one is made, two wait
        assert len(refused) == 3
        assert len({one.raw for one in found if one.status == 200}) == 3
        for one in refused:
            assert (one.raw, one.headers["Cache-Control"], one.headers["Retry-After"]) == (PLACEHOLDER, "no-store", "2")
        assert size_of(await shop.get(f"{address}/400x400")) == (448, 448)


class TestWhileOdooIsAway:
    async def test_sizes_are_made_of_what_is_kept(self, shop: PictureShop) -> None:
        address = await hung(shop, PHOTO)
        known = await shop.get(f"{address}/500x500")
        shop.process.wire.cut = True
        assert (await shop.get(f"{address}/500x500")).raw == known.raw
        same = await shop.get(f"{address}/300x300")
        assert (size_of(same), same.headers["Cache-Control"]) == ((320, 320), FOREVER)
        # of other sizes of Odoo there are no bytes, but this one's stand in: not under their address for long
        smaller, larger = await shop.get(f"{address}/64x64"), await shop.get(f"{address}/1000x1000")
        assert (size_of(smaller), smaller.headers["Cache-Control"]) == ((64, 64), BRIEFLY)
        assert (size_of(larger), larger.headers["Cache-Control"]) == ((1024, 1024), BRIEFLY)
        assert shop.reads() == 1
        shop.process.wire.cut = False
        assert (await shop.get(f"{address}/64x64")).headers["Cache-Control"] == FOREVER

    async def test_a_picture_whose_bytes_are_gone(self) -> None:
        """What is made already is shown; nothing else can be made."""
        store = SoloStore()
        async with picture_shop("14.0", store=store, max_bytes=1000) as shop:
            address = await hung(shop, PHOTO)
            made = await shop.get(f"{address}/500x500")
        async with picture_shop("14.0", store=store, max_bytes=1000, double=shop.double, turned=shop.time) as shop:
            await shop.product(PRODUCT)
            shop.process.wire.cut = True
            assert (await shop.get(f"{address}/500x500")).raw == made.raw
            missing = await shop.get(f"{address}/300x300")
            assert (missing.status, missing.raw, missing.headers["Cache-Control"]) == (503, PLACEHOLDER, "no-store")
            shop.process.wire.cut = False
            assert size_of(await shop.get(f"{address}/300x300")) == (320, 320)


class TestBroken:
    CASES = (
        b"no picture",
        PHOTO[: len(PHOTO) // 2],
        encoded(quarters(), "PNG")[:100],
        encoded(Image.new("1", (8000, 7000)), "PNG"),
        encoded(quarters(), "TIFF"),
    )

    @pytest.mark.parametrize("content", CASES)
    async def test_it_is_told_and_not_tried_again_at_once(
        self, one_shop: PictureShop, pool: CountingPool, content: bytes
    ) -> None:
        address = f"{await hung(one_shop, content)}/64x64"
        for _ in range(3):
            answer = await one_shop.get(address, **BROWSER)
            assert (answer.status, answer.raw) == (404, PLACEHOLDER)
            assert answer.headers["Cache-Control"] == "public, max-age=60"
            assert "ETag" not in answer.headers
        tried = one_shop.reads(), len(pool.made)
        assert max(tried) == 1
        one_shop.time.now += BROKEN
        assert (await one_shop.get(address, **BROWSER)).status == 404
        assert (one_shop.reads(), len(pool.made)) != tried

    async def test_a_better_one_is_shown_at_once(self, one_shop: PictureShop) -> None:
        assert (await one_shop.get(f"{await hung(one_shop, b'no picture')}/64x64")).status == 404
        assert size_of(await one_shop.get(f"{await hung(one_shop, PHOTO)}/64x64")) == (64, 64)

    async def test_one_does_not_harm_others(self, one_shop: PictureShop) -> None:
        """Of one that takes all memory that there is, or may be, nobody else notices anything."""
        bomb = await hung(one_shop, huge(4000, 4000))
        asked = [one_shop.get(f"{bomb}/{side}x{side}", **BROWSER) for side in (64, 128, 96)]
        other = (await one_shop.product(6))["image"]
        found = await asyncio.gather(*asked, *(one_shop.get(f"{other}/{side}x{side}") for side in (32, 64)))
        assert {one.status for one in found} == {200}
