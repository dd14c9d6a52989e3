"""A process of ours that another one has started."""

from __future__ import annotations

import os
import signal
import sys
import threading


def first_line() -> bytes:
    """What the other one has to say. From then on we end when it does, or closes our standard input."""
    line = sys.stdin.buffer.readline()
    threading.Thread(target=_end_with_it, daemon=True).start()
    return line


def _end_with_it() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
