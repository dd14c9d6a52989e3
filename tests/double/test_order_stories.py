"""What real Odoos answered about orders, from the quotation to the invoice, the double answers too."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from tests.double.order_stories import PARTED, told
from tests.double.recordings import VERSIONS

#: At least so many calls of each story agree.
AGREED: Mapping[str, int] = {"10.0": 134, "14.0": 64, "19.0": 224}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_story_of_orders(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    story = told(version)
    with capsys.disabled():
        sys.stdout.write(f"\nOdoo {version}: {len(story.agreed)} calls about orders told again, all as recorded\n")
    parted = {index for own, index in PARTED if own == version}
    surprises = {index: text for index, text in story.differences.items() if index not in parted}
    assert not surprises, "\n".join(f"line {index}: {text}" for index, text in surprises.items())
    assert parted == set(story.differences), "calls that are told to part agree: name them no more"
    assert len(story.agreed) >= AGREED[version]
