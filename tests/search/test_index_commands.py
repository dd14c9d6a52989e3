"""``headless-odoo index``: from the command line, over the wire, against a real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from typer.testing import Result

from search.engine import Operation
from search.indexes import Indexes
from server.index_commands import DIFFERS, FINE
from server.saying import FAILED
from tests.search.commands import Commands, commanded
from tests.search.shop import engine_of
from tests.support.opensearch import OpenSearch


@dataclass
class Index:
    """Runs ``index``; and the indexes that it makes."""

    commands: Commands
    indexes: Indexes

    async def run(self, *arguments: str, **other: str) -> Result:
        return await self.commands.run("index", *arguments, **other)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def commands(opensearch: OpenSearch) -> AsyncIterator[Index]:
    engine = engine_of(opensearch)
    try:
        async with commanded(opensearch, products=25, pricelists=3) as found:
            yield Index(found, Indexes(engine, found.prefix))
    finally:
        await engine.close()


async def test_from_nothing_to_an_index_that_is_as_odoo(commands: Index) -> None:
    assert (await commands.run("sync")).exit_code == FAILED
    status = await commands.run("status")
    assert (status.exit_code, "the index: there is no index: `headless-odoo" in status.stdout) == (DIFFERS, True)
    built = await commands.run("build", "--if-missing")
    assert (built.exit_code, "products in use" in built.stdout) == (FINE, True)
    again = await commands.run("build", "--if-missing")
    assert (again.exit_code, "products in use" in again.stdout) == (FINE, False)
    told = await commands.run("status")
    assert (told.exit_code, "fr_FR" in told.stdout) == (FINE, True)
    assert (await commands.run("sync")).exit_code == FINE
    verified = await commands.run("verify", "--samples", "5")
    assert (verified.exit_code, verified.stdout.strip()[-14:]) == (FINE, " 0 differences")


async def test_what_differs_is_told(commands: Index) -> None:
    (index,) = (await commands.indexes.in_use(["fr_FR"])).values()
    hits = (await commands.indexes.engine.search(index, {"size": 1, "_source": False}))["hits"]["hits"]
    victim = int(hits[0]["_id"])
    await commands.indexes.engine.bulk([Operation("update", index, victim, {"slug": "/elsewhere"})])
    verified = await commands.run("verify")
    assert verified.exit_code == DIFFERS
    assert f"fr_FR product {victim} slug: '/elsewhere'" in verified.stdout
    await commands.indexes.engine.bulk([Operation("delete", index, victim)])
    assert (await commands.run("status")).exit_code == DIFFERS


async def test_there_is_nothing_before_the_first_build(commands: Index) -> None:
    assert (await commands.run("rollback")).exit_code == FAILED


async def test_what_cannot_be_done_is_told_in_a_line(commands: Index) -> None:
    nowhere = await commands.run("status", OPENSEARCH_URL="http://127.0.0.1:1")
    assert nowhere.exit_code == FAILED
    assert nowhere.stderr.startswith("OpenSearch: ")
    no_odoo = await commands.run("build", ODOO_URL="http://127.0.0.1:1")
    assert (no_odoo.exit_code, no_odoo.stderr.startswith("Odoo: ")) == (FAILED, True)


async def test_a_damaged_index_is_told_and_built_anew(commands: Index) -> None:
    (index,) = (await commands.indexes.in_use(["nl_NL"])).values()
    await commands.indexes.engine.client.indices.close(index=index)
    told = await commands.run("status")
    assert (told.exit_code, "it is damaged and does not answer" in told.stdout) == (DIFFERS, True)
    built = await commands.run("build", "--if-missing", "--force")
    assert (built.exit_code, "products in use" in built.stdout) == (FINE, True)
    assert (await commands.run("status")).exit_code == FINE


async def test_without_an_engine_there_is_no_index(commands: Index) -> None:
    del commands.commands.environment["HEADLESS_ODOO_OPENSEARCH_URL"]
    refused = await commands.run("status")
    assert refused.exit_code == FAILED
    assert "HEADLESS_ODOO_OPENSEARCH_URL" in refused.stderr
