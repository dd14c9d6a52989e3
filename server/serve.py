"""Running the application under uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as Socket  # noqa: N812  # a class with a function's name
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from server.app import create_app
from server.garbage import settle
from server.logs import configure_logs
from server.one_write import OneWriteProtocol
from server.settings import Settings

OnListening = Callable[[str], None]

#: Seconds for which an idle connection is kept: longer than reverse proxies keep theirs (nginx and AWS: 60), so that
#: none is closed at the very moment a request goes out on it, which a proxy may not send again.
KEEP_ALIVE: Final = 75


class _Announcing(uvicorn.Server):
    """The server of a process of its own. It tells where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, on_listening: OnListening) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[Socket] | None = None) -> None:
        await super().startup(sockets)
        settle()
        if self.started:
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    self._on_listening(f"http://{host}:{port}")


def announcing(config: uvicorn.Config, on_listening: OnListening) -> uvicorn.Server:
    """A server that calls ``on_listening`` as `serve` does."""
    return _Announcing(config, on_listening)


def print_address(address: str, hint: str = "") -> None:
    """Tell people where to go."""
    print(f"GraphQL at {address}/graphql{hint}", flush=True)  # noqa: T201


def serve(settings: Settings, on_listening: OnListening = print_address) -> None:
    """Serve until interrupted. ``on_listening`` is called with ``http://<host>:<port>`` for each socket."""
    configure_logs(settings)
    run(create_app(settings), settings, on_listening)


def run(app: ASGIApp, settings: Settings, on_listening: OnListening) -> None:
    """Serve an application where the settings say, as `serve` does."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whose request it is, is found out where it matters, from all that was told
        timeout_graceful_shutdown=10,
        timeout_keep_alive=KEEP_ALIVE,
        http=OneWriteProtocol,
        ws="none",
    )
    announcing(config, on_listening).run()
