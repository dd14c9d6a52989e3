"""A client in TypeScript, generated from the schema for the storefront's operations, compiles."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.storefront.contract import operations
from tests.storefront.journey import PLACE

CLIENT = ROOT / "tests" / "storefront" / "client"
SCHEMA = ROOT / "tests" / "data" / "schema.graphql"
NODE = shutil.which("node")
MODULES = CLIENT / "node_modules"
WITHOUT = (
    "there is no node"
    if NODE is None
    else f"its packages are not installed: npm ci --ignore-scripts in {CLIENT.relative_to(ROOT)}"
)

required = os.environ.get("REQUIRE_CLIENT") == "1"
needs_node = pytest.mark.skipif((NODE is None or not MODULES.is_dir()) and not required, reason=WITHOUT)


def documents() -> str:
    """The operations under the names that generated code has for them."""
    named = [_named(one.text, re.sub(r"\W", "_", one.name)) for one in operations().values()]
    return "\n".join([*named, _named(PLACE, "PlaceOrder")])


def _named(text: str, name: str) -> str:
    return re.sub(r"(?m)^(query|mutation)\s*\w*", rf"\1 {name}", text, count=1)


def run(*command: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    assert NODE is not None, WITHOUT
    return subprocess.run([NODE, *command], cwd=at, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generated client, and what uses it."""
    assert MODULES.is_dir(), WITHOUT
    at = tmp_path_factory.mktemp("client")
    (at / "documents.graphql").write_text(documents(), encoding="utf-8")
    for name in ("tsconfig.json", "usage.ts", "package.json"):
        shutil.copy(CLIENT / name, at)
    (at / "node_modules").symlink_to(MODULES, target_is_directory=True)
    made = run(CLIENT / "generate.mjs", SCHEMA, at / "documents.graphql", at / "generated.ts", at=at)
    assert made.returncode == 0, made.stdout + made.stderr
    return at


def compiled(at: Path) -> subprocess.CompletedProcess[str]:
    return run(MODULES / "typescript" / "bin" / "tsc", "--project", at / "tsconfig.json", at=at)


@needs_node
def test_the_generated_client_compiles(generated: Path) -> None:
    text = (generated / "generated.ts").read_text(encoding="utf-8")
    missing = [one for one in operations() if f"{re.sub(r'[^0-9A-Za-z]', '', one)}Document".lower() not in _plain(text)]
    assert missing == []
    told = compiled(generated)
    assert told.returncode == 0, told.stdout


def _plain(text: str) -> str:
    return text.replace("_", "").lower()


@needs_node
def test_what_does_not_fit_does_not_compile(generated: Path) -> None:
    """A shop that reads a field which is gone is told so, by file and line."""
    usage = generated / "usage.ts"
    before = usage.read_text(encoding="utf-8")
    try:
        usage.write_text(before.replace("login?.user?.partner?.id", "login?.user?.partner?.number"), encoding="utf-8")
        told = compiled(generated)
    finally:
        usage.write_text(before, encoding="utf-8")
    assert told.returncode != 0
    assert "usage.ts" in told.stdout
    assert "'number' does not exist" in told.stdout
