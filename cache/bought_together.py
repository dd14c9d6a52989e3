"""What is bought together, counted from what orders hold. Values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.records import Basket

#: products told of one product
MOST: Final = 8
#: Buyers who have bought both: what one customer alone has bought together is told to nobody.
LEAST_BUYERS: Final = 2
#: an order of more products tells little of each, and would cost the square of them to count
LARGEST_BASKET: Final = 60


def bought_together(baskets: Sequence[Basket], *, most: int = MOST) -> dict[int, tuple[int, ...]]:
    """Of each product those that were most often in the same order, the most frequent first, then by id.

    What is bought together with nothing is left out.
    """
    counted = [basket for basket in baskets if 2 <= len(basket.template_ids) <= LARGEST_BASKET]
    holding: dict[int, list[Basket]] = defaultdict(list)
    for basket in counted:
        for template_id in basket.template_ids:
            holding[template_id].append(basket)
    found = {one: _likeliest(one, with_it, most) for one, with_it in holding.items()}
    return {one: others for one, others in sorted(found.items()) if others}


def _likeliest(template_id: int, baskets: Sequence[Basket], most: int) -> tuple[int, ...]:
    """One product at a time: so no more is in memory than goes with that one."""
    orders: dict[int, int] = defaultdict(int)
    buyers: dict[int, set[int]] = defaultdict(set)
    for basket in baskets:
        for other in basket.template_ids:
            orders[other] += 1
            if len(buyers[other]) < LEAST_BUYERS:
                buyers[other].add(basket.buyer_id)
    del orders[template_id]
    return _first(orders, buyers, most)


def _first(orders: Mapping[int, int], buyers: Mapping[int, set[int]], most: int) -> tuple[int, ...]:
    told = (one for one in orders if len(buyers[one]) >= LEAST_BUYERS)
    return tuple(sorted(told, key=lambda one: (-orders[one], one))[:most])
