"""The storefront's server between a browser and us: what it sends, what it passes on, and what it keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Final

import aiohttp
from yarl import URL

from tests.storefront.contract import Operation, mismatches, operations, reached
from tests.support.bff import Answer, Bff

MUTATION, QUERY, UNCACHED = "/api/odoo/mutation", "/api/odoo/query", "/api/odoo/query-no-cache"
#: where browsers see the storefront
STOREFRONT: Final = URL("http://127.0.0.1:3077/")
#: what its server is told that its address is: scheme and slash included
REQUESTED_HOST: Final = "http://127.0.0.1:3077/"
#: of a cookie that browsers show to scripts
COOKIE: Final = "session_id"


@dataclass
class Replayed:
    """What was sent so far, and which of the paths that it selects were answered. ``sent``: by name."""

    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    paths: dict[str, set[str]] = field(default_factory=dict)

    def note(self, operation: Operation, data: Any) -> None:
        self.sent[operation.name] += 1
        if data is not None and data.get(operation.root) is not None:
            self.answered[operation.name] += 1
            self.paths.setdefault(operation.name, set()).update(reached(data, operation))

    def missed(self) -> dict[str, set[str]]:
        """The paths that no answer came to, by operation."""
        found = {one.name: set(one.paths) - self.paths.get(one.name, set()) for one in operations().values()}
        return {name: paths for name, paths in found.items() if paths}


@dataclass
class Reply:
    """What a page gets of its server. ``data``: of an answer without errors."""

    answer: Answer
    operation: Operation

    @property
    def data(self) -> Any:
        return self.answer.data[self.operation.root]

    @property
    def message(self) -> str:
        """What the customer reads."""
        return str(self.answer.errors[0]["message"])

    @property
    def code(self) -> str:
        (code,) = self.answer.codes
        return code


@dataclass
class Visitor:
    """A browser at the storefront. ``address``: its own; ``odd``: what was otherwise than the contract has it."""

    bff: Bff
    replayed: Replayed = field(default_factory=Replayed)
    address: str = "198.51.100.7"
    jar: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True, quote_cookie=False))

    @property
    def cookie(self) -> str | None:
        """The session's, as the browser has it."""
        morsel = self.jar.filter_cookies(STOREFRONT).get(COOKIE)
        return morsel.value if morsel is not None else None

    def another(self) -> Visitor:
        """A browser without cookies, of the same replay."""
        return Visitor(self.bff, self.replayed, self.address)

    async def __call__(self, name: str, /, **variables: Any) -> Any:
        """What the page gets of an operation that is not refused."""
        return (await self.send(name, variables or None)).data

    async def refused(self, name: str, /, **variables: Any) -> Reply:
        """An operation that is refused: typed all the same."""
        reply = await self.send(name, variables or None)
        assert reply.answer.errors
        return reply

    async def send(self, name: str, variables: Mapping[str, Any] | None) -> Reply:
        """As the route of its server sends the operation. ``variables``: null is sent as null."""
        operation = operations()[name]
        assert operation.route is not None, f"{name} is sent by nobody's browser"
        answer = await self.bff.send(
            "POST",
            "/graphql/vsf",
            json={"query": operation.text, "variables": variables},
            headers={
                "accept": "application/json",
                "cookie": f"{COOKIE}={self.cookie or 'undefined'}",
                "real-ip": self.address,
                "resquest-host": REQUESTED_HOST,
            },
        )
        self._take(operation, answer)
        return Reply(answer, operation)

    def _take(self, operation: Operation, answer: Answer) -> None:
        assert isinstance(answer.body, dict), answer.raw[:200]
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.body.keys() <= {"data", "errors", "extensions"}
        data = answer.body.get("data")
        if "errors" not in answer.body:
            assert mismatches(data, operation) == []
        elif data is not None:
            assert data == {operation.root: None}
        self.replayed.note(operation, data)
        if operation.route == MUTATION:
            assert answer.status == 200, "else its server loses the message"
            self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        """Cookies go on to the browser as they are; but of queries' answers, never."""
        texts: list[str] = answer.headers.getall("set-cookie", [])  # type: ignore[attr-defined]
        assert any(COOKIE in text for text in texts), "else its server sets what the browser sent: undefined, for all"
        for text in texts:
            self.jar.update_cookies(SimpleCookie(text), STOREFRONT)


async def built(bff: Bff, replayed: Replayed) -> dict[str, list[Any]]:
    """As the build asks for the pages that there are, and the sitemap for categories: without headers of its own."""
    found = {}
    for operation in operations().values():
        if operation.route is not None:
            continue
        path = "/graphql/vsf" if "sitemap" in operation.name else "//graphql/vsf"
        answer = await bff.send("POST", path, json={"query": operation.text, "variables": None})
        assert mismatches(answer.data, operation) == []
        replayed.note(operation, answer.data)
        (rows,) = answer.data[operation.root].values()
        found[operation.name] = [next(iter(row.values())) for row in rows]
    return found
