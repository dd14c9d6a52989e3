"""Workers of tests look more often whether there is something to do."""

from __future__ import annotations

import pytest

from subscriptions.worker import SubscriptionWorker


@pytest.fixture(autouse=True)
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = SubscriptionWorker.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "look", 0.1)
    monkeypatch.setitem(defaults, "pause", 0.1)
