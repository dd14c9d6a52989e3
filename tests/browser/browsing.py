"""A real browser: Debian's Chromium, driven by Playwright in a Node of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import PATIENCE

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NODE = shutil.which("node")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
#: bytes of one line of the driver: a page's text
_LONGEST = 32 * 1024 * 1024

_MISSING = [
    *([] if NODE else ["there is no node"]),
    *([] if CHROMIUM else ["there is no chromium (apt-get install chromium, or CHROMIUM=/path/to/it)"]),
    *([] if MODULES.is_dir() else ["its driver is not installed (npm ci --ignore-scripts in tests/browser)"]),
]
WITHOUT = "; ".join(_MISSING)
#: ``REQUIRE_BROWSER=1``: without one the tests fail instead of being skipped
needs_browser = pytest.mark.skipif(bool(_MISSING) and os.environ.get("REQUIRE_BROWSER") != "1", reason=WITHOUT)


class BrowserError(Exception):
    """What the browser did not do, in Playwright's words."""


@dataclass(frozen=True)
class Seen:
    """What came over the wire: url, method, status, headers. ``errors``: of the page and of its console."""

    answers: list[dict[str, Any]]
    errors: list[str]

    def of(self, part: str, *, method: str | None = None) -> list[dict[str, Any]]:
        """Answers whose address has this in it."""
        return [one for one in self.answers if part in one["url"] and method in {None, one["method"]}]


class Driver:
    """The process that drives the browser. One call at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = count(1)
        self._turn = asyncio.Lock()

    async def call(self, **asked: Any) -> Any:
        """Raises `BrowserError`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn, asyncio.timeout(PATIENCE):
            asked["id"] = next(self._ids)
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        assert line, "the driver has ended"
        answer = json.loads(line)
        assert answer["id"] == asked["id"]
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["given"]


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser of their own: its cookies are nobody else's."""

    driver: Driver
    name: str

    async def on(self, target: str, call: str, *args: Any) -> Any:
        """A method of Playwright's ``page`` or ``context``, or of the locator of a selector."""
        return await self.driver.call(visitor=self.name, on=target, call=call, args=args)

    async def goto(self, url: str) -> None:
        """Open an address, and wait until the shop's page has read what it shows."""
        await self.on("page", "goto", url)
        await self.sees("body[data-ready]", "attached")

    async def sees(self, selector: str, state: str = "visible") -> None:
        await self.on(selector, "waitFor", {"state": state})

    async def click(self, selector: str) -> None:
        """Click, and wait until the page has done what follows."""
        await self.on(selector, "click")
        await self.idle()

    async def idle(self) -> None:
        """Wait until nothing is asked of the shop."""
        await self.sees("body:not([aria-busy])")

    async def fill(self, selector: str, text: str) -> None:
        await self.on(selector, "fill", text)

    async def text(self, selector: str) -> str:
        return str(await self.on(selector, "innerText"))

    async def texts(self, selector: str) -> list[str]:
        found: list[str] = await self.on(selector, "allInnerTexts")
        return found

    async def run(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page."""
        return await self.on("page", "evaluate", expression)

    async def seen(self) -> Seen:
        """What came over the wire since this was asked last."""
        return Seen(**await self.driver.call(visitor=self.name, seen=True))

    async def cookies(self) -> dict[str, dict[str, Any]]:
        """Of the browser, by name."""
        return {one["name"]: one for one in await self.on("context", "cookies")}

    async def picture(self, folder: Path, name: str) -> Path:
        """A screenshot of the whole page."""
        path = folder / f"{name}.png"
        await self.on("page", "screenshot", {"path": str(path), "fullPage": True})
        return path


class Browsing:
    """A browser that runs; each visitor of it has cookies of their own."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._names = count(1)

    async def visitor(self, **options: Any) -> Visitor:
        """Somebody who was never there; options as of Playwright's ``newContext``."""
        name = f"visitor-{next(self._names)}"
        values = {"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **options}
        await self._driver.call(visitor=name, open=values)
        return Visitor(self._driver, name)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browsing]:
    """A browser, as long as it is needed."""
    assert NODE is not None, WITHOUT
    assert CHROMIUM is not None, WITHOUT
    process = await asyncio.create_subprocess_exec(
        NODE,
        "driver.mjs",
        CHROMIUM,
        cwd=HERE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST,
    )
    try:
        yield Browsing(Driver(process))
    finally:
        assert process.stdin is not None
        process.stdin.close()  # it closes the browser, and ends
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
