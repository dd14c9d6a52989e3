"""The whole application over a served double, a real engine and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from contract.client import AsgiClient
from demo.double import DoubleServer
from server.app import create_app
from server.index_commands import open_parts
from server.settings import Settings
from tests.support.bff import settings_for
from tests.support.opensearch import OpenSearch
from tests.support.processes import NOON, Clock, fresh_namespace
from tests.support.valkey import Valkey
from tests.support.waiting import until


def settings_of(odoo: DoubleServer, opensearch: OpenSearch, prefix: str, valkey: Valkey, **changes: Any) -> Settings:
    """Settings of a shop with an index under a prefix, and a namespace of its own in Redis."""
    dataset = odoo.double.dataset
    engine = {
        "opensearch_url": opensearch.url,
        "opensearch_user": opensearch.admin,
        "opensearch_password": opensearch.password,
        "opensearch_ca_file": opensearch.ca,
        "opensearch_prefix": prefix,
        # a busy machine takes its time: lists shall be the index's own all the same
        "search_timeout": 30.0,
        "request_timeout": 120.0,
    }
    kept = {"redis_url": valkey.url, "redis_namespace": fresh_namespace(), "local_cache_bytes": 64 * 1024 * 1024}
    who = {"odoo_db": dataset.database, "odoo_password": dataset.passwords["admin"]}
    return settings_for(odoo.url, **{**engine, **kept, **who, "login_tries_all": 0, **changes})


async def build(settings: Settings) -> None:
    """Build the index and use it."""
    async with open_parts(settings) as parts:
        await parts.builder.build()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Starlette]:
    """The application, started; it need not be ready."""
    app = create_app(settings, clock=Clock(NOON))
    async with app.router.lifespan_context(app):
        yield app


async def missing(app: Starlette) -> Mapping[str, str]:
    """What ``/readyz`` says is missing, and why."""
    found: Mapping[str, str] = (await AsgiClient(app).get("/readyz")).json["missing"]
    return found


async def until_ready(app: Starlette) -> None:
    """Until nothing is missing."""

    async def complete() -> bool:
        return not await missing(app)

    await until(complete)
