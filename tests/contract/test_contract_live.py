"""The structural suite on a live Odoo, where one is named by the environment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    not os.environ.get("ODOO_LIVE_URL"),
    reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD",
)
@pytest.mark.timeout(900)
async def test_the_suite_holds_on_a_live_odoo() -> None:
    command = ["-m", "pytest", "-p", "contract.plugin", "-p", "no:cacheprovider", "-q", "-rs", "--pyargs"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "contract.suite", cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
