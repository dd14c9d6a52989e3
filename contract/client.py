"""A client that calls an ASGI application in process: no socket, the very bytes it would send."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.types import ASGIApp

HOST = "shop.example"
GRAPHQL = "/graphql"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; the names of its headers in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def data(self) -> Any:
        """What a query answered. Raises AssertionError when it answered errors."""
        found = self.json
        assert self.status == 200 and "errors" not in found, f"{self.status}: {self.body[:2000]!r}"  # noqa: S101, PT018
        return found["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [error["extensions"]["code"] for error in self.json.get("errors", ())]


class AsgiClient:
    """Sends requests to an application whose lifespan somebody else has started."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def graphql(
        self, query: str, variables: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A GraphQL request as the storefront sends it: ``{query, variables}`` by POST."""
        body = msgspec.json.encode({"query": query, "variables": variables})
        return await self.send("POST", GRAPHQL, body, {"content-type": "application/json", **(headers or {})})

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        path, _, query_string = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query_string.encode(),
            "headers": [
                (name.lower().encode(), value.encode()) for name, value in {"host": HOST, **(headers or {})}.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": (HOST, 80),
        }
        status, parts = 0, []
        sent: dict[str, str] = {}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent.update((name.decode().lower(), value.decode()) for name, value in message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return Answer(status, b"".join(parts), sent)
