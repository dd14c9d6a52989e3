"""Names in the other languages of the shop: somebody who types a French word in a Dutch shop finds the product too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

#: the field of a document; it tells of the name, and is shown to those who see that
OTHER_NAMES: Final = "other_names"


class Named(Protocol):
    """A product in one language."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


def other_names(products: Mapping[str, Sequence[Named]]) -> dict[str, dict[int, list[str]]]:
    """Of products by language: by language and product the names that it has elsewhere, each once, but for its own."""
    by_product: dict[int, dict[str, str]] = {}
    for lang, read in products.items():
        for product in read:
            by_product.setdefault(product.id, {})[lang] = product.name
    return {
        lang: {product.id: _others(by_product[product.id].values(), product.name) for product in read}
        for lang, read in products.items()
    }


def _others(names: Iterable[str], own: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != own]
