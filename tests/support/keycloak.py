"""A real Keycloak: started by the test run (``.ci/keycloak``), or the one at ``KEYCLOAK_URL``; a realm for each run."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from identity.issuers import Client, Issuer

_CI: Final = Path(__file__).parents[2] / ".ci"
_SCRIPT: Final = _CI / "keycloak"
#: exit code of the script where this machine cannot run it
_CANNOT: Final = 3


@dataclass(frozen=True)
class Keycloak:
    """Where it answers, and who may change everything in it."""

    url: str
    admin: str
    password: str = field(repr=False)


@contextmanager
def keycloak_or_skip() -> Iterator[Keycloak]:
    """A running one. Without, tests are skipped and say why; with ``REQUIRE_KEYCLOAK=1`` they fail instead."""
    given = os.environ.get("KEYCLOAK_URL")
    if given:
        yield _described({**os.environ, "KEYCLOAK_URL": given})
        return
    ours = _run("status").returncode != 0
    started = _run("start")
    if started.returncode != 0:
        told = [line for line in started.stderr.splitlines() if line.startswith("keycloak:")] or [started.stderr[-400:]]
        reason = f"no Keycloak: {told[0][:400]}"
        if os.environ.get("REQUIRE_KEYCLOAK") == "1" or started.returncode != _CANNOT:
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield _described(dict(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line))
    finally:
        if ours:
            _run("stop")


def _described(told: Mapping[str, str]) -> Keycloak:
    return Keycloak(told["KEYCLOAK_URL"].rstrip("/"), told["KEYCLOAK_ADMIN"], told["KEYCLOAK_PASSWORD"])


def _run(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", str(_SCRIPT), command], capture_output=True, text=True, check=False, timeout=900)


class Realm:
    """A realm of its own for a run of tests, and its administrator's hand."""

    def __init__(self, keycloak: Keycloak, name: str, http: aiohttp.ClientSession) -> None:
        self._keycloak = keycloak
        self._http = http
        self.name = name
        self.origin = keycloak.url
        self.url = f"{keycloak.url}/realms/{name}"
        self.token_url = f"{self.url}/protocol/openid-connect/token"

    def issuer(self, **changes: Any) -> Issuer:
        """How a shop is told of it."""
        values: dict[str, Any] = {
            "name": "keycloak",
            "issuer": self.url,
            "audience": ("shop-api",),
            "required": {"typ": "Bearer"},
            "client": Client.model_validate({"client_id": "shop", "client_secret": "shop-secret"}),
            **changes,
        }
        return Issuer.model_validate(values)

    async def tokens(self, user: str, **changes: str) -> dict[str, Any]:
        """Tokens for a user's password, or by whatever grant ``changes`` tells."""
        form = {
            "grant_type": "password",
            "client_id": "shop",
            "client_secret": "shop-secret",
            "username": user,
            "password": f"{user}-password",
            "scope": "openid",
            **changes,
        }
        async with self._http.post(self.token_url, data=form) as response:
            found: dict[str, Any] = await response.json()
            assert response.status == 200, found
            return found

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the Admin REST API, below the realm; its JSON answer."""
        login = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": self._keycloak.admin,
            "password": self._keycloak.password,
        }
        url = f"{self._keycloak.url}/realms/master/protocol/openid-connect/token"
        async with self._http.post(url, data=login) as response:
            assert response.status == 200, await response.text()
            bearer = (await response.json())["access_token"]
        headers = {"Authorization": f"Bearer {bearer}"}
        url = f"{self._keycloak.url}/admin/realms{path}"
        async with self._http.request(method, url, json=body, headers=headers) as response:
            text = await response.text()
            assert response.status < 300, f"{method} {path}: {response.status} {text}"
            return json.loads(text) if text else None

    async def at_realm(self, method: str, path: str = "", body: Any = None) -> Any:
        return await self.admin(method, f"/{self.name}{path}", body)

    async def user_id(self, name: str) -> str:
        (user,) = await self.at_realm("GET", f"/users?exact=true&username={name}")
        return str(user["id"])

    async def set_roles(self, user: str, *, add: tuple[str, ...] = (), take: tuple[str, ...] = ()) -> None:
        """Give and take realm roles."""
        path = f"/users/{await self.user_id(user)}/role-mappings/realm"
        for method, names in (("POST", add), ("DELETE", take)):
            if names:
                roles = [await self.at_realm("GET", f"/roles/{name}") for name in names]
                await self.at_realm(method, path, roles)

    async def change_client(self, client_id: str, *, attributes: Mapping[str, str] = {}, **changes: Any) -> None:
        (client,) = await self.at_realm("GET", f"/clients?clientId={client_id}")
        client |= changes
        client["attributes"] |= attributes
        await self.at_realm("PUT", f"/clients/{client['id']}", client)

    async def add_keys(self, provider: str, priority: int, **config: str) -> str:
        """A key provider (``rsa-generated``, ``ecdsa-generated``, ``eddsa-generated``); the highest signs. Its id."""
        name = f"keys-{uuid.uuid4().hex[:8]}"
        component = {
            "name": name,
            "providerId": provider,
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": [str(priority)], **{key: [value] for key, value in config.items()}},
        }
        await self.at_realm("POST", "/components", component)
        return next(str(one["id"]) for one in await self.key_providers() if one["name"] == name)

    async def key_providers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.at_realm("GET", "/components?type=org.keycloak.keys.KeyProvider")
        return found

    async def serve_shop(self, url: str) -> None:
        """Let the shop at this address log people in."""
        attributes = {
            "post.logout.redirect.uris": f"{url}/*",
            "backchannel.logout.url": f"{url}/auth/backchannel-logout",
        }
        await self.change_client("shop", redirectUris=[f"{url}/auth/callback"], attributes=attributes)


@asynccontextmanager
async def new_realm(keycloak: Keycloak) -> AsyncIterator[Realm]:
    """The realm of ``.ci/keycloak_realm.json`` under another name; gone afterwards."""
    document = copy.deepcopy(json.loads((_CI / "keycloak_realm.json").read_text(encoding="utf-8")))
    document["realm"] = f"shop-{uuid.uuid4().hex[:8]}"
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        realm = Realm(keycloak, document["realm"], http)
        await realm.admin("POST", "", document)
        try:
            yield realm
        finally:
            await realm.at_realm("DELETE")
