"""A boundary taken away is found by the matrix: none of them is guarded by another by chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from identity.policy import EffectivePolicy
from identity.visibility import SchemaFields
from resolvers import matching, visibility
from resolvers.images import Owner
from resolvers.plans import Plans
from server import execution
from server.pictures import _TOLD_BY
from tests.identity.matrix_shop import Persona, Shops, shops
from tests.identity.test_matrix import Matrix, run

pytestmark = pytest.mark.timeout(900)

Break = Callable[[pytest.MonkeyPatch], None]


async def _all_matches(_view: Any, _query: Any, matches: Any) -> Any:
    return matches


def _one_plan_for_all(patch: pytest.MonkeyPatch) -> None:
    """Plans found by the operation alone."""
    original = Plans.of

    def of(self: Plans, executor: Any, root: Any, fields: Any) -> Any:
        for (operation, _), kept in self._kept.items():
            if operation == id(executor.operation):
                return kept[2]
        return original(self, executor, root, fields)

    patch.setattr(Plans, "of", of)


BREAKS: dict[str, Break] = {
    "lists": lambda patch: patch.setattr(matching, "shown_of", _all_matches),
    "records": lambda patch: patch.setattr(EffectivePolicy, "sees", lambda *_: True),
    "fields": lambda patch: patch.setattr(visibility, "masked", lambda schema, _: schema),
    "uses": lambda patch: patch.setattr(execution, "refused_uses", lambda *_: []),
    "prices": lambda patch: patch.setattr(EffectivePolicy, "shows_prices", lambda *_: True),
    "reveals": lambda patch: patch.setattr(SchemaFields, "told_by", {}),
    "plans": _one_plan_for_all,
}


async def _leaks(world: Shops, personas: list[Persona]) -> list[str]:
    matrix = Matrix(world)
    try:
        await run(matrix, personas)
    except (AssertionError, KeyError, TypeError) as error:  # what was to be hidden breaks the comparing, too
        matrix.leaks.append(repr(error))
    return matrix.leaks


@pytest.mark.parametrize("broken", BREAKS)
async def test_a_broken_boundary_is_found(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    BREAKS[broken](monkeypatch)
    async with shops("14.0", tmp_path, products=10) as world:
        personas = [Persona(("unpriced",), 2), Persona(("unstocked",), 3)]
        if broken == "lists":
            personas = [Persona(("unstocked",), 3)]
        assert await _leaks(world, personas), f"{broken} may be taken away, and nobody sees it"


async def test_what_is_whole_has_no_leaks(tmp_path: Path) -> None:
    async with shops("14.0", tmp_path, products=10) as world:
        assert not await _leaks(world, [Persona(("unpriced",), 2), Persona(("unstocked",), 3)])


def test_every_kind_of_picture_has_its_field() -> None:
    assert _TOLD_BY.keys() == set(get_args(Owner))
