"""GraphiQL for a browser, from our own files."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = Path(__file__).parent / "graphiql"
#: nothing from another host, no eval
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class GraphQLOrPage:
    """ASGI application: GraphiQL for a browser that came to look, else the endpoint."""

    def __init__(self, endpoint: ASGIApp) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["method"] == "GET" and wants_page(Request(scope))
        await (page() if wanted else self._endpoint)(scope, receive, send)


def wants_page(request: Request) -> bool:
    """Is this a browser that came to look, rather than a client with a query?"""
    asked = request.query_params.keys() & {"query", "extensions", "documentId"}
    return not asked and "text/html" in request.headers.get("accept", "")


def page() -> Response:
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=headers)


def static_files() -> StaticFiles:
    return StaticFiles(directory=FOLDER / "static")
