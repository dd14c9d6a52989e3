"""What each template will be, decided before any is made: so that templates can refer to one another's variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from demo.wholesale.draws import mixed, stream
from demo.wholesale.families import FAMILIES, WEIGHTS

#: (values on the first axis, values on the second) and how many templates in 1,000 have them.
_SHAPES: Final = (((1, 1), 740), ((2, 1), 100), ((3, 1), 70), ((2, 2), 40), ((3, 2), 30), ((4, 3), 20))


@dataclass(frozen=True, slots=True)
class Plan:
    """``shape``: numbers of values on the family's two axes; their product is the number of variants."""

    template_id: int
    family: int
    shape: tuple[int, int]
    active: bool
    published: bool
    sellable: bool

    @property
    def variants(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def shown(self) -> bool:
        """Whether the web shop may recommend it."""
        return self.active and self.published and self.sellable


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans by template id, with the variant ids they will take (ascending, without gaps)."""

    seed: int
    plans: tuple[Plan, ...]
    first_variants: tuple[int, ...]

    def first_variant(self, template_id: int) -> int:
        return self.first_variants[template_id - 1]

    def recommended(self, template_id: int, number: int, salt: int) -> tuple[int, ...]:
        """Up to ``number`` other templates that are shown, ascending."""
        found: set[int] = set()
        for attempt in range(4 * number):
            other = mixed(self.seed, template_id, salt, attempt) % len(self.plans) + 1
            if other != template_id and self.plans[other - 1].shown and len(found) < number:
                found.add(other)
        return tuple(sorted(found))


def plans(seed: int, count: int) -> Plans:
    """Plans of the templates 1 to ``count``."""
    made = tuple(_plan(seed, number) for number in range(1, count + 1))
    starts = accumulate((plan.variants for plan in made[:-1]), initial=1)
    return Plans(seed, made, tuple(starts))


def _plan(seed: int, template_id: int) -> Plan:
    draw = stream(seed, "plan", template_id)
    shape: Sequence[tuple[int, int]] = draw.choices(
        [shape for shape, _ in _SHAPES], weights=[weight for _, weight in _SHAPES]
    )
    active = draw.random() >= 0.015
    return Plan(
        template_id=template_id,
        family=draw.choices(range(len(FAMILIES)), weights=WEIGHTS)[0],
        shape=shape[0],
        active=active,
        published=active and draw.random() >= 0.05,
        sellable=draw.random() >= 0.01,
    )
