"""Whose variants they are, as products that were read tell it: for as long as Odoo cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from adapters.records import Product

#: variants that are remembered
_MOST: Final = 200_000


class VariantOwners:
    """Product (template) ids by variant id. It may be out of date: whoever uses it looks whether the product has it."""

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}

    def note(self, products: Iterable[Product]) -> None:
        """These were read."""
        if len(self._owners) > _MOST:
            self._owners.clear()
        self._owners.update((variant.id, product.id) for product in products for variant in product.variants)

    def of(self, variant_ids: Sequence[int]) -> dict[int, int] | None:
        """Whose these are; None if one of them is not known."""
        found = {one: self._owners[one] for one in variant_ids if one in self._owners}
        return found if len(found) == len(set(variant_ids)) else None
