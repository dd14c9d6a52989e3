"""The storefront follows the shop: route keys, stock keys, invalidations, redirects; on real servers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from redis.asyncio import Redis

from demo.double import Double, DoubleServer
from storefront.following import Follower
from storefront.plan import Plan
from tests.following.test_calling import KEY, SECRET, Nuxt, running
from tests.identity.wired import Shop, dataset, shop
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE, until

VERSIONS = ["10.0", "14.0", "19.0"]
WEBHOOK = "a-secret-of-the-webhook"
REDIRECTS = "{ redirects { totalCount redirects { from to } } }"
REDIRECT = 'query ($path: String!) { redirect(path: $path, language: "en_US") { to } }'


class World:
    """The shop, the storefront with its Redis, and what is in that."""

    def __init__(self, of: Shop, nuxt: Nuxt, redis: Redis) -> None:
        self.of = of
        self.nuxt = nuxt
        self.redis = redis

    async def routes(self) -> dict[str, str]:
        found = [str(key) async for key in self.redis.scan_iter("slug:*")]
        values = await self.redis.mget(found) if found else []
        return {unquote(key.removeprefix("slug:")): str(value) for key, value in zip(found, values, strict=True)}

    async def stock(self, variant_id: int) -> Any:
        value = await self.redis.get(f"stock:product-{variant_id}")
        return None if value is None else json.loads(value)

    async def tell(self, model: str, record: int) -> None:
        """As Odoo's own webhook does."""
        body = {"_model": model, "_id": record}
        answer = await self.of.send("POST", f"/webhooks/odoo/{WEBHOOK}", json=body)
        assert answer.status == 202

    async def publish(self, product_id: int, published: bool) -> None:
        field = "website_published" if self.of.double.version == "10.0" else "is_published"
        self.of.double.write("product.template", [product_id], {field: published})
        await self.tell("product.template", product_id)

    async def rename(self, product_id: int, name: str) -> None:
        self.of.double.write("product.template", [product_id], {"name": name}, {"lang": "en_US"})
        await self.tell("product.template", product_id)

    async def slug(self, product_id: int) -> str:
        data = (
            await self.of.query('query ($id: Int) { product(id: $id, language: "en_US") { slug } }', {"id": product_id})
        ).data
        return str(data["product"]["slug"])


@asynccontextmanager
async def world(version: str, redis: Valkey, nuxt: Nuxt, **settings: Any) -> AsyncIterator[World]:
    client = Redis.from_url(redis.url, db=1, decode_responses=True)
    values = {
        "redis_url": redis.url,
        "redis_namespace": f"follow-{version}",
        "cart_durability": "memory",
        "roles_file": None,
        "storefront_url": nuxt.url,
        "storefront_key": KEY,
        "storefront_signing_secret": SECRET,
        "storefront_redis_url": f"{redis.url}/1",
        "webhook_path_secret": WEBHOOK,
        **settings,
    }
    try:
        async with shop(version=version, **values) as of:
            yield World(of, nuxt, client)
    finally:
        await client.aclose()


@pytest.fixture
async def nuxt() -> AsyncIterator[Nuxt]:
    async with running(Nuxt()) as found:
        yield found


@pytest.fixture(autouse=True)
def _clock(nuxt: Nuxt) -> None:
    nuxt.now = time.time()


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_storefront_follows(version: str, own_valkey: Valkey, nuxt: Nuxt) -> None:
    async with world(version, own_valkey, nuxt) as at:
        listed = (
            await at.of.query("{ products(pageSize: 100) { products { id slug firstVariant { id qty } } } }")
        ).data
        products = listed["products"]["products"]
        categories = (await at.of.query("{ categories(pageSize: 100) { categories { slug } } }")).data
        paths = {one["slug"] for one in products}

        async def routed() -> bool:
            return paths <= (await at.routes()).keys()

        await until(routed)
        routes = await at.routes()
        for one in products:
            assert routes[one["slug"]] == "product.template"
        for one in categories["categories"]["categories"]:
            assert routes[one["slug"]] == "product.public.category"

        async def stocked() -> bool:
            return all([await at.stock(one["firstVariant"]["id"]) is not None for one in products])

        await until(stocked)
        product = products[0]
        before = product["slug"]
        nuxt.heard.clear()
        await at.rename(product["id"], "Another name")
        after = f"/product/another-name-{product['id']}"

        async def told() -> bool:
            kinds = {path.rpartition("/")[2] for path, _ in nuxt.heard}
            both = {"path": before} in heard(nuxt) and {"path": after} in heard(nuxt)
            return both and {"homepage", "category", "product"} <= kinds

        await until(told)
        routes = await at.routes()
        assert routes[after] == routes[before] == "product.template"
        assert (await at.of.query(REDIRECT, {"path": before})).data == {"redirect": {"to": after}}
        assert (await at.of.query(REDIRECT, {"path": f"/product/x-{product['id']}"})).data == {
            "redirect": {"to": after}
        }
        assert (await at.of.query(REDIRECT, {"path": after})).data == {"redirect": None}
        listed = (await at.of.query(REDIRECTS)).data["redirects"]["redirects"]
        assert {"from": before, "to": after} in listed
        assert {"from": before, "to": after} in (await at.of.get("/vsf/redirects")).body

        nuxt.heard.clear()
        await at.publish(product["id"], False)

        async def gone() -> bool:
            return after not in await at.routes() and {"path": after} in heard(nuxt)

        await until(gone)
        assert (await at.of.query(REDIRECTS)).data["redirects"]["totalCount"] == 0
        assert (await at.of.query(REDIRECT, {"path": before})).data == {"redirect": None}
        await at.publish(product["id"], True)
        await until(routed_again(at, after))


