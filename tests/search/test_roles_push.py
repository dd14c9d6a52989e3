"""``headless-odoo roles push``: from the command line, over the wire, against a real engine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from typer.testing import Result

from server.index_commands import DIFFERS, FINE
from server.role_push import names_in_tokens
from server.saying import FAILED
from server.settings import Settings
from tests.search.commands import Commands, commanded
from tests.search.secured import roles_of
from tests.support.opensearch import OpenSearch

ROLES = """
[roles.guest]
documents = 'published and not category = "Pharmacy"'
fields = ["Product.name", "Product.categories"]
[roles.practice]
documents = "all"
fields = ["Product.*"]
pricelists = "own"
granted.claims.roles = ["vet"]
granted.claims."realm_access.roles" = ["veterinary"]
"""
ISSUER = {"name": "main", "issuer": "https://issuer.example", "audience": ["shop"]}


@dataclass
class Push:
    """Runs ``roles push`` with a role file."""

    commands: Commands
    file: Path

    @property
    def prefix(self) -> str:
        return self.commands.prefix

    async def push(self, *arguments: str, **other: str) -> Result:
        return await self.commands.run("roles", "push", *arguments, **other)

    async def mapped(self, name: str) -> set[str]:
        found = await self.commands.space.admin.security.get_role_mapping(role=f"{self.prefix}+{name}")
        return set(found[f"{self.prefix}+{name}"]["backend_roles"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def commands(opensearch: OpenSearch, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Push]:
    file = tmp_path_factory.mktemp("roles") / "roles.toml"
    async with commanded(opensearch, products=10, pricelists=2, ROLES_FILE=str(file)) as found:
        await found.space.index("cli-state", {})
        yield Push(found, file)


async def test_from_nothing_to_an_engine_that_enforces_the_file(commands: Push) -> None:
    commands.file.write_text(ROLES, encoding="utf-8")
    assert (await commands.push("--check")).exit_code == DIFFERS
    tried = await commands.push("--dry-run")
    assert (tried.exit_code, f"+ {commands.prefix}+practice" in tried.stdout) == (FINE, True)
    assert (await commands.push("--check")).exit_code == DIFFERS, "nothing was written"
    pushed = await commands.push()
    assert (pushed.exit_code, pushed.stdout.splitlines()[-1]) == (FINE, "6 written, 0 as they were")
    assert await commands.mapped("practice") == {f"{commands.prefix}:role:practice", "practice", "vet"}
    checked = await commands.push("--check")
    assert (checked.exit_code, checked.stdout) == (FINE, "the engine is as the role file has it\n")

    elsewhere = await commands.push("--roles-claim", "realm_access.roles")
    assert (elsewhere.exit_code, elsewhere.stdout.splitlines()[0]) == (
        FINE,
        f"~ {commands.prefix}+practice: who has it",
    )
    assert await commands.mapped("practice") == {f"{commands.prefix}:role:practice", "practice", "veterinary"}
    # the name of a role in the token of somebody else is nobody's word that it is granted
    assert (await commands.push(ISSUERS=json.dumps([ISSUER]))).exit_code == FINE
    assert await commands.mapped("practice") == {f"{commands.prefix}:role:practice", "vet"}


async def test_what_would_show_more_than_the_shop_is_refused(commands: Push) -> None:
    commands.file.write_text(ROLES.replace('"Product.name", "Product.categories"', '"Product.name"'), encoding="utf-8")
    refused = await commands.push()
    assert (refused.exit_code, "--accept-wider" in refused.stderr) == (FAILED, True)
    assert "wider: role guest is shown category_ids" in refused.stdout
    assert (await commands.push("--accept-wider")).exit_code == FINE
    assert (await commands.push("--check")).exit_code == DIFFERS, "it still shows more"
    assert (await commands.push("--check", "--accept-wider")).exit_code == FINE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"OPENSEARCH_URL": "http://127.0.0.1:1"}, "OpenSearch: "),
        ({"OPENSEARCH_PASSWORD": "wrong"}, "the user may not change the engine's security"),
        ({"ODOO_URL": "http://127.0.0.1:1"}, "Odoo: "),
        ({"ROLES_FILE": "/nowhere/roles.toml"}, "/nowhere/roles.toml: "),
        ({"ISSUERS": "no json"}, "HEADLESS_ODOO_ISSUERS: "),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_line(commands: Push, changed: dict[str, str], reason: str) -> None:
    commands.file.write_text(ROLES, encoding="utf-8")
    refused = await commands.push(**changed)
    assert (refused.exit_code, refused.stderr.splitlines()[0][: len(reason)]) == (FAILED, reason)


def test_names_in_tokens() -> None:
    definitions = roles_of(ROLES)
    assert names_in_tokens(Settings(), definitions, "roles") == {"guest": ("guest",), "practice": ("practice", "vet")}
    foreign = Settings(issuers=SecretStr(json.dumps([ISSUER])))
    assert names_in_tokens(foreign, definitions, "roles") == {"guest": (), "practice": ("vet",)}
