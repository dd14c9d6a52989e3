"""What of the index a change concerns."""

from __future__ import annotations

import typing

import pytest

from adapters.records import Change
from adapters.records.changes import Subject
from cache.tags import EVERYTHING, tags_of
from search.changes import Plan, plan_of, plan_of_tags


@pytest.mark.parametrize("subject", typing.get_args(Subject))
@pytest.mark.parametrize("ids", [(), (3, 5)])
def test_tags_tell_no_less_than_the_change_itself(subject: Subject, ids: tuple[int, ...]) -> None:
    """Whoever follows the tags of caches writes at least what whoever follows the changes does."""
    change = Change(subject=subject, ids=ids)
    by_change, by_tags = plan_of([change]), plan_of_tags(tags_of(change))
    for one, other in (
        (by_change.products, by_tags.products),
        (by_change.prices, by_tags.prices),
        (by_change.stock, by_tags.stock),
    ):
        assert other.all or (other.ids >= one.ids and not one.all)
    assert by_tags.labels >= by_change.labels
    assert by_tags.shop >= by_change.shop


def test_everything_means_everything() -> None:
    plan = plan_of_tags(EVERYTHING)
    assert (plan.products.all, plan.prices.all, plan.stock.all, plan.labels) == (True, True, True, True)
    assert plan.shop


@pytest.mark.parametrize("tags", [[], ["customer:1"], ["countries", "checkout", "product:", "product:0", "products:1"]])
def test_what_concerns_no_product_is_passed_over(tags: list[str]) -> None:
    assert not plan_of_tags(tags)
    assert plan_of_tags(tags) == Plan()
