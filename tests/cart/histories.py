"""Random histories of carts, and the simplest model of what is promised of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from cart.model import Transaction
from cart.prepared import canonical

Key = tuple[int, str]
Shown = list[tuple[int, int, str, str, str | None]]

OPTIONS: tuple[dict[str, str], ...] = ({}, {"colour": "red"}, {"colour": "red", "text": "für " + "x" * 60})


@dataclass
class Model:
    """What is promised: each transaction once, as it arrives first; a line shows its sum if that is more than zero."""

    sums: dict[Key, Decimal] = field(default_factory=dict)
    notes: dict[Key, str] = field(default_factory=dict)
    numbers: dict[Key, int] = field(default_factory=dict)
    last: int = 0
    applied: set[str] = field(default_factory=set)

    def send(self, batch: Sequence[Transaction]) -> list[str]:
        return [self._one(one) for one in batch]

    def _one(self, one: Transaction) -> str:
        if one.id in self.applied:
            return "DUPLICATE"
        if one.variant_id is not None:
            key = (one.variant_id, canonical(one.options))
        else:
            found = [key for key, number in self.numbers.items() if number == one.number]
            if not found:
                return "LINE_NOT_FOUND"
            key = found[0]
        self.applied.add(one.id)
        if one.quantity is not None:
            self.sums[key] = max(one.quantity, Decimal(0))
        else:
            assert one.delta is not None
            self.sums[key] = self.sums.get(key, Decimal(0)) + one.delta
        if self.sums[key] <= 0:
            self.numbers.pop(key, None)
            self.notes.pop(key, None)
            return "APPLIED"
        if key not in self.numbers:
            self.last += 1
            self.numbers[key] = self.last
        if one.note is not None:
            self.notes[key] = one.note
        return "APPLIED"

    def shown(self) -> Shown:
        return sorted(
            (number, key[0], format(self.sums[key].normalize(), "f"), key[1], self.notes.get(key) or None)
            for key, number in self.numbers.items()
        )


@dataclass(frozen=True)
class History:
    """``sent``: what each client means to send, in order. ``arrivals``: what arrives, in order, each at least once."""

    sent: tuple[tuple[Transaction, ...], ...]
    arrivals: tuple[tuple[Transaction, ...], ...]


def history(seed: int, *, only_deltas: bool = False) -> History:
    """Some clients (windows, devices) send batches; they arrive whole, in part, again, and in any order."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    sent = []
    arrivals: list[tuple[Transaction, ...]] = []
    for _ in range(chance.randint(1, 3)):
        mine = tuple(_transactions(chance, chance.randint(1, 8), only_deltas=only_deltas))
        sent.append(mine)
        at = 0
        while at < len(mine):
            size = chance.randint(1, 4)
            batch = mine[at : at + size]
            at += size
            arrivals.append(batch)
            for _ in range(chance.choice((0, 0, 1, 2))):
                again = list(batch[: chance.randint(1, len(batch))])
                if chance.random() < 0.3:
                    chance.shuffle(again)
                if chance.random() < 0.3:
                    again += mine[: chance.randint(0, at)]
                arrivals.append(tuple(again))
    if chance.random() < 0.7:
        chance.shuffle(arrivals)
    return History(tuple(sent), tuple(arrivals))


def _transactions(chance: random.Random, many: int, *, only_deltas: bool) -> Iterator[Transaction]:
    for _ in range(many):
        name = str(UUID(int=chance.getrandbits(128), version=4))
        amount = Decimal(chance.choice((1, 1, 1, 2, 3, 5, -1, -1, -2, -4))) / chance.choice((1, 1, 1, 4, 1_000_000))
        by_number = not only_deltas and chance.random() < 0.2
        sets = not only_deltas and chance.random() < 0.2
        yield Transaction(
            id=name,
            variant_id=None if by_number else chance.randint(1, 3),
            number=chance.randint(1, 4) if by_number else None,
            options={} if by_number else chance.choice(OPTIONS),
            delta=None if sets else amount,
            quantity=amount if sets else None,
            note=chance.choice(("", "a", "bitte läuten")) if not only_deltas and chance.random() < 0.2 else None,
        )


def sums(transactions: Sequence[Transaction]) -> dict[Key, Decimal]:
    """What is left of each line when all these deltas have arrived, in whatever order."""
    left: dict[Key, Decimal] = {}
    for one in transactions:
        assert one.variant_id is not None
        assert one.delta is not None
        key = (one.variant_id, canonical(one.options))
        left[key] = left.get(key, Decimal(0)) + one.delta
    return {key: total for key, total in left.items() if total > 0}
