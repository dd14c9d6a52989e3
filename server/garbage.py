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


def settle() -> None:
    """Take what there is for lasting. For a process that has started, once: what is in cycles by now is never freed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
