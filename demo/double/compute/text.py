"""Fields every model has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, UP_TO_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


@COMPUTED.field("*", "__last_update", UP_TO_14)
def _last_update(_env: Env, row: Row) -> Any:
    return row.get("write_date") or row.get("create_date") or False
