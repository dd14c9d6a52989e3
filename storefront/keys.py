"""The keys that the storefront reads in its own Redis: what stands at a path, and what is in stock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from adapters.storefront_names import PAGE_OF
from cache.redis_link import RedisLink
from storefront.places import Kind

_SECONDS: Final = 5.0
_AT_ONCE: Final = 500
#: the storefront asks for the first website, whichever it is
_WEBSITE: Final = "1"
#: what JavaScript's encodeURIComponent leaves as it is
_UNRESERVED: Final = "!'()*-._~"


def slug_key(path: str) -> str:
    """``slug:%2Fproduct%2Fname-1``."""
    return f"slug:{quote(path, safe=_UNRESERVED)}"


def stock_key(variant_id: int) -> str:
    """``stock:product-7``."""
    return f"stock:product-{variant_id}"


class StorefrontKeys:
    """Writes them. Raises `cache.redis_link.AwayError` while that Redis is away."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def set_pages(self, pages: Mapping[str, Kind]) -> None:
        """There are pages at these paths."""
        await self._set({slug_key(path): PAGE_OF[kind] for path, kind in pages.items()})

    async def drop_pages(self, paths: Iterable[str]) -> None:
        """There is nothing at these paths."""
        names = [slug_key(path) for path in paths]
        for start in range(0, len(names), _AT_ONCE):
            await self._link.command(_SECONDS, "DEL", *names[start : start + _AT_ONCE])

    async def set_stock(self, free: Mapping[int, Decimal]) -> None:
        """What is free of variants, by id: whole units, as the storefront compares them."""
        await self._set({stock_key(one): json.dumps({_WEBSITE: _number(free[one])}) for one in free})

    async def _set(self, values: Mapping[str, str]) -> None:
        items: Sequence[tuple[str, str]] = list(values.items())
        for start in range(0, len(items), _AT_ONCE):
            part = items[start : start + _AT_ONCE]
            await self._link.command(_SECONDS, "MSET", *(one for pair in part for one in pair))


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
