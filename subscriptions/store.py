"""Where subscriptions are kept: in Redis, beside the carts, as durable as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from cache.names import Names
from cache.redis_link import Argument, AwayError, RedisLink
from cache.scripts import Script
from cart.durability import Durability, Fsync
from cart.store import CartsUnavailableError
from subscriptions import scripts
from subscriptions.model import (
    MOST,
    Batch,
    Event,
    Followed,
    Item,
    Owner,
    SubscriptionsUnavailableError,
    Target,
)

#: seconds for which more news is waited for: what comes together is told together
COLLECT: Final = 30.0
#: products of one look that a follower is told by name; the page of what they follow shows the others
TOLD_AT_ONCE: Final = 20
#: seconds after which a promotion that is not there any more has ended; before, rules may be imported anew
MISSED: Final = 7 * 86_400.0
#: refs handed over at once
_REFS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Watched:
    """What is followed by anybody. ``fresh``: those to be looked at for the first time, and since which turn.

    ``pricelists``: of followers.
    """

    targets: frozenset[Target]
    fresh: Mapping[Target, int]
    pricelists: frozenset[int]


class Subscriptions:
    """All methods raise `SubscriptionsUnavailableError`; each is one atomic step, and may be done again.

    ``seconds``: how long Redis may take, the wait for the disk not counted, which has ``fsync_seconds``.
    ``collect``: seconds for which more news is waited for.
    """

    def __init__(
        self,
        link: RedisLink,
        namespace: str,
        *,
        durability: Durability = "fsync",
        seconds: float = 1.0,
        fsync_seconds: float = 2.5,
        most: int = MOST,
        collect: float = COLLECT,
    ) -> None:
        Names(namespace)  # is it one?
        self._link = link
        self._queue = f"{{{namespace}:subscriptions}}:queue"
        self._fsync = Fsync(durability, fsync_seconds)
        self._seconds = seconds
        self._most = most
        self._collect = round(collect * 1000)

    # -- of one customer --------------------------------------------------------------------------------------

    async def of(self, owner: Owner) -> list[Followed]:
        """What they follow, the oldest first."""
        flat = await self._run(scripts.READ, owner.key)
        found = [_followed(target, value) for target, value in zip(flat[::2], flat[1::2], strict=True)]
        return sorted(found, key=lambda one: one.turn)

    async def follow(
        self, owner: Owner, target: Target, *, pricelist_id: int | None = None, look: bool = False
    ) -> Followed | None:
        """The subscription, which may be there already; None when there are as many as may be.

        ``look``: it has to be looked at soon, whether or not others follow it too.
        """
        pricelist = "" if pricelist_id is None else pricelist_id
        answer = await self._sure(scripts.FOLLOW, owner.key, target.key, self._most, pricelist, int(look))
        return None if answer is None else _followed(target.key, answer[1])

    async def leave(self, owner: Owner, targets: Iterable[Target]) -> None:
        """Follow these no more; what is not followed changes nothing."""
        await self._sure(scripts.LEAVE, owner.key, *(target.key for target in targets))

    async def forget(self, owner: Owner) -> None:
        """All of theirs, and what they were to be told."""
        await self._sure(scripts.FORGET, owner.key)

    # -- of what is followed ----------------------------------------------------------------------------------

    async def watched(self) -> Watched:
        """What is followed by anybody."""
        targets, fresh, pricelists = await self._run(scripts.WATCHED)
        turns = dict(zip(fresh[::2], fresh[1::2], strict=True))
        looks = {target: int(float(turn)) for key, turn in turns.items() if (target := Target.of(_text(key)))}
        return Watched(_targets(targets), looks, frozenset(map(int, pricelists)))

    async def has_fresh(self) -> bool:
        """Is anything to be looked at for the first time?"""
        return bool(await self._run(scripts.FRESH))

    async def seen(self, fresh: Mapping[Target, int]) -> None:
        """These were looked at for the first time; not who has come to follow them since."""
        for part in _parts([target.key for target in fresh]):
            turns = {target.key: turn for target, turn in fresh.items()}
            await self._run(scripts.SEEN, *(one for key in part for one in (key, turns[key])))

    async def there(self, targets: Sequence[Target], missing: Sequence[Target]) -> None:
        """What there is of what is followed, and what is not: that ends when it has not been there for a while."""
        keys = [target.key for target in (*missing, *targets)]
        if keys:
            await self._run(scripts.THERE, round(MISSED * 1000), len(missing), *keys)

    async def know(self, name: str, refs: Sequence[str]) -> bool:
        """These are no news. Was nothing known by that name before?"""
        answers = [bool(await self._run(scripts.KNOW, name, *part)) for part in _parts(refs) or [[]]]
        return answers[0]

    async def tell(
        self,
        event: Event,
        refs: Sequence[str],
        targets: Sequence[Target],
        *,
        known: str | None = None,
        pricelist_id: int | None = None,
    ) -> bool:
        """Have the followers of the targets told of the refs that are news, and remember that these are none any more.

        ``known``: the name under which is kept what is known; None: they are always news. ``pricelist_id``: only
        followers with this one. False: nothing is known by that name yet, and nobody is told.
        """
        pricelist = "" if pricelist_id is None else pricelist_id
        keys = [target.key for target in targets]
        for part in _parts(refs):
            rest: tuple[Argument, ...] = (self._collect, TOLD_AT_ONCE, len(part), *part, *keys)
            if await self._run(scripts.TELL, known or "", event, pricelist, *rest) < 0:
                return False
        return True

    # -- telling them -----------------------------------------------------------------------------------------

    async def claim(self, most: int, lease: float) -> list[Batch]:
        """What some customers are to be told now. Nobody else is given it for ``lease`` seconds."""
        claim, *ids = (uuid4().hex for _ in range(most + 1))
        found = await self._run(scripts.CLAIM, most, round(lease * 1000), claim, *ids)
        return [_batch(claim, *one) for one in found]

    async def done(self, batch: Batch, over: Iterable[tuple[Target, int]], *, pricelist_id: int | None = None) -> bool:
        """They were told. ``over``: targets and turns of subscriptions that end by it.

        False: somebody else has claimed it meanwhile. ``pricelist_id``: theirs, as it is now.
        """
        ended: list[Argument] = [part for target, turn in over for part in (target.key, turn)]
        pricelist = "" if pricelist_id is None else pricelist_id
        return bool(await self._mine(scripts.DONE, batch, self._collect, pricelist, *ended))

    async def later(self, batch: Batch, pause: float, *, counts: bool) -> bool:
        """They could not be told: again in ``pause`` seconds. ``counts``: as one of its tries."""
        return bool(await self._mine(scripts.LATER, batch, round(pause * 1000), int(counts)))

    async def waiting(self) -> tuple[int, float]:
        """How many are to be told, and for how many seconds the first has been waiting since they should have been."""
        count, late = await self._run(scripts.WAITING)
        return int(count), int(late) / 1000

    # -- Redis ------------------------------------------------------------------------------------------------

    async def _mine(self, script: Script, batch: Batch, *arguments: Argument) -> Any:
        return await self._run(script, batch.owner.key, batch.id, batch.claim, *arguments)

    async def _run(self, script: Script, *arguments: Argument) -> Any:
        try:
            return await self._link.script(self._seconds, script, self._queue, *arguments)
        except AwayError as error:
            raise SubscriptionsUnavailableError("Redis is away") from error

    async def _sure(self, script: Script, *arguments: Argument) -> Any:
        """The same, answered when it is as certain as it is to be."""
        if not self._fsync.needed:
            return await self._run(script, *arguments)
        seconds = self._seconds + self._fsync.seconds
        try:
            answer, synced = await self._link.script_then(seconds, self._fsync.command, script, self._queue, *arguments)
            self._fsync.accept(synced)
        except (AwayError, CartsUnavailableError) as error:
            raise SubscriptionsUnavailableError(str(error) or "Redis is away") from error
        return answer


def _followed(key: bytes | str, value: bytes) -> Followed:
    target = Target.of(_text(key))
    if target is None:
        raise SubscriptionsUnavailableError(f"no target: {key!r}")
    turn, _, since = value.decode().partition(":")
    return Followed(target, int(turn), int(since) / 1000)


def _targets(keys: Iterable[bytes]) -> frozenset[Target]:
    return frozenset(target for key in keys if (target := Target.of(_text(key))) is not None)


def _batch(claim: str, owner: bytes, batch_id: bytes, tries: int, items: Iterable[bytes]) -> Batch:
    found = sorted((Item.of(item.decode()) for item in items), key=lambda item: (item.turn, item.event, item.ref))
    return Batch(Owner.of(owner.decode()), batch_id.decode(), int(tries), tuple(found), claim)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _parts(listed: Sequence[str]) -> list[Sequence[str]]:
    return [listed[start : start + _REFS] for start in range(0, len(listed), _REFS)]
