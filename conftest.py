"""For all tests: what must not be skipped, who runs what, and when garbage is looked for."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Any

import pytest

from server.garbage import set_aside

#: these change the security of the engine, which is one document there: two at once are refused
_SECURITY = frozenset(
    {
        "test_as_caller",
        "test_engine_starts",
        "test_plugin_security",
        "test_roles_push",
        "test_security_matrix",
        "test_security_push",
        "test_security_traps",
    }
)


def pytest_configure() -> None:
    """``REQUIRE_LIVE=1`` without ``ODOO_LIVE_URL`` is a mistake of whoever runs the tests."""
    if os.environ.get("REQUIRE_LIVE") == "1" and not os.environ.get("ODOO_LIVE_URL"):
        raise pytest.UsageError("REQUIRE_LIVE=1, and no ODOO_LIVE_URL: which Odoo is to be proven?")


def pytest_collection_finish() -> None:
    set_aside()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After each file, what is there is set aside.

    It grows to a gigabyte, and to look through that takes seconds: in the midst of a test, all in the process (the
    application, the Odoo double, the client) would stand still for as long.
    """
    if nextitem is None or nextitem.path != item.path:
        set_aside()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes test (``-n 2``), a file stays with one, and so do all that share a server."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByServer(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid.partition("::")[0])

    return ByServer(config, log)


def group_of(file: str) -> str:
    """Tests of the same group run one after the other."""
    name = PurePosixPath(file).stem
    for shared in ("live", "keycloak"):
        if shared in name:
            return shared
    return "security of OpenSearch" if name in _SECURITY else file
