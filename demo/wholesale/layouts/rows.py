"""How rows are written: without empty values, and with a key for every translation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo.dataset import Row
from demo.wholesale.draws import stamps
from demo.wholesale.world import Text

#: The one field where an empty text says something: 10.0 has it for templates of several variants.
_MAY_BE_EMPTY = "default_code"


def row(salt: int, record_id: int, *parts: Row, **values: Any) -> Row:
    """A row with its dates: the parts and the values, without those that are empty (an absent key says the same)."""
    created, written = stamps(salt, record_id)
    made: Row = {"id": record_id, "create_date": created, "write_date": written}
    for part in (*parts, values):
        made.update((key, value) for key, value in part.items() if value or (value == "" and key == _MAY_BE_EMPTY))
    return made


def text(field_name: str, content: Text) -> Row:
    """A translated field: the English value, and a key for each language it is translated into."""
    return {field_name: content.en, f"{field_name}@fr_FR": content.fr, f"{field_name}@nl_NL": content.nl}


def path(ids: Iterable[int]) -> str:
    """Odoo's ``parent_path``: "1/7/8/"."""
    return "".join(f"{number}/" for number in ids)


def nested_set(names: dict[int, tuple[str, ...]]) -> dict[int, tuple[int, int]]:
    """Odoo 10's ``parent_left`` and ``parent_right`` by id, from each node's names from its root down.

    Brothers stand in the order of their names.
    """
    bounds: dict[int, tuple[int, int]] = {}
    open_nodes: list[tuple[int, int, int]] = []  # (id, depth, left)
    counter = 0
    for record_id, trail in sorted(names.items(), key=lambda entry: entry[1]):
        while open_nodes and open_nodes[-1][1] >= len(trail):
            closed, _, left = open_nodes.pop()
            bounds[closed] = (left, counter)
            counter += 1
        open_nodes.append((record_id, len(trail), counter))
        counter += 1
    while open_nodes:
        closed, _, left = open_nodes.pop()
        bounds[closed] = (left, counter)
        counter += 1
    return bounds
