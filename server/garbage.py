"""Garbage of cycles: what was there from the start is not looked through again and again.

A full collection stops the process while it goes through everything that could be part of a cycle: with the modules and
the schema of this application for more than 0.1 s, every few seconds under load. None of that ever becomes garbage.
"""

from __future__ import annotations

import gc
from typing import Final

#: New objects, less those that are gone, after which the youngest are looked through, and after so many of such looks
#: the older ones. A request makes thousands, which go with it: looked through while it runs, they only count as old.
_THRESHOLDS: Final = (10_000, 20, 20)


def set_aside() -> None:
    """Take what there is for lasting: it is not looked through again, and what is in cycles is never freed."""
    gc.collect()
    gc.freeze()


def settle() -> None:
    """Set aside what there is, and look less often. For a process that has started, once."""
    set_aside()
    gc.set_threshold(*_THRESHOLDS)
