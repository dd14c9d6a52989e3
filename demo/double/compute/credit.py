"""What buyers owe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.double.compute.registry import COMPUTED
from demo.double.sales.invoicing import owed

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


@COMPUTED.field("res.partner", "credit")
def _credit(env: Env, row: Row) -> float:
    """What a company owes: the open part of its invoices, and what the dataset says was open before."""
    return float(row.get("credit") or 0.0) + owed(env, row["id"])
