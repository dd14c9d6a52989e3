"""Fiscal positions: which taxes take the place of a product's, and for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from adapters.reader import Row
from adapters.reads.base import Reads
from adapters.records.contacts import FiscalPosition, TaxMapping
from adapters.values import ids, many2one, text

Mappings = Mapping[int, tuple[TaxMapping, ...]]


class FiscalReads(Reads):
    """Fiscal positions, whole: they are few. Their taxes stand in a table of their own (up to 18.0)."""

    async def fiscal_positions(self) -> list[FiscalPosition]:
        positions, groups, mapped = await self.gather(
            self.reader.read("fiscal_position", []),
            self.reader.read("country_group", []),
            self.reader.read("replaced_tax", self.replaced_taxes_domain()),
        )
        by_id = {row["id"]: row for row in groups}
        mappings = self.tax_mappings(mapped)
        return [self._position(row, by_id, mappings) for row in positions]

    def replaced_taxes_domain(self) -> list[object]:
        """Which rows of the source ``replaced_tax`` tell of a fiscal position."""
        return []

    def tax_mappings(self, rows: list[Row]) -> Mappings:
        """What those rows say, by fiscal position."""
        found: dict[int, list[TaxMapping]] = defaultdict(list)
        for row in rows:
            position_id, tax_id = many2one(row["position"]), many2one(row["tax"])
            if position_id is not None and tax_id is not None:
                found[position_id].append(TaxMapping(tax_id=tax_id, to=many2one(row["to"])))
        return {position_id: tuple(mappings) for position_id, mappings in found.items()}

    def removes_all(self, row: Row) -> bool:
        """Does the position leave no tax?"""
        del row
        return False

    def _position(self, row: Row, groups: Mapping[int, Row], mappings: Mappings) -> FiscalPosition:
        group = groups.get(many2one(row["country_group"]) or 0, {})
        return FiscalPosition(
            id=row["id"],
            name=text(row["name"]) or "",
            sequence=row["sequence"] or 0,
            company_id=many2one(row["company"]),
            auto_apply=bool(row["auto_apply"]),
            vat_required=bool(row["vat_required"]),
            country_id=many2one(row["country"]),
            country_ids=tuple(sorted(ids(group.get("countries")))),
            excluded_state_ids=tuple(sorted(ids(group.get("excluded_states")))),
            state_ids=tuple(sorted(ids(row["states"]))),
            zip_from=_zip(row["zip_from"]),
            zip_to=_zip(row["zip_to"]),
            taxes=mappings.get(row["id"], ()),
            removes_all=self.removes_all(row),
        )


def _zip(value: Any) -> str | None:
    """A number up to 12.0, of which 0 is none; a text from 13.0 on."""
    return text(value) if isinstance(value, str) else str(value) if value else None
