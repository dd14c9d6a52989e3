"""``headless-odoo demo``: the API over an Odoo double and a Valkey, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from server.embedded_redis import redis_url, starting_redis
from server.serve import print_address, serve
from server.settings import Settings

_READY_WITHIN = 60.0
#: pages, menus and banners of the generated shop
_CONTENT = Path(__file__).parents[1] / "demo" / "content"
#: neither a proxy of the environment nor anything else stands between us and ourselves
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def run_demo(*, port: int, version: str, products: int, pricelists: int) -> int:
    """Serve until interrupted or told to end, then end what was started for it. Returns the exit code."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # uvicorn knows that one
    hint = f" (Odoo {version}, {products} products, {pricelists} pricelists; Ctrl-C ends it)"
    try:
        with (
            starting_redis() as redis,
            starting_redis("carts") as carts,
            _double(version, products, pricelists) as access,
        ):
            if access is None:
                return 1
            kept = _redis_url(carts)
            settings = Settings.model_validate(
                {
                    "port": port,
                    "odoo_url": access["url"],
                    "odoo_db": access["db"],
                    "odoo_user": access["user"],
                    "odoo_password": access["secret"],
                    "redis_url": _redis_url(redis),
                    "cart_redis_url": kept,
                    "content_dir": _CONTENT,
                    "subscriptions": "off" if kept is None else "odoo",
                    "log_format": "console",
                    "log_level": "warning",
                }
            )
            serve(settings, on_listening=lambda address: _announce_when_ready(address, hint))
    except KeyboardInterrupt:
        pass  # the way to end it
    return 0


def _end(number: int, _: FrameType | None) -> None:
    """The process ends as by an exit: what was started is ended too."""
    sys.exit(128 + number)


def _redis_url(redis: subprocess.Popen[str]) -> str | None:
    """How to reach the Valkey that was started; None, and said aloud, where none can run."""
    try:
        return redis_url(redis)
    except OSError as error:
        print(f"Without Valkey ({error}): this process keeps by itself what it reads.", file=sys.stderr, flush=True)  # noqa: T201
        return None


@contextlib.contextmanager
def _double(version: str, products: int, pricelists: int) -> Iterator[dict[str, str] | None]:
    """How to reach a running double; None when it could not start (it has said why)."""
    arguments = ["--version", version, "--products", str(products), "--pricelists", str(pricelists)]
    # a process of its own, as a real Odoo is; it ends when its standard input does, should we be killed
    with subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "demo", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101  # asked for above
        try:
            process.stdout.readline()  # the address alone, for people
            line = process.stdout.readline()
            yield json.loads(line) if line else None
        finally:
            process.terminate()


def _announce_when_ready(address: str, hint: str) -> None:
    """Tell the address as soon as the shop can be queried there."""

    def wait() -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline and not _ready(f"{address}/readyz"):
            time.sleep(0.1)
        print_address(address, hint)

    threading.Thread(target=wait, name="announce", daemon=True).start()


def _ready(url: str) -> bool:
    try:
        with _open(url, timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False
