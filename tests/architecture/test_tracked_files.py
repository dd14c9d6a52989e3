"""What is published with the project: no address of a machine, no path of one, no secret."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

#: data whose bytes are as others made them
FOREIGN = ("server/graphiql/static/", "tests/data/", "demo/data/")

#: patterns are put together so that this file does not contain what it looks for
_REGISTRIES = tuple(
    re.compile(rf"\b{name}\b".replace(" ", r"\."))
    for name in (
        "pypi org",
        "pythonhosted org",
        "npmjs (?:com|org)",
        "yarnpkg com",
        "unpkg com",
        "jsdelivr net",
        "crates io",
        "rubygems org",
        "deb debian org",
        "ghcr io",
        r"[\w-]*artifactor[y] [\w.-]+",
        r"[\w-]*nexus[\w-]* [\w.]+",
    )
)
_LOCAL_PATHS = re.compile(r"(?<![\w.$}{~-])/(?:work|root|home/(?!odoo\b)\w+|Users/\w+|private|builds)/\w")
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    re.compile(r"\b(?:sk|rk)_live_[A-Za-z0-9]{16,}\b"),
    re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}\b"),
    re.compile(r"https?://[^\s/:@\"'{}$<>]+:[^\s/@\"'{}$<>]+@[\w-]+\.(?!example\b)\w"),
)


@cache
def published() -> tuple[Path, ...]:
    """The files that a clone has; without a repository (an unpacked archive) there is nothing to ask."""
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if answer.returncode:
        pytest.skip("not a git work tree: which files are published is not known")
    paths = (ROOT / name for name in answer.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def _lines() -> Iterator[tuple[str, str]]:
    """(where, line) of every text file of ours."""
    for path in published():
        name = path.relative_to(ROOT).as_posix()
        content = path.read_bytes()
        if b"\0" not in content and not name.startswith(FOREIGN):
            for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
                yield f"{name}:{number}", line


def _holding(*patterns: re.Pattern[str]) -> list[str]:
    return [f"{where}: {line.strip()[:120]}" for where, line in _lines() if any(one.search(line) for one in patterns)]


def test_no_registry_is_named() -> None:
    """Where packages come from is the machine's own matter: neither locks nor scripts say it."""
    assert not (found := _holding(*_REGISTRIES)), "\n".join(found)


def test_no_path_of_a_machine_is_named() -> None:
    assert not (found := _holding(_LOCAL_PATHS)), "\n".join(found)


def test_no_secret_is_published() -> None:
    assert not (found := _holding(*_SECRETS)), "\n".join(found)
    assert not [path for path in published() if path.name == ".env" or path.suffix in {".pem", ".key", ".p12"}]


def test_locks_name_a_hash_for_every_package_and_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        pinned = re.findall(r"(?m)^[\w.-]+==\S+", text)
        assert len(pinned) > 20
        for entry in re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]
        assert "://" not in text
        assert not re.search(r"(?m)^-", text)  # no option of an index


@pytest.mark.parametrize(
    ("patterns", "line"),
    [
        (_REGISTRIES, "--index-url https://" + "pypi." + "org/simple"),
        (_REGISTRIES, "url = 'https://files." + "pythonhosted." + "org/x'"),
        ((_LOCAL_PATHS,), "cd /" + "work/project"),
        ((_LOCAL_PATHS,), "see /" + "home/someone/notes"),
        (_SECRETS, "AKIA" + "ABCDEFGHIJKLMNOP"),
        (_SECRETS, "https://user:" + "hunter2" + "@odoo.shop.test/"),
    ],
)
def test_the_patterns_find_what_they_are_for(patterns: tuple[re.Pattern[str], ...], line: str) -> None:
    assert any(pattern.search(line) for pattern in patterns)