def heard(nuxt: Nuxt) -> list[object]:
    return [body for _, body in nuxt.heard]


def routed_again(at: World, path: str) -> Callable[[], Any]:
    async def routed() -> bool:
        return path in await at.routes()

    return routed


async def test_what_could_not_be_told_is_told_later(own_valkey: Valkey, nuxt: Nuxt) -> None:
    """The storefront is away, and so is the process that noticed, before it comes back."""
    async with world("14.0", own_valkey, nuxt) as at:
        await until(routed_again(at, await at.slug(18)))
        await until(lambda: heard(nuxt))
        nuxt.status = 503
        before = await at.slug(18)
        await at.rename(18, "Renamed meanwhile")
        await until(routed_again(at, "/product/renamed-meanwhile-18"))
    nuxt.heard.clear()
    nuxt.status = None
    async with world("14.0", own_valkey, nuxt) as at:
        await until(lambda: {"path": before} in heard(nuxt))
        await until(lambda: {"path": "/product/renamed-meanwhile-18"} in heard(nuxt))


async def test_what_was_heard_by_who_did_not_live_to_tell_it(
    own_valkey: Valkey, nuxt: Nuxt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends between hearing of a change and telling of it; the next one looks at everything.

    No feed tells it of the change again: that has gone on.
    """
    with DoubleServer(Double(dataset("14.0"))) as double:
        async with world("14.0", own_valkey, nuxt, double=double, poll_seconds=0) as at:
            before = await at.slug(18)
            await until(routed_again(at, before))
            heard_of = asyncio.Event()

            async def ends(self: Follower, plan: Plan) -> None:
                heard_of.set()
                await asyncio.Event().wait()

            monkeypatch.setattr(Follower, "follow", ends)
            await at.rename(18, "Renamed at the end")
            async with asyncio.timeout(PATIENCE):
                await heard_of.wait()
            assert "/product/renamed-at-the-end-18" not in await at.routes()
        monkeypatch.undo()
        nuxt.heard.clear()
        async with world("14.0", own_valkey, nuxt, double=double, poll_seconds=0) as at:
            await until(routed_again(at, "/product/renamed-at-the-end-18"))
            await until(lambda: {"path": before} in heard(nuxt))


async def test_lists_for_a_sitemap(own_valkey: Valkey, nuxt: Nuxt) -> None:
    async with world("14.0", own_valkey, nuxt) as at:
        for prefix in ("/vsf", "/alokai"):
            products = (await at.of.get(f"{prefix}/products")).body
            listed = (await at.of.query("{ products(pageSize: 100) { products { name slug } } }")).data
            expected = [{"name": one["name"], "path": one["slug"]} for one in listed["products"]["products"]]
            assert sorted(products, key=str) == sorted(expected, key=str)
            assert (await at.of.get(f"{prefix}/categories")).body[0].startswith("/category/")
            assert (await at.of.get(f"{prefix}/redirects")).body == []
        assert (await at.of.get("/web/health")).body == {"status": "pass"}


async def test_names_of_hidden_products_are_in_no_redirect(tmp_path: Path, own_valkey: Valkey, nuxt: Nuxt) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text(
        '[roles.guest]\ndocuments = "published and not id = 18"\nfields = ["Product.name", "Product.slug"]\n'
    )
    async with world("14.0", own_valkey, nuxt, roles_file=roles) as at:
        await until(lambda: heard(nuxt))
        await at.rename(18, "Secret name")
        await until(routed_again(at, "/product/secret-name-18"))
        assert (await at.of.query(REDIRECT, {"path": "/product/x-18"})).data == {"redirect": None}
        assert (await at.of.query(REDIRECTS)).data["redirects"]["redirects"] == []
        assert "secret" not in (await at.of.get("/vsf/redirects")).raw.decode()
        assert "secret" not in (await at.of.get("/vsf/products")).raw.decode()


async def test_a_storefront_needs_a_redis_of_ours(nuxt: Nuxt) -> None:
    with pytest.raises(ValueError, match="REDIS_URL"):
        async with shop(storefront_url=nuxt.url, storefront_key=KEY):
            pass
