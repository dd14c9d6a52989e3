"""Running the application under uvicorn."""

from __future__ import annotations

from socket import socket as Socket  # noqa: N812  # a class with a function's name

import uvicorn

from server.app import create_app
from server.logs import configure_logs
from server.settings import Settings


class _Announcing(uvicorn.Server):
    """Says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, hint: str) -> None:
        super().__init__(config)
        self._hint = hint

    async def startup(self, sockets: list[Socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    print(f"GraphQL at http://{host}:{port}/graphql{self._hint}", flush=True)  # noqa: T201


def serve(settings: Settings, hint: str = "") -> None:
    """Serve until interrupted. ``hint`` is printed behind the address."""
    configure_logs(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    _Announcing(config, hint).run()
