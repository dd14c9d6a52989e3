"""Where the time of a build goes: seconds within functions, told apart by what they are for."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from adapters.odoo import RpcAdapter
from search.documents import DocumentMaker, StockPlaces
from search.engine import Engine
from search.prices import ShopPrices

#: computing: CPU seconds of this process
_COMPUTING: Final[tuple[tuple[type, str, str], ...]] = (
    (ShopPrices, "of", "prices"),
    (DocumentMaker, "document", "documents"),
    (StockPlaces, "parts", "stock"),
)
#: waiting: seconds in which an answer was awaited, whatever was done meanwhile; several at once count each
_WAITING: Final[tuple[tuple[type, str, str], ...]] = (
    (Engine, "_sent", "bulks"),
    (Engine, "documents", "documents read"),
    (Engine, "refresh", "refreshes"),
    *(
        (RpcAdapter, name, f"Odoo: {name}")
        for name in ("changes_since", "find_products", "template_values", "products", "product_rules", "stock")
    ),
)


class Stages:
    """While it is entered, functions of the index are timed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        for owner, name, stage in _COMPUTING:
            self._replace(owner, name, self._computing(getattr(owner, name), stage))
        for owner, name, stage in _WAITING:
            self._replace(owner, name, self._waiting(getattr(owner, name), stage))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._undo:
            self._undo.pop()()

    def described(self) -> str:
        """The stages that took a moment, in the order in which they are known."""
        order = [stage for _, _, stage in (*_COMPUTING, *_WAITING)]
        return ", ".join(f"{stage} {self.seconds[stage]:.1f}" for stage in order if self.seconds.get(stage, 0) >= 0.05)

    def _replace(self, owner: Any, name: str, timed: Any) -> None:
        inherited = name not in vars(owner)
        before = getattr(owner, name)
        setattr(owner, name, timed)
        self._undo.append(lambda: delattr(owner, name) if inherited else setattr(owner, name, before))

    def _computing(self, function: Any, stage: str) -> Any:
        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[stage] += time.thread_time() - began

        return timed

    def _waiting(self, function: Any, stage: str) -> Any:
        @functools.wraps(function)
        async def timed(*arguments: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                return await function(*arguments, **named)
            finally:
                self.seconds[stage] += time.monotonic() - began

        return timed
