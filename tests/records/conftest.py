from __future__ import annotations

import pytest

from cache.record_cache import RecordCache
from cache.solo import SoloStore
from tests.records.shelf import Now, Shelf, adapter


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def store(now: Now) -> SoloStore:
    return SoloStore(clock=now)


@pytest.fixture
def cache(store: SoloStore, now: Now) -> RecordCache:
    return RecordCache(store, adapter, clock=now, patience=0.05)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
