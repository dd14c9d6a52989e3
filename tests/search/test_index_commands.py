"""``headless-odoo index``: from the command line, over the wire, against a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from typer.testing import CliRunner, Result

from demo.double import DoubleServer
from search.engine import Operation
from search.indexes import Indexes
from server.cli import app
from server.index_commands import DIFFERS, FAILED, FINE
from tests.search.shop import engine_of, small_shop
from tests.support.opensearch import OpenSearch, new_space


@dataclass
class Commands:
    """Runs commands with the settings of a shop and an engine."""

    environment: dict[str, str]
    indexes: Indexes

    async def run(self, *arguments: str, **other: str) -> Result:
        environment = {**self.environment, **{f"HEADLESS_ODOO_{name}": value for name, value in other.items()}}
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["index", *arguments], env=environment))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def commands(opensearch: OpenSearch) -> AsyncIterator[Commands]:
    double = small_shop(products=25, pricelists=3)
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            with DoubleServer(double) as server:
                told = {
                    "ODOO_URL": server.url,
                    "ODOO_DB": double.dataset.database,
                    "ODOO_PASSWORD": double.dataset.passwords["admin"],
                    "ODOO_TRANSPORT": "jsonrpc",
                    "OPENSEARCH_URL": opensearch.url,
                    "OPENSEARCH_USER": opensearch.admin,
                    "OPENSEARCH_PASSWORD": opensearch.password,
                    "OPENSEARCH_CA_FILE": opensearch.ca or "",
                    "OPENSEARCH_PREFIX": space.name("cli"),
                }
                environment = {f"HEADLESS_ODOO_{name}": value for name, value in told.items() if value}
                yield Commands(environment, Indexes(engine, space.name("cli")))
        finally:
            await engine.close()


async def test_from_nothing_to_an_index_that_is_as_odoo(commands: Commands) -> None:
    assert (await commands.run("sync")).exit_code == FAILED
    assert (await commands.run("status")).exit_code == DIFFERS
    built = await commands.run("build")
    assert (built.exit_code, "products in use" in built.stdout) == (FINE, True)
    told = await commands.run("status")
    assert (told.exit_code, "fr_FR" in told.stdout) == (FINE, True)
    assert (await commands.run("sync")).exit_code == FINE
    verified = await commands.run("verify", "--samples", "5")
    assert (verified.exit_code, verified.stdout.strip()[-14:]) == (FINE, " 0 differences")


async def test_what_differs_is_told(commands: Commands) -> None:
    (index,) = (await commands.indexes.in_use(["fr_FR"])).values()
    hits = (await commands.indexes.engine.search(index, {"size": 1, "_source": False}))["hits"]["hits"]
    victim = int(hits[0]["_id"])
    await commands.indexes.engine.bulk([Operation("update", index, victim, {"slug": "/elsewhere"})])
    verified = await commands.run("verify")
    assert verified.exit_code == DIFFERS
    assert f"fr_FR product {victim} slug: '/elsewhere'" in verified.stdout
    await commands.indexes.engine.bulk([Operation("delete", index, victim)])
    assert (await commands.run("status")).exit_code == DIFFERS


async def test_there_is_nothing_before_the_first_build(commands: Commands) -> None:
    assert (await commands.run("rollback")).exit_code == FAILED


async def test_what_cannot_be_done_is_told_in_a_line(commands: Commands) -> None:
    nowhere = await commands.run("status", OPENSEARCH_URL="http://127.0.0.1:1")
    assert nowhere.exit_code == FAILED
    assert nowhere.stderr.startswith("OpenSearch: ")
    no_odoo = await commands.run("build", ODOO_URL="http://127.0.0.1:1")
    assert (no_odoo.exit_code, no_odoo.stderr.startswith("Odoo: ")) == (FAILED, True)


async def test_without_an_engine_there_is_no_index(commands: Commands) -> None:
    del commands.environment["HEADLESS_ODOO_OPENSEARCH_URL"]
    refused = await commands.run("status")
    assert refused.exit_code == FAILED
    assert "HEADLESS_ODOO_OPENSEARCH_URL" in refused.stderr
