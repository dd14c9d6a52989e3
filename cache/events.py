"""What a store tells about itself, for the metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

StoreEvent = Literal["local_hit", "redis_hit", "miss", "put", "refused_put", "invalidation", "redis_error"]
OnEvent = Callable[[StoreEvent], None]


def ignore(event: StoreEvent) -> None:
    """Tell nobody."""
