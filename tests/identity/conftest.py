"""A real Keycloak, and a realm in it for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.keycloak import Keycloak, Realm, keycloak_or_skip, new_realm


@pytest.fixture(scope="module")
def keycloak() -> Iterator[Keycloak]:
    with keycloak_or_skip() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def realm(keycloak: Keycloak) -> AsyncIterator[Realm]:
    async with new_realm(keycloak) as found:
        yield found
