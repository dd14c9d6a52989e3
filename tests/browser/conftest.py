"""One browser for all tests of a file, and a folder for what it looks like."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.browsing import Browsing, browsing


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browsing]:
    async with browsing() as found:
        yield found


@pytest.fixture
def screens(tmp_path: Path) -> Path:
    """Where screenshots go; ``BROWSER_SCREENS`` names a folder that stays."""
    folder = Path(os.environ.get("BROWSER_SCREENS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
