"""A real OpenSearch with its security plugin: started by the test run (``.ci/opensearch``), or at ``OPENSEARCH_URL``.

Whoever tests on it works in a `Space`: names of its own for indices, roles and users, all gone afterwards.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConflictError

from tests.support.waiting import PATIENCE

_SCRIPT: Final = Path(__file__).parents[2] / ".ci" / "opensearch"
#: exit code of the script where this machine cannot run it
_CANNOT: Final = 3


@dataclass(frozen=True)
class OpenSearch:
    """Where it answers, whose certificate it has (a PEM file, or None), and who may change everything in it."""

    url: str
    ca: str | None
    admin: str
    password: str = field(repr=False)

    def client(self, user: str, password: str) -> AsyncOpenSearch:
        """A client that says who it is with every request (HTTP basic). Close it."""
        return AsyncOpenSearch(self.url, ca_certs=self.ca, http_auth=(user, password), timeout=PATIENCE)

    def bearer(self, token: str) -> AsyncOpenSearch:
        """A client with a JSON Web Token. Close it."""
        headers = {"Authorization": f"Bearer {token}"}
        return AsyncOpenSearch(self.url, ca_certs=self.ca, headers=headers, timeout=PATIENCE)


@contextmanager
def opensearch_or_skip() -> Iterator[OpenSearch]:
    """A running one. Without, tests are skipped and say why; with ``REQUIRE_OPENSEARCH=1`` they fail instead."""
    if os.environ.get("OPENSEARCH_URL"):
        yield _described(os.environ)
        return
    ours = _run("status").returncode != 0
    started = _run("start")
    if started.returncode != 0:
        told = [line for line in started.stderr.splitlines() if line.startswith("opensearch:")]
        reason = f"no OpenSearch: {(told or [started.stderr[-400:]])[0][:400]}"
        if os.environ.get("REQUIRE_OPENSEARCH") == "1" or started.returncode != _CANNOT:
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield _described(dict(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line))
    finally:
        if ours:
            _run("stop")


def _described(told: Mapping[str, str]) -> OpenSearch:
    url = told["OPENSEARCH_URL"].rstrip("/")
    return OpenSearch(url, told.get("OPENSEARCH_CA"), told["OPENSEARCH_ADMIN"], told["OPENSEARCH_PASSWORD"])


def _run(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", str(_SCRIPT), command], capture_output=True, text=True, check=False, timeout=900)


class Space:
    """A part of it under names of its own, and its administrator's hand. `admin` is a client that may do everything."""

    def __init__(self, opensearch: OpenSearch, admin: AsyncOpenSearch, clients: AsyncExitStack) -> None:
        self._clients = clients
        self.opensearch = opensearch
        self.admin = admin
        self.prefix = f"test-{uuid.uuid4().hex[:8]}"

    def name(self, part: str) -> str:
        """An index, role or user of this space: those named so are gone at its end."""
        return f"{self.prefix}-{part}"

    async def index(self, part: str, body: Mapping[str, Any], documents: Sequence[Mapping[str, Any]] = ()) -> str:
        """A new index on one shard with settings and mappings; the documents' ids count from 1. Its name."""
        name = self.name(part)
        settings = {"number_of_shards": 1, "number_of_replicas": 0, **body.get("settings", {})}
        await self.admin.indices.create(index=name, body={**body, "settings": settings})
        lines: list[Mapping[str, Any]] = []
        for number, document in enumerate(documents, 1):
            lines += [{"index": {"_index": name, "_id": str(number)}}, document]
        if lines:
            answer = await self.admin.bulk(body=lines, params={"refresh": "true"})
            assert not answer["errors"], answer
        return name

    async def role(self, part: str, *grants: Mapping[str, Any], backend_roles: Sequence[str] = ()) -> str:
        """A role with index permissions, as the plugin writes them, that whoever has a backend role has. Its name."""
        name = self.name(part)
        await self.admin.security.create_role(role=name, body={"index_permissions": list(grants)})
        await self.admin.security.create_role_mapping(role=name, body={"backend_roles": list(backend_roles)})
        return name

    async def user(self, part: str, *roles: str) -> AsyncOpenSearch:
        """A client of a new user with these roles."""
        name, password = self.name(part), secrets.token_urlsafe(18)
        body = {"password": password, "opendistro_security_roles": list(roles)}
        await self.admin.security.create_user(username=name, body=body)
        return self._kept(self.opensearch.client(name, password))

    def bearer(self, token: str) -> AsyncOpenSearch:
        """A client with a token."""
        return self._kept(self.opensearch.bearer(token))

    def _kept(self, client: AsyncOpenSearch) -> AsyncOpenSearch:
        self._clients.push_async_callback(client.close)
        return client

    @asynccontextmanager
    async def accepting_tokens(self, **config: Any) -> AsyncIterator[None]:
        """Accept tokens, whose claims ``sub`` and ``roles`` tell user and backend roles.

        ``config`` tells the keys: ``signing_key`` (PEM) or ``jwks_uri``. It holds for the whole OpenSearch meanwhile;
        tokens that others have accepted at the same time go on.
        """
        name = self.name("tokens").replace("-", "_")
        domain = {
            "http_enabled": True,
            # before the one for passwords, which answers whoever has none; of two with the same order only one counts
            "order": -1 - secrets.randbelow(1_000_000),
            "http_authenticator": {
                "type": "jwt",
                "challenge": False,
                "config": {"subject_key": "sub", "roles_key": "roles", **config},
            },
            "authentication_backend": {"type": "noop", "config": {}},
        }
        await self._set_domain(name, domain)
        try:
            yield
        finally:
            await self._set_domain(name, None)

    async def _set_domain(self, name: str, domain: Mapping[str, Any] | None) -> None:
        """Write one domain of the configuration as it is by now, or drop it."""
        dynamic = (await self.admin.security.get_configuration())["config"]["dynamic"]
        others = {key: value for key, value in dynamic["authc"].items() if key != name}
        authc = others if domain is None else {**others, name: dict(domain)}
        await self.admin.security.update_configuration(body={"dynamic": {**dynamic, "authc": authc}})

    async def leave(self) -> None:
        """Drop what was made, of each kind at once: after each change the plugin reads its whole configuration anew."""
        security = self.admin.security
        for drop, found in (
            (security.patch_users, await security.get_users()),
            (security.patch_role_mappings, await security.get_role_mappings()),
            (security.patch_roles, await security.get_roles()),
        ):
            ours = [name for name in found if name.startswith(self.prefix)]
            for start in range(0, len(ours), 50):
                gone = [{"op": "remove", "path": f"/{name}"} for name in ours[start : start + 50]]
                await _again_while_others_change(drop, gone)
        await self.admin.indices.delete(index=f"{self.prefix}-*")


async def _again_while_others_change(drop: Callable[..., Awaitable[Any]], gone: Sequence[Mapping[str, Any]]) -> None:
    for attempt in range(8):
        try:
            await drop(body=list(gone), params={"request_timeout": 120})
        except ConflictError:
            await asyncio.sleep(0.2 * (attempt + 1))
        else:
            return
    raise AssertionError("others keep changing the engine's security")


@asynccontextmanager
async def new_space(opensearch: OpenSearch) -> AsyncIterator[Space]:
    """A space with nothing in it; gone afterwards."""
    async with AsyncExitStack() as clients:
        admin = opensearch.client(opensearch.admin, opensearch.password)
        clients.push_async_callback(admin.close)
        space = Space(opensearch, admin, clients)
        try:
            yield space
        finally:
            await space.leave()
