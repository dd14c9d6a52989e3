"""The double as a server in its own thread, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from types import TracebackType

    from demo.double.core import Double


class _Protocol(HttpToolsProtocol):
    """Gives the application the connection, so that it can hang up."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope["double.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


class DoubleServer:
    """Serves a double over HTTP. ``url`` is the same after ``stop()`` and ``start()``, and while it is down."""

    def __init__(self, double: Double, port: int = 0) -> None:
        self.double = double
        self.port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._change = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen and serve; returns when connections are accepted."""
        with self._change:
            if self._thread is not None:
                return
            # TCP is named, else asyncio does not switch off the delay of small answers
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", self.port))
            listening.listen(128)
            self.port = listening.getsockname()[1]
            config = uvicorn.Config(
                self.double.asgi(),
                http=_Protocol,
                loop="asyncio",
                lifespan="off",
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_keep_alive=60,
            )
            server = self._server = uvicorn.Server(config)
            self._thread = threading.Thread(
                target=_serve, args=(server, listening), name=f"double:{self.port}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Close the listening socket and every connection; returns when that is done."""
        with self._change:
            server, thread = self._server, self._thread
            self._server = self._thread = None
            if server is not None and thread is not None:
                server.should_exit = server.force_exit = True
                thread.join()

    def _down(self, down: bool) -> None:
        act = self.stop if down else self.start
        if threading.current_thread() is self._thread:  # told over HTTP: answer first, then go
            threading.Timer(0.05, act).start()
        else:
            act()

    def __enter__(self) -> Self:
        self.double.faults.on_down(self._down)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.double.faults.forget(self._down)
        self.stop()


def _serve(server: uvicorn.Server, listening: socket.socket) -> None:
    try:
        asyncio.run(_run(server, listening))
    finally:
        listening.close()


async def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_quiet)
    await server.serve(sockets=[listening])


def _quiet(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Connections cut on purpose leave tasks behind that nobody awaits."""
