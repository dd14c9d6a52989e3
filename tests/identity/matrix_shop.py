"""Two applications over one double, one with roles and one without, asked by whoever a header names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette

from demo.double import Double
from demo.wholesale import generate
from identity.identity import Identity
from server.app import create_app
from server.callers import Caller
from server.graphql_endpoint import PostsFirst
from tests.support.bff import connected, settings_for
from tests.support.direct import adapter_of

EXAMPLE = Path(__file__).parents[2] / "identity" / "roles.example.toml"
#: beside those of the example: nothing at all, few fields, no prices, no stock, and filters of other kinds
MORE = """
[roles.empty]

[roles.codes]
documents = "all"
fields = ["Product.sku", "Product.productVariants"]

[roles.unpriced]
documents = 'not category = "Pharmacy / Antibiotics"'
fields = ["Product.*"]

[roles.unstocked]
documents = 'list_price < 25 or type = "service"'
fields = ["Product.name", "Product.slug", "Product.price*", "Product.variantPrice*", "Product.unitPrice",
          "Product.variantHas*", "Product.attributeValues", "Product.variantAttributeValues", "Product.displayName"]
pricelists = "own"

[roles.coded]
documents = 'sku starts with "1009" or id in (3, 4, 5) or barcode = "5401200000206"'
fields = ["Product.barcode", "Product.categories", "Product.isInStock", "Product.qty", "Product.alternativeProducts"]

[roles.searching]
documents = 'not category = "Pharmacy"'
fields = ["Product.name", "Product.slug", "Product.description", "Product.sku"]
"""


class HeaderCallers:
    """Stands in for `server.callers.Callers`: takes the roles and the pricelist that a header names."""

    def at_hand(self, headers: Mapping[bytes, bytes]) -> Identity:
        roles = headers[b"x-roles"].decode().split(",")
        pricelist = headers.get(b"x-pricelist")
        return Identity(
            subject="test", roles=tuple(filter(None, roles)), pricelist_id=int(pricelist) if pricelist else None
        )

    async def of(self, headers: Mapping[bytes, bytes]) -> Caller:
        return Caller("shop.example", None, self.at_hand(headers))

    async def of_change(self, headers: Mapping[bytes, bytes], _scope: Any) -> Caller:
        return await self.of(headers)


@dataclass(frozen=True)
class Persona:
    """Who asks: a set of roles, as granted, and the pricelist of Odoo."""

    roles: tuple[str, ...]
    pricelist_id: int | None = None

    def __str__(self) -> str:
        return "+".join(self.roles) or "nobody"


@dataclass
class Shop:
    """A running application."""

    app: Starlette
    asked: int = field(default=0)

    async def ask(
        self, text: str | None, variables: Any, persona: Persona, *, get: bool = False, sha: str | None = None
    ) -> dict[str, Any]:
        """The answer's body. ``text``: None: the document is named by its hash alone."""
        body: dict[str, Any] = {} if text is None else {"query": text}
        if variables:
            body["variables"] = variables
        if sha is not None:
            body["extensions"] = {"persistedQuery": {"version": 1, "sha256Hash": sha}}
        headers = [(b"content-type", b"application/json"), (b"x-roles", ",".join(persona.roles).encode())]
        headers.append((b"host", b"shop.example"))
        if persona.pricelist_id is not None:
            headers.append((b"x-pricelist", str(persona.pricelist_id).encode()))
        query = b""
        if get:
            texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
            query = urlencode(texts).encode()
        self.asked += 1
        raw = await self.send("GET" if get else "POST", "/graphql", headers, b"" if get else _json(body), query)
        answer: dict[str, Any] = json.loads(raw[1])
        return answer

    async def send(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes = b"", query: bytes = b""
    ) -> tuple[int, bytes]:
        """Status and body of any request, without a network."""
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@dataclass
class Shops:
    """``all``: without roles, where everybody sees everything. ``rows``: the shop's, by model and id."""

    double: Double
    all: Shop
    roles: Shop
    definitions: Mapping[str, Any]
    personas: list[Persona] = field(default_factory=list)

    def rows(self, model: str) -> list[Mapping[str, Any]]:
        table = self.double.dataset.tables[model]
        return [row for one in table.ids() if (row := table.get(one)) is not None]


#: makes an index of a double: the settings that lead to it
Indexed = Callable[[Double], AbstractAsyncContextManager[Mapping[str, Any]]]


@asynccontextmanager
async def _without_index(_: Double) -> AsyncIterator[Mapping[str, Any]]:
    yield {}


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


@asynccontextmanager
async def shop(double: Double, roles_file: Path | None, **changes: Any) -> AsyncIterator[Shop]:
    """An application over the double, in this process."""

    async def connect(*_: Any, **__: Any) -> Any:
        return await adapter_of(double)

    limits = {"max_cost": 10_000_000, "max_depth": 50, "max_aliases": 10_000, "max_tokens": 100_000}
    settings = settings_for(
        "http://127.0.0.1:1", **{"local_cache_bytes": 2**26, "roles_file": roles_file, **limits, **changes}
    )
    app = create_app(settings, connect=connect)
    for middleware in app.user_middleware:
        if isinstance(middleware.cls, type) and issubclass(middleware.cls, PostsFirst):
            endpoint = middleware.args[0]
            endpoint._callers = endpoint.at_once._callers = HeaderCallers()  # type: ignore[attr-defined]
    pictured, named = app.state.identification.callers, HeaderCallers()
    pictured.at_hand, pictured.of = named.at_hand, named.of
    async with app.router.lifespan_context(app):
        await connected(app.state.services)
        yield Shop(app)


@asynccontextmanager
async def shops(
    version: str, folder: Path, *, products: int = 60, indexed: Indexed | None = None
) -> AsyncIterator[Shops]:
    """Both applications over one generated shop; ``indexed``: they use an index made of it."""
    import tomllib

    text = EXAMPLE.read_text() + MORE
    file = folder / "roles.toml"
    file.write_text(text)
    double = Double(generate(version, products=products, pricelists=5))
    async with (
        (indexed or _without_index)(double) as changes,
        shop(double, None, **changes) as everything,
        shop(double, file, **changes) as limited,
    ):
        personas = [
            Persona(()),
            Persona(("guest",)),
            Persona(("no-such-role",)),
            Persona(("practice",), 3),
            Persona(("shareholder",), 2),
            Persona(("practice", "price-prix-de-vente-brut-1"), 2),
            Persona(("price-prix-de-vente-brut-1",), 2),
            Persona(("guest", "price-prix-de-vente-brut-2"), 3),
            Persona(("guest", "price-prix-de-vente-brut-2"), 2),
            Persona(("backoffice",), 4),
            Persona(("empty",)),
            Persona(("codes",)),
            Persona(("unpriced",), 2),
            Persona(("unstocked",), 3),
            Persona(("coded",)),
            Persona(("codes", "coded")),
            Persona(("empty", "no-such-role", "unstocked"), 4),
        ]
        yield Shops(double, everything, limited, tomllib.loads(text)["roles"], personas)
