"""Strapi's REST API as far as content is read: answers as versions 4 and 5 give them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "a-token-of-strapi"


@dataclass
class Strapi:
    """``entries``: by collection and language, as 5 tells them. ``version``: 4 or 5. ``page``: no more at once.

    ``down``: the status that it answers instead, if any. ``asked``: what was asked for.
    """

    version: int
    entries: dict[tuple[str, str], Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    locales: Sequence[str] | None = ("en", "fr-BE", "nl")
    down: int | None = None
    failing: int = 0
    page: int = 2
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        if self.failing:
            self.failing -= 1
            return web.Response(status=503)
        if self.down is not None:
            return web.Response(status=self.down)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"data": None, "error": {"status": 403, "name": "ForbiddenError"}}, status=403)
        if request.path == "/api/i18n/locales":
            if self.locales is None:
                return web.json_response({"data": None, "error": {"status": 404}}, status=404)
            return web.json_response([{"id": n, "code": code} for n, code in enumerate(self.locales)])
        collection = request.path.removeprefix("/api/")
        known = {name for name, _ in self.entries}
        if collection not in known:
            return web.json_response({"data": None, "error": {"status": 404}}, status=404)
        found = self.entries.get((collection, request.query.get("locale", "en")), ())
        number = int(request.query["pagination[page]"])
        shown = found[(number - 1) * self.page : number * self.page]
        pages = -(-len(found) // self.page)
        return web.json_response(
            {
                "data": [self._told(one) for one in shown],
                "meta": {"pagination": {"page": number, "pageSize": self.page, "pageCount": pages}},
            }
        )

    def _told(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """5 is flat and has document ids; 4 wraps attributes, and files in ``data``."""
        if self.version == 5:
            return {name: one for name, one in entry.items() if name != "localizations"}
        values = {name: _wrapped(one) for name, one in entry.items() if name not in {"id", "documentId"}}
        return {"id": entry["id"], "attributes": values}


def file(url: str, text: str | None = None) -> dict[str, Any]:
    """A file of Strapi's media library, as 5 tells it."""
    return {"id": 7, "name": "a.png", "alternativeText": text, "mime": "image/png", "url": url, "formats": None}


def _wrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "mime" in value:
            return {"data": {"id": value["id"], "attributes": {k: v for k, v in value.items() if k != "id"}}}
        return {name: _wrapped(one) for name, one in value.items()}
    return [_wrapped(one) for one in value] if isinstance(value, list) else value


@asynccontextmanager
async def running(strapi: Strapi) -> AsyncIterator[Strapi]:
    """It listens on 127.0.0.1."""
    app = web.Application()
    app.router.add_get("/{path:.*}", strapi.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    strapi.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield strapi
    finally:
        await runner.cleanup()
