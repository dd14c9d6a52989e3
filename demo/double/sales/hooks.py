"""Where the ORM meets the sales module: what is filled in, what follows from a change, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demo.double import errors

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


def _complete_order(env: Env, row: Row) -> None:
    from demo.double.sales.filling import complete_order

    complete_order(env, row)


def _complete_line(env: Env, row: Row) -> None:
    from demo.double.sales.lines import complete_line

    complete_line(env, row)


def _change_order(env: Env, row: Row, changed: set[str]) -> None:
    from demo.double.sales.filling import change_order

    change_order(env, row, changed)


def _change_line(env: Env, row: Row, changed: set[str]) -> None:
    from demo.double.sales.lines import change_line

    change_line(env, row, changed)


#: Fills in a new row, by model. What writes rows itself registers here.
COMPLETED: dict[str, Callable[[Env, Row], None]] = {
    "sale.order": _complete_order,
    "sale.order.line": _complete_line,
}
#: Gives up what a reward line was for, by version: the ids of the lines that go with it.
GIVEN_UP: dict[str, Callable[[Env, Row], Iterable[int]]] = {}
#: Works out what follows from a change of a row, by model.
CHANGED: Mapping[str, Callable[[Env, Row, set[str]], None]] = {
    "sale.order": _change_order,
    "sale.order.line": _change_line,
}
_PROTECTED = frozenset({"product_id", "name", "price_unit", "product_uom", "product_uom_id", "product_uom_qty"})
_TAXES = frozenset({"tax_id", "tax_ids"})


def touched(env: Env, model: str, row: Row) -> None:
    """A row was written or deleted: the amounts of its order are to be worked out anew."""
    from demo.double.sales.totals import touch

    if model == "sale.order":
        touch(env, row.get("id"))
    elif model == "sale.order.line":
        touch(env, row.get("order_id"))


def check_write(env: Env, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    """The lines of a locked order may not be changed (from 11 on)."""
    if model != "sale.order.line" or env.db.dataset.version == "10.0":
        return
    forbidden = [name for name in values if name in _PROTECTED | _TAXES]
    rows = (env.row(model, line_id) or {} for line_id in ids)
    if not forbidden or not any(is_locked(env, row.get("order_id")) for row in rows):
        return
    fields = env.db.model(model).fields
    labels = "\n".join(str(fields[name].attributes.get("string", name)) for name in forbidden if name in fields)
    raise errors.user_error(f"It is forbidden to modify the following fields in a locked order:\n{labels}")


def going_too(env: Env, model: str, ids: Sequence[int]) -> list[int]:
    """What is deleted with a reward line: the other lines of that reward; its code can be given again."""
    if model != "sale.order.line":
        return []
    given_up = GIVEN_UP.get(env.db.dataset.version)
    if given_up is None:
        return []
    rows = [row for row in (env.row(model, line_id) for line_id in ids) if row is not None]
    return [key for row in rows if row.get("is_reward_line") or row.get("reward_id") for key in given_up(env, row)]


def is_locked(env: Env, order_id: Any) -> bool:
    order = env.row("sale.order", order_id) or {}
    return bool(order.get("locked")) or order.get("state") == "done"
