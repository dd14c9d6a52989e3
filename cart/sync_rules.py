"""How carts are brought to Odoo: how many at once, how often again, and when no more."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyncRules:
    """Times are seconds.

    ``pushes``: carts on their way to Odoo at once, of this worker: about as many as Odoo has workers to spare.
    ``batch``: carts asked for at once. ``idle``: between two looks at what is due, when nothing was.
    ``lease``: for which a cart is this worker's unless prolonged. ``grace``: what runs may take when the worker ends.
    ``tries``: of a cart that Odoo refuses, until it counts as dead; ``first_retry`` after the first of them, twice as
    long after each further one, at most ``longest_retry``. ``away_first``, ``away_longest``: the same between two looks
    whether an Odoo that was away is back. ``ping``: what such a look may take.
    ``drafts``: of carts that have ended, dropped at most in every ``sweep`` of a worker; 0: they stay in Odoo. One that
    could not be dropped is tried again after ``sweep_again``.
    """

    pushes: int = 4
    batch: int = 64
    idle: float = 0.5
    lease: float = 15.0
    grace: float = 20.0
    tries: int = 8
    first_retry: float = 2.0
    longest_retry: float = 300.0
    away_first: float = 1.0
    away_longest: float = 15.0
    ping: float = 5.0
    drafts: int = 20
    sweep: float = 60.0
    sweep_again: float = 3600.0

    def retry_in(self, tries: int) -> float:
        """Seconds until a cart is tried again that has failed so often: at least half of what stands above."""
        return _grown(self.first_retry, tries, self.longest_retry) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter

    def away_in(self, looks: int) -> float:
        """Seconds until the next look, after so many in vain: with full jitter, so that workers do not come at once."""
        return _grown(self.away_first, looks, self.away_longest) * random.uniform(0.05, 1.0)  # noqa: S311  # jitter


def _grown(first: float, times: int, longest: float) -> float:
    return min(longest, first * 2.0 ** min(max(times - 1, 0), 30))
