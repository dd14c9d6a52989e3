"""Lists of all carts, page by page: places in them, and one list made of the lists of partitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cart.store import Listed

#: so many carts of a partition are looked at for one page, at most
LOOKED_AT: Final = 200
_PLACE: Final = re.compile(r"([0-9]{1,15})\.([0-9a-f-]{36})", re.ASCII)


class Place(NamedTuple):
    """Where a cart stands in a list: a moment (ms) and its id; lists are in their order, or in the other one."""

    moment: int
    cart_id: str

    def __str__(self) -> str:
        return f"{self.moment}.{self.cart_id}"


@dataclass(frozen=True, slots=True)
class List:
    """A list of carts. ``sets``: the sorted sets that it is made of. ``synced``: of those that Odoo knows alone."""

    sets: tuple[str, ...]
    newest_first: bool = False
    synced: bool = False


LISTS: Final[Mapping[Listed, List]] = {
    "kept": List(("kept:customer", "kept:guest"), newest_first=True),
    "synced": List(("kept:customer", "kept:guest"), newest_first=True, synced=True),
    "due": List(("due",)),
    "dead": List(("dead",)),
}


class Part(NamedTuple):
    """What a partition told of a list: those that belong to it, in order; how far was looked, None: to the end."""

    found: Sequence[Place]
    reached: Place | None


def place_of(text: str | None) -> Place | None:
    """What `Place` was written as. Raises ValueError for what is none."""
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError("not a place in a list of carts")
    return Place(int(found[1]), found[2])


def page_of(parts: Iterable[Part], limit: int, *, newest_first: bool) -> tuple[list[Place], Place | None]:
    """The first of all, in order, and the last of what was looked at in every partition; None: that is the end."""
    told = list(parts)
    ends = [part.reached for part in told if part.reached is not None]
    # beyond the nearest of them, a partition may have some that it did not tell
    bound = (max(ends) if newest_first else min(ends)) if ends else None
    ordered = sorted((place for part in told for place in part.found), reverse=newest_first)
    if bound is not None:
        ordered = [place for place in ordered if (place >= bound if newest_first else place <= bound)]
    if len(ordered) > limit:
        return ordered[:limit], ordered[limit - 1]
    return ordered, bound
