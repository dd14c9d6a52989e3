"""``headless-odoo`` from the command line, over the wire: with the settings of a shop and of an engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from typer.testing import CliRunner, Result

from demo.double import DoubleServer
from server.cli import app
from tests.search.shop import small_shop
from tests.support.opensearch import OpenSearch, Space, new_space


@dataclass
class Commands:
    """Runs them. ``environment``: the settings; ``prefix``: of what they make in the engine, in a space of its own."""

    environment: dict[str, str]
    space: Space
    prefix: str

    async def run(self, *arguments: str, **other: str) -> Result:
        """``other``: settings that are otherwise this time."""
        environment = {**self.environment, **_named(other)}
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments, env=environment))


@asynccontextmanager
async def commanded(
    opensearch: OpenSearch, *, products: int, pricelists: int, **settings: str
) -> AsyncIterator[Commands]:
    """Over a small shop of their own."""
    double = small_shop(products=products, pricelists=pricelists)
    async with new_space(opensearch) as space:
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
                **settings,
            }
            environment = _named({name: value for name, value in told.items() if value})
            yield Commands(environment, space, space.name("cli"))


def _named(settings: dict[str, str]) -> dict[str, str]:
    return {f"HEADLESS_ODOO_{name}": value for name, value in settings.items()}
