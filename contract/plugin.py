"""The pytest plugin: the structural suite on an Odoo of yours.

    pytest --pyargs contract.suite --odoo-url http://localhost:8069 --odoo-db shop --odoo-user bff --odoo-password ...

``--odoo-adapter`` names the adapter to prove: an entry point of the group ``headless_odoo.adapters``, or
``package.module:Class``; without it the one of the Odoo's version is used. Each option can be given by the
environment instead: ``ODOO_LIVE_URL``, ``ODOO_LIVE_DB``, ``ODOO_LIVE_USER``, ``ODOO_LIVE_PASSWORD``,
``ODOO_LIVE_TRANSPORT``, ``ODOO_LIVE_ADAPTER``. Nothing is written to the Odoo.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:  # pytest loads this module in every project of its environment: what is heavy is imported late
    from contract.catalogue import Catalogue
    from contract.odoo import Odoo
    from contract.shop import Shop, Target

#: option -> (environment variable, default, help)
_OPTIONS: dict[str, tuple[str, str | None, str]] = {
    "url": ("ODOO_LIVE_URL", None, "address of the Odoo to prove"),
    "db": ("ODOO_LIVE_DB", "odoo", "its database"),
    "user": ("ODOO_LIVE_USER", "admin", "login"),
    "password": ("ODOO_LIVE_PASSWORD", "", "password or API key"),
    "transport": ("ODOO_LIVE_TRANSPORT", "auto", "xmlrpc, jsonrpc, json2 or auto"),
    "adapter": ("ODOO_LIVE_ADAPTER", None, "entry point or package.module:Class; default: by Odoo's version"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("headless-odoo", "headless-odoo's contract suite")
    for name, (variable, _, text) in _OPTIONS.items():
        group.addoption(f"--odoo-{name}", default=None, help=f"{text} [{variable}]")


def live_target(config: pytest.Config) -> Target | None:
    """The Odoo of the options or the environment; None without an address."""
    from pydantic import SecretStr

    from contract.shop import Target

    given: dict[str, Any] = {}
    for name, (variable, default, _) in _OPTIONS.items():
        given[name] = config.getoption(f"odoo_{name}", None) or os.environ.get(variable) or default
    if not given["url"]:
        return None
    return Target(
        url=given["url"],
        database=given["db"],
        user=given["user"],
        secret=SecretStr(given["password"]),
        transport=given["transport"],
        adapter=given["adapter"],
    )


@pytest.fixture(scope="session")
def odoo_target(pytestconfig: pytest.Config) -> Target:
    """The Odoo to prove."""
    target = live_target(pytestconfig)
    if target is None:
        pytest.skip("no Odoo to prove: give --odoo-url or ODOO_LIVE_URL")
    return target


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(odoo_target: Target) -> AsyncIterator[Shop]:
    """The application in front of it."""
    from contract.shop import UNLIMITED, open_shop

    async with open_shop(odoo_target, **UNLIMITED) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def odoo(shop: Shop) -> AsyncIterator[Odoo]:
    """The Odoo itself."""
    from contract.odoo import open_odoo

    async with open_odoo(shop) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def catalogue(shop: Shop) -> Catalogue:
    """What the shop sells. Skips what needs it where nothing is for sale."""
    from contract.catalogue import read_catalogue

    found = await read_catalogue(shop)
    if not found.products:
        pytest.skip("nothing is for sale: publish a product")
    return found
