"""Where the page of the journey is served: beside the shop, behind TLS, and from another origin."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.double import DoubleServer
from server.app import create_app
from server.picture_placeholder import PLACEHOLDER, PLACEHOLDER_TYPE
from tests.browser.browsing import HERE
from tests.support.bff import serving, settings_for, warmed

PAGE = HERE / "page"
_CHUNK = 65_536
#: of each picture of the list 1 if it could be decoded, else 0
DECODED = "Promise.all([...document.querySelectorAll('article img')].map((one) => one.decode().then(() => 1, () => 0)))"


@dataclass(frozen=True)
class Place:
    """A shop with a page. ``url``: of the page; ``api``: of the shop, without a path."""

    odoo: DoubleServer
    app: Starlette
    api: str

    @property
    def url(self) -> str:
        return f"{self.api}/shop/index.html"


class _Beside:
    """The application, and the page beside it: one origin. It is made when the address is known."""

    app: ASGIApp = Starlette()

    def __init__(self) -> None:
        self._page = page()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Starlette()(scope, receive, send)
        elif scope["path"].startswith("/shop/"):
            await self._page(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def page() -> Starlette:
    """The page alone, as any server of files serves it."""
    return Starlette(routes=[Mount("/shop", StaticFiles(directory=PAGE, html=True))])


def kinds_of(answers: Iterable[Mapping[str, Any]]) -> set[str]:
    """As what pictures were sent, without the grey one that stands for those that there are none of."""
    grey = (PLACEHOLDER_TYPE, str(len(PLACEHOLDER)))
    found = {(one["headers"]["content-type"], one["headers"]["content-length"]) for one in answers}
    return {kind for kind, _ in found - {grey}}


@asynccontextmanager
async def place(odoo: DoubleServer, *, tls: Path | None = None, **settings: Any) -> AsyncIterator[Place]:
    """A shop over the double with the page beside it; behind TLS with ``tls``, a folder for its certificate."""
    beside = _Beside()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(beside))
        api = f"http://127.0.0.1:{port}"
        if tls is not None:
            api = f"https://127.0.0.1:{await stack.enter_async_context(tls_front(port, tls))}"
        values = {
            "public_url": api,
            "local_cache_bytes": 64_000_000,
            "reference_seconds": 600.0,
            "cart_sync": True,
            "guest_sessions_address": 0,
            **settings,
        }
        app = create_app(settings_for(odoo.url, **values))
        await stack.enter_async_context(app.router.lifespan_context(app))
        await warmed(app)
        beside.app = app
        yield Place(odoo, app, api)


@asynccontextmanager
async def elsewhere(at: Place) -> AsyncIterator[str]:
    """The same page from another origin, asking that shop: its address."""
    async with serving(page()) as port:
        yield f"http://127.0.0.1:{port}/shop/index.html?api={at.api}"


@asynccontextmanager
async def tls_front(port: int, folder: Path) -> AsyncIterator[int]:
    """What ends TLS before a server on this machine, as a proxy does: its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))

    tasks: set[asyncio.Task[None]] = set()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_passed_on(reader, back), _passed_on(there, writer))
        for one in (writer, back):
            one.close()
        tasks.discard(task)

    server = await asyncio.start_server(joined, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


def _certificate(folder: Path) -> Path:
    """Of nobody in particular, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "front.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path
