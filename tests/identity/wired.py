"""The whole application with sessions, tokens and logins, served at an address that it knows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

import identity
from demo.dataset import Dataset
from demo.double import Double, DoubleServer
from demo.wholesale import generate
from identity.issuers import Issuer
from server.app import create_app
from server.identification_parts import Identification
from tests.support.bff import Answer, Bff, connected, serving, settings_for
from tests.support.waiting import PATIENCE

ROLES = Path(identity.__file__).parent / "roles.example.toml"
VIEWER = "{ viewer { isGuest name email staff roles { name } pricelist { id } actedBy { name } } }"
#: nobody may, but it is a mutation
MUTATION = "mutation { invalidateCache(tags: []) { tags } }"
LOGIN = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) { user { id } } }"
OPERATOR = "the operator's own token"


def dataset(version: str = "14.0") -> Dataset:
    return generate(version, products=20, pricelists=6)


@dataclass
class Shop(Bff):
    """``app``: what is served. ``cookie``: what the browser keeps, sent with every request."""

    app: Starlette = field(default_factory=Starlette)
    cookie: str | None = None

    @property
    def double(self) -> Double:
        assert self.odoo is not None
        return self.odoo.double

    @property
    def identification(self) -> Identification:
        found: Identification = self.app.state.identification
        return found

    async def send(self, method: str, path: str, **request: Any) -> Answer:
        """As a browser: what is set is kept, and sent again."""
        headers = dict(request.pop("headers", None) or {})
        if self.cookie is not None and "cookie" not in headers:
            headers["cookie"] = f"session_id={self.cookie}"
        answer = await super().send(method, path, headers=headers, **request)
        morsel = session_cookie(answer)
        if morsel is not None:
            self.cookie = morsel.value or None
        return answer

    async def viewer(self, **headers: str) -> Any:
        return (await self.query(VIEWER, **headers)).data["viewer"]

    async def roles(self, **headers: str) -> list[str]:
        return [role["name"] for role in (await self.viewer(**headers))["roles"]]

    async def log_in(self, place: int = 1) -> Answer:
        """As the customer of that profile (from 1)."""
        variables = {"email": f"vet{place}@customer.example", "password": f"Secret-{place}"}
        answer = await self.query(LOGIN, variables)
        assert answer.data["login"]["user"]["id"]
        return answer

    async def log_in_staff(self) -> None:
        variables = {"email": "staff@vetwholesale.example", "password": "Secret-staff"}
        assert (await self.query(LOGIN, variables)).data["login"]["user"]["id"]

    def asked(self) -> int:
        """How often Odoo was called so far."""
        return len(self.double.calls)

    def customer(self, place: int) -> tuple[int, int]:
        """The ids of the user and the contact of that profile."""
        return self.user(f"vet{place}@customer.example")

    def user(self, login: str) -> tuple[int, int]:
        """The ids of a user and their contact."""
        users = self.double.db.table("res.users")
        (user_id,) = users.find("login", [login])
        row = users.get(user_id)
        assert row is not None
        return int(user_id), int(row["partner_id"])


def session_cookie(answer: Answer) -> Morsel[str] | None:
    """The session's cookie that an answer sets, if it does."""
    set_cookies = answer.headers.getall("set-cookie", []) if hasattr(answer.headers, "getall") else []
    for text in set_cookies:
        if text.startswith("session_id="):
            return SimpleCookie(text)["session_id"]
    return None


def issuers_setting(*issuers: Issuer) -> str:
    """As an operator writes it: secrets in the clear."""
    found = []
    for issuer in issuers:
        told = issuer.model_dump(mode="json", exclude_defaults=True)
        if issuer.client is not None and issuer.client.client_secret is not None:
            told["client"]["client_secret"] = issuer.client.client_secret.get_secret_value()
        found.append(told)
    return json.dumps(found)


class _Late:
    """An application that is made when the address is known."""

    app: Starlette

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (Starlette() if scope["type"] == "lifespan" else self.app)(scope, receive, send)


@asynccontextmanager
async def shop(
    *, version: str = "14.0", issuers: Sequence[Issuer] = (), double: DoubleServer | None = None, **settings: Any
) -> AsyncIterator[Shop]:
    """The application over a double of its own, or over ``double``, which runs already; ready."""
    if double is None:
        with DoubleServer(Double(dataset(version))) as started:
            async with shop(issuers=issuers, double=started, **settings) as found:
                yield found
        return
    late = _Late()
    async with (
        serving(late) as port,
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=PATIENCE)
        ) as client,
    ):
        url = f"http://127.0.0.1:{port}"
        values = {"public_url": url, "operator_token": OPERATOR, "roles_file": ROLES, **settings}
        if issuers:
            values["issuers"] = issuers_setting(*issuers)
        late.app = create_app(settings_for(double.url, **values))
        async with late.app.router.lifespan_context(late.app):
            found = Shop(port, client, double, app=late.app)
            await found.ready()
            await connected(late.app.state.services)
            yield found
