"""What commands tell whoever runs them."""

from __future__ import annotations

import sys
from typing import Final

#: exit code
FAILED: Final = 1


def say(text: str) -> None:
    """A line of the answer."""
    print(text, flush=True)  # noqa: T201


def refused(reason: object) -> int:
    """Why nothing was done. Returns `FAILED`."""
    print(reason, file=sys.stderr, flush=True)  # noqa: T201
    return FAILED
