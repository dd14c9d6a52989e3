"""Answers about accounts take no longer here than they have to, but where a test says so."""

from __future__ import annotations

import pytest

from resolvers import accounts_tries


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)
