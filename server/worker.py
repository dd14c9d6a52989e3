"""``headless-odoo worker``: a process that brings carts to Odoo and the index up to date, and serves no shop."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route

from server.app import create_app
from server.logs import configure_logs
from server.serve import OnListening, run
from server.settings import Settings

#: what it answers to those who watch it
_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class NoWorkError(ValueError):
    """The settings name neither a place where a process finds the carts of others nor an index to keep."""


def create_worker(settings: Settings) -> Starlette:
    """The application without its shop: health and metrics alone. Raises `NoWorkError`."""
    carts = settings.cart_redis_url is not None or settings.redis_url is not None
    if not carts and settings.opensearch_url is None:
        raise NoWorkError(
            "HEADLESS_ODOO_REDIS_URL (or _CART_REDIS_URL) is not set: there are no carts to be found. "
            "Nor is HEADLESS_ODOO_OPENSEARCH_URL: there is no index to keep."
        )
    app = create_app(settings.model_copy(update={"cart_sync": carts, "index_sync": True}))
    watched = [route for route in app.routes if isinstance(route, Route) and route.path in _PATHS]
    worker = Starlette(routes=watched, lifespan=app.router.lifespan_context)
    worker.state = app.state
    return worker


def run_worker(settings: Settings, on_listening: OnListening) -> None:
    """Work until interrupted or told to end; what is on its way arrives first. Raises `NoWorkError`."""
    configure_logs(settings)
    run(create_worker(settings), settings, on_listening)
