"""Everything is killed while customers fill their carts; nothing acknowledged is lost, and nothing is ordered twice.

The same for longer, with all figures: ``python -m bench.cart_drill``.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bench.cart_drill import Figures, drill

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_odoo_is_away_while_customers_go_on(version: str) -> None:
    figures = await drill(version, 1, seconds=6.0, customers=20)
    show(figures)
    assert figures.wrong == []
    assert figures.acknowledged == figures.sent >= 60
    assert figures.draft_orders == figures.carts == 20
    assert figures.done["answers of Odoo lost"] > 0


async def test_whatever_is_killed_what_was_acknowledged_is_in_odoo_once() -> None:
    figures = await drill("14.0", 2, seconds=15.0, customers=20)
    show(figures)
    assert figures.wrong == []
    assert figures.acknowledged == figures.sent > 40
    assert figures.draft_orders == figures.carts == 20
    assert sum(figures.done.values()) >= 5


def show(figures: Figures) -> None:
    print("\n", asdict(figures), flush=True)  # noqa: T201  # figures to read
