"""What is bought together, against a count made plainly."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from adapters.records import Basket
from cache.bought_together import LARGEST_BASKET, bought_together

baskets = st.lists(
    st.builds(Basket, buyer_id=st.integers(1, 3), template_ids=st.frozensets(st.integers(1, 7), max_size=5)),
    max_size=25,
)


def basket(buyer: int, *products: int) -> Basket:
    return Basket(buyer_id=buyer, template_ids=frozenset(products))


def test_the_most_frequent_come_first_then_by_id() -> None:
    sold = [basket(1, 10, 20, 30), basket(2, 10, 20, 30), basket(3, 10, 30), basket(1, 10, 40), basket(2, 10, 40)]
    assert bought_together(sold) == {
        10: (30, 20, 40),
        20: (10, 30),
        30: (10, 20),
        40: (10,),
    }


def test_what_one_customer_alone_buys_together_is_told_to_nobody() -> None:
    assert bought_together([basket(1, 10, 20)] * 50 + [basket(2, 10), basket(3, 20)]) == {}


def test_orders_of_everything_say_nothing() -> None:
    everything = range(1, LARGEST_BASKET + 2)
    assert bought_together([basket(1, *everything), basket(2, *everything)]) == {}


@given(baskets, st.integers(1, 4))
def test_as_counted_plainly(sold: list[Basket], most: int) -> None:
    orders: Counter[tuple[int, int]] = Counter()
    buyers: dict[tuple[int, int], set[int]] = {}
    for one in sold:
        for left, right in combinations(sorted(one.template_ids), 2):
            for pair in ((left, right), (right, left)):
                orders[pair] += 1
                buyers.setdefault(pair, set()).add(one.buyer_id)
    expected: dict[int, list[tuple[int, int]]] = {}
    for (product, other), count in orders.items():
        if len(buyers[product, other]) >= 2:
            expected.setdefault(product, []).append((-count, other))
    assert bought_together(sold, most=most) == {
        product: tuple(other for _, other in sorted(found)[:most]) for product, found in expected.items()
    }
