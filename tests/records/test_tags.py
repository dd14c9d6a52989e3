"""What a change invalidates, and how few tags say what an answer depends on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from adapters.records import Change
from adapters.records.changes import Subject
from cache.dependencies import Dependencies
from cache.tags import CONTENT, EVERYTHING, compacted, tags_of, tags_of_all

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subject", "ids", "tags"),
    [
        ("product", (4, 5), {"product:4", "product:5", "products"}),
        ("product", (), {"product:*", "products"}),
        ("price", (4,), {"price:4", "prices"}),
        ("price", (), {"price:*", "prices", "shop"}),
        ("stock", (4,), {"stock:4", "stock"}),
        ("stock", (), {"stock:*", "stock"}),
        ("category", (), {"categories", "products"}),
        ("attribute", (), {"attributes"}),
        ("pricelist", (), {"shop"}),
        ("shop_rules", (), {"shop"}),
        ("currency", (), {"shop"}),
        ("website", (), {"shop"}),
        ("country", (), {"countries"}),
        ("tag", (), {"labels"}),
        ("order", (4,), {"orders:4"}),
        ("order", (), {"orders:*"}),
    ],
)
def test_what_a_change_invalidates(subject: Subject, ids: tuple[int, ...], tags: set[str]) -> None:
    assert tags_of(Change(subject=subject, ids=ids)) == tags
    assert tags_of(Change(subject=subject, ids=ids, deleted=True)) == tags


def test_every_subject_is_covered_by_everything() -> None:
    for subject in get_args(Subject):
        assert tags_of(Change(subject=subject)) <= EVERYTHING
    assert tags_of_all(Change(subject=subject) for subject in get_args(Subject)) == EVERYTHING - {
        CONTENT
    }  # no change in Odoo
    assert tags_of_all([]) == frozenset()


@pytest.mark.parametrize("subject", ["product", "stock"])
@pytest.mark.parametrize("ids", [(), (7,), (1, 7)])
def test_fewer_tags_miss_no_change(subject: Subject, ids: tuple[int, ...]) -> None:
    every = frozenset({"products", "stock", "product:7", "product:*", "stock:7", "stock:*", "price:7", "shop"})
    few = compacted(every)
    assert few == {"products", "stock", "price:7", "shop"}
    told = tags_of(Change(subject=subject, ids=ids))
    assert not told.isdisjoint(every)
    assert not told.isdisjoint(few)


def test_single_ones_are_kept_where_nothing_covers_them() -> None:
    tags = frozenset({"product:7", "product:*", "stock:7", "price:7"})
    assert compacted(tags) == tags
    assert compacted(tags | {"stock"}) == {"product:7", "product:*", "stock", "price:7"}


def test_dependencies_end_with_the_first_that_ends() -> None:
    found = Dependencies()
    found.until(None)
    assert found.valid_until is None
    for hours in (3, 1, 2):
        found.until(NOON + timedelta(hours=hours))
    assert found.valid_until == NOON + timedelta(hours=1)
    assert found.keepable
    found.mark_unsure()
    assert not found.keepable
