"""What the documents, the compose file and the Makefile state is so."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.connect import available_adapters
from cart.memory_carts import MemoryCarts
from search.sync import Synced
from server.index_metrics import IndexMetrics
from server.metrics import Metrics
from server.settings import Settings
from server.subscription_metrics import NewsMetrics

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")])


def _rows(document: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    text = (ROOT / document).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines, (document, heading)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _default(value: object) -> str:
    if value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_the_settings_table_is_the_settings() -> None:
    stated = {row[0].strip("`"): row[1] for row in _rows("docs/operations.md", "Settings")}
    real = {name.upper(): _default(field.default) for name, field in Settings.model_fields.items()}
    assert stated == real


def test_the_error_table_has_every_code_and_status() -> None:
    rows = _rows("docs/architecture.md", "Errors")
    stated = {row[0].strip("`"): row[1] for row in rows}
    assert len(stated) == len(rows)
    from server.answers import _STATUS

    assert set(stated) == {*_codes(), *_STATUS}

    by_request = {
        "BAD_SIGNATURE": 401,
        "BAD_TIMESTAMP": 401,
        "BAD_SECRET": 401,
        "PERSISTED_QUERY_NOT_FOUND": 200,
        "PERSISTED_QUERY_NOT_IN_LIST": 404,
        "QUERY_NOT_IN_SAFELIST": 403,
        "METHOD_NOT_ALLOWED": 405,
        "PAYLOAD_TOO_LARGE": 413,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "TOO_MANY_CHANGES": 503,
    }
    assert stated == {code: str({**by_request, **_STATUS}.get(code, 400)) for code in stated}


def _codes() -> Iterator[str]:
    """Texts in capitals of the modules that make errors: codes, apart from the names of other things."""
    others = {"GET", "POST", "ASC", "DESC", "INPUT_OBJECT"}
    places = [*(ROOT / "server").glob("*.py"), ROOT / "resolvers" / "errors.py"]
    for path in places:
        if path.name in {"cli.py", "settings.py", "demo.py", "metrics.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", text) and text not in others:
                yield text


def test_the_metrics_table_has_every_metric() -> None:
    stated = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in _rows("docs/operations.md", "Metrics")}
    real = {}
    metrics = Metrics()
    metrics.answered("graphql", 200, 0.1)
    metrics.on_cache_event("miss")
    metrics.on_call("res.partner", "read", 0.1, None)
    metrics.carts.on_push("synced", 0.1)
    index = IndexMetrics(metrics.registry)
    index.on_sync("done", 0.1, Synced())
    index.on_read("answered")
    NewsMetrics(metrics.registry, None)
    asyncio.run(metrics.carts.look(MemoryCarts()))
    for family in metrics.registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        real[name] = [label for label in family.samples[0].labels if label != "le"]
    assert stated == real


@pytest.mark.parametrize(("column", "version"), [(1, "10.0"), (2, "14.0"), (3, "19.0")])
def test_the_rights_table_names_the_models_that_are_read(column: int, version: str) -> None:
    cells = ", ".join(row[column] for row in _rows("docs/operations.md", "Rights in Odoo"))
    optional = set(re.findall(r"\*`([\w.]+)`\*", cells))
    needed = set(re.findall(r"`([\w.]+)`", cells)) - optional
    sources = available_adapters()[version].profile.sources.values()
    assert needed == {source.model for source in sources if not source.optional_model}
    # what one thing can do without, another may need
    assert optional == {source.model for source in sources if source.optional_model} - needed


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        found = (path.parent / file) if file else path
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", found.read_text(encoding="utf-8"))
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_the_adapter_of_the_document_works() -> None:
    """The example is code: it makes an adapter that reads the field of its own."""
    text = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    names: dict[str, object] = {"__name__": "our_package.odoo"}
    exec(example.group(1), names)  # noqa: S102  # our own document
    adapter = names["OurAdapter"]
    assert isinstance(adapter, type)
    assert issubclass(adapter, available_adapters()["14.0"])
    assert adapter.profile.sources["product"].fields["published"] == "x_shown_in_shop"
    assert adapter.pricing_policy.price_digits == 4


def test_compose_and_environment_file_fit_the_settings_and_each_other() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    known = {f"HEADLESS_ODOO_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"HEADLESS_ODOO_\w+", compose + (ROOT / "Dockerfile").read_text(encoding="utf-8"))) <= known
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", compose))
    given = set(re.findall(r"(?m)^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8")))
    assert used == given


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_tells_its_targets() -> None:
    told = set(re.findall(r"(?m)^([a-z]+) ", _make("help").stdout))
    assert {"demo", "test", "lint", "bench", "help", "lock", "clean", "schema"} == told


def test_make_refuses_an_old_python_and_says_so(tmp_path: Path) -> None:
    old = tmp_path / "python2.7"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 2.7.18"\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    answer = _make("demo", f"PYTHON={old}", f"VENV={tmp_path}/venv")
    assert answer.returncode != 0
    assert "needs Python 3.11 or later" in answer.stderr
    assert "Python 2.7.18" in answer.stderr
