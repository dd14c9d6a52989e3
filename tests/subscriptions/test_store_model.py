"""Any steps, by anybody, dying anywhere: what is kept is what a simple model says, and nothing is told twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.model import Event, Item, Owner, Target
from subscriptions.store import Subscriptions
from tests.subscriptions.kept import category, subscriptions, variant
from tests.support.valkey import Valkey

OWNERS = [Owner(1, 1), Owner(2, 1), Owner(1, 2)]
TARGETS = [category(1), category(2), variant(1)]
MOST = 2
REFS = ["a", "b", "c"]

Step = tuple[str, ...]


@dataclass
class Model:
    """``turns``: of what is followed. ``news``, ``batches``: what is to be told. ``told``: what was, in order."""

    turns: dict[Owner, dict[Target, int]] = field(default_factory=lambda: {one: {} for one in OWNERS})
    pricelists: dict[Owner, int] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    news: dict[Owner, set[Item]] = field(default_factory=lambda: {one: set() for one in OWNERS})
    batches: dict[Owner, set[Item]] = field(default_factory=lambda: {one: set() for one in OWNERS})
    told: list[tuple[Owner, Item]] = field(default_factory=list)

    def leave(self, owner: Owner, target: Target) -> None:
        if self.turns[owner].pop(target, None) is None:
            return
        if not any(target in of for of in self.turns.values()):
            self.known.pop(target.key, None)
        if not self.turns[owner]:
            self.pricelists.pop(owner, None)


async def _follow(kept: Subscriptions, model: Model, owner: Owner, target: Target, pricelist: int) -> None:
    found = await kept.follow(owner, target, pricelist_id=pricelist)
    own = model.turns[owner]
    if target not in own and len(own) >= MOST:
        assert found is None
        model.pricelists[owner] = pricelist
        return
    assert found is not None
    if target in own:
        assert found.turn == own[target]
    else:
        assert all(found.turn > turn for of in model.turns.values() for turn in of.values())
        own[target] = found.turn
    model.pricelists[owner] = pricelist


async def _tell(
    kept: Subscriptions, model: Model, target: Target, refs: list[str], pricelist: int | None, *, known: bool
) -> None:
    name = target.key if known else None
    event: Event = "NEW_PRODUCT" if known else "BACK_IN_STOCK"
    answer = await kept.tell(event, refs, [target], known=name, pricelist_id=pricelist)
    if name is not None and name not in model.known:
        assert answer is not True or not refs
        return
    new = [one for one in refs if name is None or one not in model.known[name]]
    if name is not None:
        model.known[name].update(refs)
    for owner, own in model.turns.items():
        if target in own and pricelist in {None, model.pricelists.get(owner)}:
            told = {Item(target, own[target], event, one) for one in new}
            model.news[owner] |= told - model.batches[owner]


async def _claim(kept: Subscriptions, model: Model, end: str) -> None:
    batches = {batch.owner: batch for batch in await kept.claim(100, 0.0 if end == "dies" else 600.0)}
    for owner in OWNERS:
        if not model.batches[owner] and model.news[owner]:
            model.batches[owner], model.news[owner] = model.news[owner], set()
    assert {owner: set(batch.items) for owner, batch in batches.items()} == {
        owner: items for owner, items in model.batches.items() if items
    }
    for owner, batch in batches.items():
        if end == "told":
            over = [(item.target, item.turn) for item in batch.items if item.target.kind == "PRODUCT_BACK_IN_STOCK"]
            assert await kept.done(batch, over)
            model.told += [(owner, item) for item in batch.items]
            model.batches[owner] = set()
            for target, turn in over:
                if model.turns[owner].get(target) == turn:
                    model.leave(owner, target)
        elif end == "later":
            assert await kept.later(batch, 0.0, counts=True)


async def _step(kept: Subscriptions, model: Model, step: Step) -> None:
    what, place, other, refs = step[0], int(step[1]), int(step[2]), list(step[3])
    owner, target = OWNERS[place], TARGETS[other]
    if what == "follow":
        await _follow(kept, model, owner, target, len(refs))
    elif what == "leave":
        await kept.leave(owner, [target])
        model.leave(owner, target)
    elif what == "forget":
        await kept.forget(owner)
        for one in list(model.turns[owner]):
            model.leave(owner, one)
        model.news[owner], model.batches[owner] = set(), set()
    elif what == "know":
        assert await kept.know(target.key, refs) == (target.key not in model.known)
        model.known.setdefault(target.key, set()).update(refs)
    elif what == "tell":
        await _tell(kept, model, target, refs, None if place == 0 else place, known=place != 2)
    else:
        await _claim(kept, model, what)


async def _check(kept: Subscriptions, model: Model) -> None:
    for owner, own in model.turns.items():
        assert {one.target: one.turn for one in await kept.of(owner)} == own
    watched = await kept.watched()
    assert watched.targets == {target for own in model.turns.values() for target in own}
    assert watched.fresh.keys() <= watched.targets
    count, _ = await kept.waiting()
    waiting = [owner for owner in OWNERS if model.news[owner] or model.batches[owner]]
    assert count == len(waiting)


_WHAT = ["follow", "follow", "leave", "forget", "know", "tell", "tell", "told", "dies", "later"]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(_WHAT),
        st.sampled_from("012"),
        st.sampled_from("012"),
        st.lists(st.sampled_from(REFS), max_size=3, unique=True).map("".join),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_it_is_as_the_model_says(valkey: Valkey, steps: list[Step]) -> None:
    async def run() -> None:
        async with subscriptions(valkey.url, most=MOST) as kept:
            model = Model()
            for step in steps:
                await _step(kept, model, step)
            await _check(kept, model)
            await _claim(kept, model, "told")
            once = [(owner, item) for owner, item in model.told if item.event == "NEW_PRODUCT"]
            assert len(once) == len(set(once))

    asyncio.run(run())
