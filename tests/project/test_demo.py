"""``headless-odoo demo`` as a newcomer runs it: it answers as the README shows, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class Demo:
    """A running demo in a process group of its own."""

    process: subprocess.Popen[str]
    address: str
    seconds: float  # until it was ready

    def ask(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(self.address, body, {"Content-Type": "application/json"})
        with _open(request, timeout=30) as answer:
            return json.load(answer)

    def processes(self) -> list[int]:
        """Those of its group that still run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # pid (name) state parent group ...: the name may hold anything but ends with the last parenthesis
                state, _, group = path.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.process.pid and state != "Z":
                    found.append(int(path.parent.name))
        return found


@contextlib.contextmanager
def running(**environment: str) -> Iterator[Demo]:
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main()", "demo"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", "DEMO_PRODUCTS": "300", "DEMO_PRICELISTS": "12", **environment},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 90)[0], "no address after 90 s"
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        yield Demo(process, address.group(), time.monotonic() - started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


def _first(language: str) -> str:
    """The first block of that language in the README."""
    found = re.search(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def _gone(demo: Demo, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while demo.processes():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")


@linux
@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
def test_every_version_answers_as_the_readme_shows_and_ctrl_c_ends_it(version: str) -> None:
    with running(ODOO_VERSION=version) as demo:
        print(f"Odoo {version}: ready after {demo.seconds:.1f} s")  # noqa: T201  # a figure to be seen with -s
        assert demo.ask(_first("graphql")) == json.loads(_first("json"))
        assert len(demo.processes()) == 2  # the application, and the double
        os.killpg(demo.process.pid, signal.SIGINT)  # as a terminal does
        assert demo.process.wait(15) == 0
        assert _gone(demo)


@linux
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP], ids=lambda one: one.name)
def test_the_double_ends_with_the_application_alone(ending: signal.Signals) -> None:
    with running(DEMO_PRODUCTS="20", DEMO_PRICELISTS="2") as demo:
        assert demo.ask("{ products { totalCount } }")["data"]["products"]["totalCount"] > 0
        demo.process.send_signal(ending)
        assert demo.process.wait(15) != 0
        assert _gone(demo)


def test_an_unknown_version_is_told() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from server.cli import main; main()", "demo", "--odoo-version", "12.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode != 0
    assert "12.0" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-c", "from server.cli import main; main()", "demo", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
    assert answer.returncode != 0
    assert "address already in use" in answer.stderr
    assert "Traceback" not in answer.stderr
