"""Calls of the storefront, judged as it judges them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from storefront.calling import NotToldError, StorefrontCalls

KEY, SECRET = "the-key", "the-signing-secret"


@dataclass
class Nuxt:
    """A storefront: checks key, time and signature, and refuses what it has seen. ``status``: instead, if any."""

    status: int | None = None
    now: float = 1_800_000_000.0
    secret: str = SECRET
    url: str = ""
    heard: list[tuple[str, object]] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        if self.status is not None:
            return web.Response(status=self.status)
        body = (await request.read()).decode()
        timestamp = request.headers["x-invalidation-timestamp"]
        signature = request.headers["x-invalidation-signature"]
        compact = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        signed = f"{request.method}:{request.path_qs}:{timestamp}:{compact}"
        expected = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if request.headers["x-invalidation-key"] != KEY or signature != expected or compact != body:
            return web.json_response({}, status=401)
        if abs(self.now * 1000 - int(timestamp)) > 300_000:
            return web.json_response({}, status=401)
        if (timestamp, signature) in self._seen:
            return web.json_response({}, status=409)
        self._seen.add((timestamp, signature))
        self.heard.append((request.path, json.loads(body)))
        return web.json_response({"ok": True})


@asynccontextmanager
async def running(nuxt: Nuxt) -> AsyncIterator[Nuxt]:
    app = web.Application()
    app.router.add_post("/{path:.*}", nuxt.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    nuxt.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield nuxt
    finally:
        await runner.cleanup()


@asynccontextmanager
async def calls(nuxt: Nuxt, secret: str | None = SECRET, path: str = "") -> AsyncIterator[StorefrontCalls]:
    found = StorefrontCalls(nuxt.url + path, key=KEY, secret=secret, clock=lambda: nuxt.now)
    try:
        yield found
    finally:
        await found.close()


@pytest.mark.parametrize("path", ["", "/shop"])
async def test_what_it_takes(path: str) -> None:
    async with running(Nuxt()) as nuxt, calls(nuxt, path=path) as found:
        await found.forget("/product/é-1", "product")
        await found.forget("/product/é-1", "product")  # at the same millisecond: another signature
        await found.forget("/category/a-2", "category")
        await found.forget("/about", "page")
        await found.forget("/", "page")
    base = f"{path}/api/internal"
    assert nuxt.heard == [
        (f"{base}/cache/invalidate/product", {"path": "/product/é-1"}),
        (f"{base}/cache/invalidate/product", {"path": "/product/é-1"}),
        (f"{base}/cache/invalidate/category", {"path": "/category/a-2"}),
        (f"{base}/invalidate-cache", {"path": "/about"}),
        (f"{base}/cache/invalidate/homepage", {}),
    ]


async def test_without_a_secret_the_key_signs() -> None:
    async with running(Nuxt(secret=KEY)) as nuxt, calls(nuxt, secret=None) as found:
        await found.forget("/", "page")
    assert nuxt.heard


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_has_to_be_said_again(status: int) -> None:
    async with running(Nuxt(status)) as nuxt, calls(nuxt) as found:
        with pytest.raises(NotToldError, match=str(status)):
            await found.forget("/", "page")


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_what_is_not_said_again(status: int) -> None:
    async with running(Nuxt(status)) as nuxt, calls(nuxt) as found:
        await found.forget("/", "page")


async def test_nobody_there() -> None:
    async with calls(Nuxt(url="http://127.0.0.1:9")) as found:
        with pytest.raises(NotToldError):
            await found.forget("/", "page")
