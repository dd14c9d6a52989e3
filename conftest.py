"""For all tests: where tests on a live Odoo are required, they are not skipped for want of one."""

from __future__ import annotations

import os

import pytest


def pytest_configure() -> None:
    """``REQUIRE_LIVE=1`` without ``ODOO_LIVE_URL`` is a mistake of whoever runs the tests."""
    if os.environ.get("REQUIRE_LIVE") == "1" and not os.environ.get("ODOO_LIVE_URL"):
        raise pytest.UsageError("REQUIRE_LIVE=1, and no ODOO_LIVE_URL: which Odoo is to be proven?")
