"""A process that tells customers, and is killed (-9) when the first was told and nobody has noted it yet.

python -m tests.subscriptions.doomed_worker, with the settings in the environment.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from server.settings import Settings
from server.worker import run_worker
from subscriptions import telling
from subscriptions.store import Subscriptions
from subscriptions.telling import TellingRules


async def _killed(*_: Any, **__: Any) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return False


def main() -> None:
    rules = TellingRules(lease=0.6, pause=0.1)
    telling.TellingRules = lambda: rules  # type: ignore[misc, assignment]  # no test waits for three minutes
    Subscriptions.done = _killed  # type: ignore[method-assign]  # here it dies
    run_worker(Settings(), lambda _: None)


if __name__ == "__main__":
    main()
