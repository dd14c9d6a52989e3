"""Which lines of a cart Odoo does not take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.errors import OdooNotFoundError, OdooRejectedError
from adapters.writes.cart_plan import Plan

#: calls to find them with; then what was not tried counts as good, and shows itself at the next push
MOST_CALLS = 64

Write = Callable[[Plan], Awaitable[None]]


@dataclass
class _Budget:
    calls: int = MOST_CALLS


async def rejected_numbers(plan: Plan, write: Write) -> tuple[int, ...]:
    """The numbers of the lines that are refused; all others are written. Empty when it is not about lines.

    ``write`` writes a part of the plan, or raises OdooRejectedError or OdooNotFoundError. Halves that are refused
    are halved again.
    """
    frame = replace(plan, changed={}, added=())
    if frame and not await _taken(frame, write):
        return ()
    parts = [Plan(changed={key: values}, numbers=plan.numbers) for key, values in plan.changed.items()]
    parts += [Plan(added=(line,)) for line in plan.added]
    budget = _Budget()
    if frame or len(parts) < 2:
        return tuple(sorted(await _refused(parts, write, budget)))
    half = len(parts) // 2  # all of them at once were refused just now
    numbers = [*await _refused(parts[:half], write, budget), *await _refused(parts[half:], write, budget)]
    return tuple(sorted(numbers))


async def _refused(parts: Sequence[Plan], write: Write, budget: _Budget) -> list[int]:
    if not parts or budget.calls <= 0:
        return []
    budget.calls -= 1
    if await _taken(_joined(parts), write):
        return []
    if len(parts) == 1:
        return _numbers(parts[0])
    half = len(parts) // 2
    return [*await _refused(parts[:half], write, budget), *await _refused(parts[half:], write, budget)]


async def _taken(plan: Plan, write: Write) -> bool:
    try:
        await write(plan)
    except (OdooRejectedError, OdooNotFoundError):
        return False
    return True


def _joined(parts: Sequence[Plan]) -> Plan:
    return Plan(
        changed={key: values for part in parts for key, values in part.changed.items()},
        added=tuple(line for part in parts for line in part.added),
    )


def _numbers(plan: Plan) -> list[int]:
    changed = [plan.numbers[key] for key in plan.changed if key in plan.numbers]
    return [*changed, *(line.number for line in plan.added)]
