"""The running shop keeps its index up to date, and tells when it is not as it should be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import structlog
from starlette.applications import Starlette

from contract.client import AsgiClient
from demo.double import DoubleServer
from search.engine import Engine
from search.facts import FACTS
from search.indexes import Indexes, SyncState
from server import health, product_index
from server.settings import Settings
from server.worker import create_worker
from tests.search.serving import build, missing, serving, settings_of, until_ready
from tests.search.shop import small_shop
from tests.server.test_webhooks import SECRET, signature
from tests.support.opensearch import OpenSearch, Space
from tests.support.valkey import Valkey
from tests.support.waiting import until


@dataclass
class Site:
    """A served Odoo, an engine, a Redis, and what is indexed there."""

    odoo: DoubleServer
    opensearch: OpenSearch
    valkey: Valkey
    indexes: Indexes
    prefix: str

    @property
    def engine(self) -> Engine:
        return self.indexes.engine

    def settings(self, **changes: Any) -> Settings:
        return settings_of(self.odoo, self.opensearch, self.prefix, self.valkey, **changes)

    async def named(self, name: str) -> int:
        """How many products the index finds by a name."""
        answer = await self.engine.search(
            self.indexes.names.alias("en_US"), {"query": {"match_phrase": {"name": name}}, "size": 0}
        )
        count: int = answer["hits"]["total"]["value"]
        return count

    async def first(self) -> int:
        """A product that is for sale."""
        hits = (await self.engine.search(self.indexes.names.alias(FACTS), {"size": 1, "sort": ["id"]}))["hits"]["hits"]
        return int(hits[0]["_id"])


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_index, "_KEPT", 0.1)
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.1)


@pytest_asyncio.fixture
async def site(opensearch: OpenSearch, engine: Engine, space: Space, valkey: Valkey) -> AsyncIterator[Site]:
    with DoubleServer(small_shop(products=12, pricelists=2)) as odoo:
        prefix = space.name("shop")
        yield Site(odoo, opensearch, valkey, Indexes(engine, prefix), prefix)


async def synced(app: Starlette, outcome: str = "done") -> float:
    """How many syncs ended so in this process."""
    return await number(app, f'headless_odoo_index_syncs_total{{outcome="{outcome}"}}')


async def number(app: Starlette, metric: str) -> float:
    page = (await AsgiClient(app).get("/metrics")).body.decode()
    return next((float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(metric)), 0.0)


@pytest.mark.parametrize("way", ["webhook", "poll"])
async def test_a_product_that_changed_is_found_by_its_new_name(site: Site, way: str) -> None:
    """The next look of its own would be in an hour: it is what was announced that is written."""
    await build(site.settings())
    changes: dict[str, Any] = {"webhook_secret": SECRET} if way == "webhook" else {"poll_seconds": 1.0}
    async with serving(site.settings(index_seconds=3600, **changes)) as app:
        await until_ready(app)
        await until(lambda: synced(app))
        product = await site.first()
        site.odoo.double.write("product.template", [product], {"name": "Zyxophantine drops"})
        if way == "webhook":
            body, moment = json.dumps({"model": "product.template", "ids": [product]}).encode(), str(int(time.time()))
            headers = {"x-timestamp": moment, "x-signature": signature(body, moment)}
            headers["content-type"] = "application/json"
            assert (await AsgiClient(app).send("POST", "/webhooks/odoo", body, headers)).status == 202
        await until(lambda: site.named("Zyxophantine drops"))
        assert await number(app, 'headless_odoo_index_documents_total{action="written"}') >= 4  # 3 languages, and facts
        assert 0 <= await number(app, "headless_odoo_index_lag_seconds") < 3600


async def test_a_worker_keeps_the_index_and_serves_no_shop(site: Site) -> None:
    await build(site.settings())
    alone = site.settings(redis_url=None, poll_seconds=1.0, index_sync=False)
    worker = create_worker(alone)
    async with worker.router.lifespan_context(worker):
        await until(lambda: synced(worker))
        assert (await AsgiClient(worker).graphql("{ website { name } }")).status == 404
        site.odoo.double.write("product.template", [await site.first()], {"name": "Kept by a worker"})
        await until(lambda: site.named("Kept by a worker"))


async def test_a_process_that_shall_not_sync_does_not(site: Site) -> None:
    await build(site.settings())
    async with serving(site.settings(index_sync=False, index_seconds=0.05)) as app:
        await until_ready(app)
        before = await site.indexes.state()
        await asyncio.sleep(0.5)
        assert await site.indexes.state() == before
        assert await synced(app) == 0


async def test_without_an_index_it_serves_and_says_so_once(site: Site) -> None:
    with structlog.testing.capture_logs() as logs:
        async with serving(site.settings(index_seconds=0.2)) as app:
            client = AsgiClient(app)
            await until(lambda: synced(app, "no_index"))
            answer = await client.get("/readyz")
            assert (answer.status, answer.json["status"]) == (200, "degraded")
            assert answer.json["missing"] == {"index": "there is no index: `headless-odoo index build` makes one"}
            assert (await client.graphql("{ products { totalCount } }")).data["products"]["totalCount"]
            told = [entry for entry in logs if entry["event"] == "index.not_followed"]
            assert [entry["why"] for entry in told] == ["no_index"]
            assert "headless-odoo index build" in told[0]["hint"]
            await build(site.settings())
            await until(lambda: synced(app))
            await until(lambda: _all_is_well(app))


async def _all_is_well(app: Starlette) -> bool:
    return not await missing(app)


async def test_what_is_wrong_with_an_index_is_told_plainly(site: Site) -> None:
    await build(site.settings())
    names, used = site.indexes.names, await site.indexes.in_use(["en_US", "fr_FR", FACTS])
    async with serving(site.settings(index_sync=False)) as app:
        await until_ready(app)

        async def says(text: str) -> None:
            async def said() -> bool:
                return text in (await missing(app)).get("index", "")

            await until(said)

        state = await site.indexes.state()
        assert state is not None
        old = SyncState(
            cursor=state[0].cursor, observed_at=state[0].observed_at.replace(year=2020), stamp=state[0].stamp
        )
        await site.indexes.keep_state(old)
        await says("s behind Odoo: nothing brings it up to date")
        await site.indexes.keep_state(state[0])
        await until(lambda: _all_is_well(app))

        await site.engine.client.delete_by_query(
            index=used["fr_FR"],
            body={"query": {"ids": {"values": [str(await site.first())]}}},
            params={"refresh": "true"},
        )
        await until(lambda: _all_is_well(app))  # so few may be on their way
        await site.engine.client.delete_by_query(
            index=used["fr_FR"], body={"query": {"match_all": {}}}, params={"refresh": "true"}
        )
        await says("fr_FR has 0 products and others have")

        await site.engine.client.indices.close(index=used[FACTS])
        await says("it is damaged and does not answer")
        await site.engine.delete(used[FACTS])
        await says("there is no index of facts")
        other = names.index(FACTS, "20200101000000")
        await site.engine.create(other, {"mappings": {"_meta": {}}})
        await site.engine.move_aliases([{"add": {"index": other, "alias": names.alias(FACTS)}}])
        await says("was never finished")
        assert (await AsgiClient(app).get("/readyz")).status == 200


async def test_an_index_of_another_release_is_told(site: Site) -> None:
    await build(site.settings())
    used = await site.indexes.in_use([FACTS])
    meta = (await site.engine.mappings(used[FACTS]))[used[FACTS]]["_meta"]
    await site.engine.delete(used[FACTS])
    await site.engine.create(used[FACTS], {"mappings": {"_meta": meta, "properties": {"id": {"type": "integer"}}}})
    await site.engine.move_aliases([{"add": {"index": used[FACTS], "alias": site.indexes.names.alias(FACTS)}}])
    async with serving(site.settings(index_sync=False)) as app:

        async def says_so() -> bool:
            return "was made by another release" in (await missing(app)).get("index", "")

        await until(says_so)


async def test_an_engine_that_is_away_is_told(site: Site) -> None:
    async with serving(site.settings(opensearch_url="http://127.0.0.1:1")) as app:
        await until(lambda: synced(app, "engine_away"))
        answer = await AsgiClient(app).get("/readyz")
        assert (answer.status, answer.json["status"]) == (200, "degraded")
        assert answer.json["missing"]["index"].startswith("OpenSearch does not answer (")


async def test_without_an_engine_nothing_is_said_of_it(site: Site) -> None:
    async with serving(site.settings(opensearch_url=None)) as app:
        await until_ready(app)
        page = (await AsgiClient(app).get("/metrics")).body.decode()
        assert "headless_odoo_index" not in page
