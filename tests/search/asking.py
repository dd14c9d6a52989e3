"""Whoever asks the index in tests, with the rights that a test gives them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from identity.filters import EVERYTHING, Filter
from search.request import Asker


@dataclass(frozen=True)
class Seeing:
    """Sees these documents, all fields but the hidden ones (``Product.price``), and prices of these pricelists."""

    documents: Filter = EVERYTHING
    hidden: Collection[str] = ()
    pricelists: Collection[int] | None = None

    def field_visible(self, type_name: str, field: str) -> bool:
        return f"{type_name}.{field}" not in self.hidden

    def shows_prices(self, pricelist_id: int | None, own: int | None) -> bool:
        del own
        return self.pricelists is None or pricelist_id in self.pricelists


class Flat:
    """Categories of which none is below another."""

    def below(self, field: str, ids: Iterable[int]) -> frozenset[int]:
        del field
        return frozenset(ids)


def asker(viewer: Seeing | None = None, *, pricelist_id: int | None = 1) -> Asker:
    return Asker(viewer or Seeing(), Flat(), website_id=1, company_id=1, pricelist_id=pricelist_id)
