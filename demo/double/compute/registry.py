"""Where compute functions register: by model, field and version."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

    Compute = Callable[[Env, Row], Any]

ALL_VERSIONS = ("10.0", "14.0", "19.0")


class Computed:
    """Compute functions, looked up by (version, model, field)."""

    def __init__(self) -> None:
        self._functions: dict[tuple[str, str, str], Compute] = {}

    def field(self, models: str, names: str, versions: tuple[str, ...] = ALL_VERSIONS) -> Callable[[Compute], Compute]:
        """Register the decorated function for space-separated models and fields (``*``: every model)."""

        def register(function: Compute) -> Compute:
            for version in versions:
                for model in models.split():
                    for name in names.split():
                        self._functions[version, model, name] = function
            return function

        return register

    def find(self, version: str, model: str, name: str) -> Compute | None:
        return self._functions.get((version, model, name)) or self._functions.get((version, "*", name))


COMPUTED = Computed()
SINCE_14 = ("14.0", "19.0")
ONLY_10 = ("10.0",)
ONLY_14 = ("14.0",)
ONLY_19 = ("19.0",)
UP_TO_14 = ("10.0", "14.0")
