"""How good a list of results is, by the grades of what was wanted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

#: results that people look at
DEPTH: Final = 10


@dataclass(frozen=True, slots=True)
class Measures:
    """All from 0 to 1. ``ndcg``: at 10, grades counting 2^grade - 1. ``success``: the first result is wanted.
    ``recall``: wanted ones among the first 10, of those that could be there. ``mrr``: one by the place of the first
    that is wanted. ``noise``: the share of unwanted ones among the first 10 (0 is best).
    """

    ndcg: float
    success: float
    recall: float
    mrr: float
    noise: float

    @classmethod
    def of(cls, results: Sequence[int], grades: Mapping[int, int]) -> Measures:
        """``results``: product ids, the best first. Where nothing is wanted, nothing has to be found."""
        first = results[:DEPTH]
        if not grades:
            right = 0.0 if first else 1.0
            return cls(right, right, right, right, 1.0 - right)
        places = [place for place, one in enumerate(first, start=1) if one in grades]
        return cls(
            ndcg=_gain(grades.get(one, 0) for one in first) / _gain(sorted(grades.values(), reverse=True)[:DEPTH]),
            success=float(bool(places) and places[0] == 1),
            recall=len(places) / min(DEPTH, len(grades)),
            mrr=1 / places[0] if places else 0.0,
            noise=1 - len(places) / len(first) if first else 0.0,
        )

    @classmethod
    def mean(cls, several: Iterable[Measures]) -> Measures:
        """Of at least one."""
        rows = [(one.ndcg, one.success, one.recall, one.mrr, one.noise) for one in several]
        return cls(*(fmean(column) for column in zip(*rows, strict=True)))


def _gain(grades: Iterable[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, start=1))
