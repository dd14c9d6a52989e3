"""Amounts in other currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.double.env import Env


def converted(env: Env, amount: float, source: Any, target: Any) -> float:
    """An amount in another currency, at the rate of the environment's date."""
    if not source or not target or source == target:
        return amount
    rates = env.values("res.currency", [source, target], "rate")
    return amount * float(rates[1]) / float(rates[0]) if len(rates) == 2 else amount
