"""What was computed from records, kept for as long as these are the very same ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple, TypeVar

T = TypeVar("T")

#: How many products or values all outcomes together may refer to.
LIMIT: Final = 2_000_000


class _Outcome(NamedTuple):
    inputs: tuple[object, ...]
    value: Any
    weight: int


class Outcomes:
    """Outcomes by key, the least recently used go first. Its inputs are compared by identity."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._weight = 0
        self._kept: OrderedDict[Hashable, _Outcome] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, key: Hashable, inputs: tuple[object, ...], compute: Callable[[], T], weight: Callable[[T], int]) -> T:
        """The outcome kept for these very inputs, else what ``compute`` makes of them."""
        kept = self._kept.get(key)
        if kept is not None:
            for old, new in zip(kept.inputs, inputs, strict=True):
                if old is not new:
                    break
            else:
                self._kept.move_to_end(key)
                found: T = kept.value
                return found
        value = compute()
        self.keep(key, inputs, value, weight(value))
        return value

    def known(self, key: Hashable, inputs: tuple[object, ...]) -> Any | None:
        """The outcome kept for these very inputs, if there is one."""
        kept = self._kept.get(key)
        if kept is None or any(old is not new for old, new in zip(kept.inputs, inputs, strict=True)):
            return None
        self._kept.move_to_end(key)
        return kept.value

    def keep(self, key: Hashable, inputs: tuple[object, ...], value: object, weight: int) -> None:
        """Keep what was made of these inputs, in place of what was kept for others."""
        self._drop(key)
        outcome = _Outcome(inputs, value, weight + 1)
        if outcome.weight <= self._limit:
            self._kept[key] = outcome
            self._weight += outcome.weight
        while self._weight > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._weight -= kept.weight
