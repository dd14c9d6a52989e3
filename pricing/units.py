"""Units of measure: quantities and unit prices between the units of one category."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.errors import UnknownUomError
from pricing.rounding import round_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.records.pricing import Uom

_ONE = Decimal(1)


class UnitConverter:
    """Converts between known units. Units of different categories do not convert: Odoo then takes the number
    as if it were in the product's own unit, and so does this."""

    def __init__(self, uoms: Mapping[int, Uom]) -> None:
        self._uoms = uoms

    def price_factor(self, source_id: int, target_id: int) -> Decimal:
        """What a price per ``source`` is multiplied by to be a price per ``target`` (``_compute_price``)."""
        if source_id == target_id:
            return _ONE
        source, target = self._get(source_id), self._get(target_id)
        if source.category_id != target.category_id:
            return _ONE
        return target.size / source.size

    def quantity(self, quantity: Decimal, source_id: int, target_id: int) -> Decimal:
        """``quantity`` of ``source`` in ``target``, rounded up to its rounding (``_compute_quantity``)."""
        if source_id == target_id or not quantity:
            return quantity
        source, target = self._get(source_id), self._get(target_id)
        if source.category_id != target.category_id:
            return quantity
        return round_up(quantity * source.size / target.size, target.rounding)

    def _get(self, uom_id: int) -> Uom:
        try:
            return self._uoms[uom_id]
        except KeyError:
            raise UnknownUomError(uom_id) from None
