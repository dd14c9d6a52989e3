"""The stored content of one Odoo database, as the double keeps it.

A row is a plain dict of *stored* values, in Odoo's own field names:

* many2one: the id (int), or absent;
* one2many and many2many: a list of ids (one2many may be left out: the double derives it);
* translated text: the en_US value under the field's name, every other language under ``"<field>@<lang>"``;
* dates and datetimes: Odoo's strings (``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM:SS`` in UTC, microseconds allowed);
* a key that is absent means Odoo's empty value of that type.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]


class Table(Protocol):
    """The rows of one model, by id. A table may compute its rows: ``get`` need not return the same object twice."""

    def __len__(self) -> int: ...

    def ids(self) -> Iterable[int]:
        """All ids, ascending."""
        ...

    def get(self, record_id: int) -> Row | None:
        """The row, or None. The caller does not change it: changes go through ``put``."""
        ...

    def put(self, row: Row) -> None:
        """Insert or replace the row with ``row["id"]``."""
        ...

    def delete(self, record_id: int) -> None: ...

    def next_id(self) -> int:
        """An id never used before in this table."""
        ...

    def find(self, field_name: str, values: Iterable[Any]) -> Iterator[int]:
        """Ids of the rows whose field equals one of the values (x2many: contains one), each once."""
        ...


class MemoryTable:
    """A table of dicts. Lookups by a field build an index of that field at first use."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[int, Row] = {row["id"]: row for row in sorted(rows, key=lambda row: row["id"])}
        self._last_id = max(self._rows, default=0)
        self._indexes: dict[str, dict[Any, dict[int, None]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def ids(self) -> Iterable[int]:
        return list(self._rows)

    def get(self, record_id: int) -> Row | None:
        return self._rows.get(record_id)

    def put(self, row: Row) -> None:
        record_id = row["id"]
        old = self._rows.get(record_id)
        for name, index in self._indexes.items():
            for key in _keys(old, name) if old is not None else ():
                index[key].pop(record_id, None)
            for key in _keys(row, name):
                index[key][record_id] = None
        self._rows[record_id] = row
        self._last_id = max(self._last_id, record_id)

    def delete(self, record_id: int) -> None:
        old = self._rows.pop(record_id, None)
        if old is not None:
            for name, index in self._indexes.items():
                for key in _keys(old, name):
                    index[key].pop(record_id, None)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def find(self, field_name: str, values: Iterable[Any]) -> Iterator[int]:
        index = self._indexes.get(field_name)
        if index is None:
            index = defaultdict(dict)
            for record_id, row in self._rows.items():
                for key in _keys(row, field_name):
                    index[key][record_id] = None
            self._indexes[field_name] = index
        seen: set[int] = set()
        for value in values:
            for record_id in list(index.get(value, ())):
                if record_id not in seen:
                    seen.add(record_id)
                    yield record_id


def _keys(row: Row, field_name: str) -> Iterable[Any]:
    value = row.get(field_name, False)
    if isinstance(value, list):
        return value
    return (value,)


@dataclass(slots=True)
class Dataset:
    """One database: the version whose names its rows use, and its tables by model name."""

    version: str
    tables: dict[str, Table] = field(default_factory=dict)
    #: login -> password; a JSON-2 API key counts as a password of its owner too.
    passwords: dict[str, str] = field(default_factory=lambda: {"admin": "admin"})
    api_keys: dict[str, str] = field(default_factory=dict)  # key -> login
    database: str = "shop"
