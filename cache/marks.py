"""When each tag was last invalidated, as far as it is remembered."""

from __future__ import annotations

from collections.abc import Iterable


class Marks:
    """The last invalidation number of each of the ``limit`` tags invalidated last.

    What was forgotten counts against the one who asks: about numbers below ``floor`` nothing is known any more.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._numbers: dict[str, int] = {}  # the longest unchanged first
        self.floor = 0
        self.highest = 0

    def note(self, tags: Iterable[str], number: int) -> None:
        """The tags were invalidated under ``number``. Notes may come in any order, and more than once."""
        self.highest = max(self.highest, number)
        numbers = self._numbers
        for tag in tags:
            if numbers.get(tag, -1) < number:
                numbers.pop(tag, None)
                numbers[tag] = number
        while len(numbers) > self._limit:
            self.floor = max(self.floor, numbers.pop(next(iter(numbers))))

    def forget(self, floor: int) -> None:
        """Begin anew: invalidations up to ``floor`` may have been missed."""
        self._numbers.clear()
        self.floor = self.highest = floor

    def after(self, tags: Iterable[str], number: int) -> bool:
        """Was one of the tags invalidated after ``number``? True as well when that is no longer known."""
        if number < self.floor:
            return True
        if number >= self.highest:
            return False
        last = self._numbers.get
        return any(last(tag, 0) > number for tag in tags)
