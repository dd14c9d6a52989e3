"""How a version sums up rows by groups. Data, set by `adapters.versions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.source import Domain


@dataclass(frozen=True, slots=True)
class Grouping:
    """A method of every model that groups rows, and what it is given and answers.

    ``sum_suffix``: what follows a field's name where it is summed up, in the question and in the answer.
    """

    method: str
    sum_suffix: str = ""

    def arguments(self, domain: Domain, by: Sequence[str], sums: Sequence[str]) -> dict[str, Any]:
        """``by``, ``sums``: Odoo's names of fields."""
        summed = [f"{name}{self.sum_suffix}" for name in sums]
        if self.method == "read_group":
            # without lazy=False it groups by the first field alone
            return {"domain": domain, "fields": [*by, *summed], "groupby": list(by), "lazy": False}
        return {"domain": domain, "groupby": list(by), "aggregates": summed}

    def row(self, group: Mapping[str, Any], by: Mapping[str, str], sums: Mapping[str, str]) -> dict[str, Any]:
        """A group in our names: ``by`` and ``sums`` are ours -> Odoo's."""
        return {
            **{ours: group.get(odoo, False) for ours, odoo in by.items()},
            **{ours: group.get(f"{odoo}{self.sum_suffix}") or 0 for ours, odoo in sums.items()},
        }


#: up to 18.0; 19.0 still answers it, as deprecated
READ_GROUP: Final = Grouping("read_group")
#: since 19.0
FORMATTED_READ_GROUP: Final = Grouping("formatted_read_group", ":sum")
