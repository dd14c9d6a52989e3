"""Carts in Redis: merging, placing, and bringing them to Odoo."""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec

from cart import flow_scripts as scripts
from cart.ids import PARTITIONS, owner_digest, partition_of, partition_of_cart
from cart.model import Cart, CartDetails, Failure, Owner, Synced
from cart.redis_reading import pack, pack_lines, read_cart
from cart.redis_server import RedisServer, told
from cart.store import PlacedState, Placing, SyncCounts


class RedisFlow(RedisServer):
    """The part of a `cart.store.CartStore` that is about what becomes of carts."""

    async def seal(self, source_id: str, target_id: str) -> tuple[Cart, bytes]:
        cart, remembered = await self.change(scripts.SEAL, source_id, target_id)
        return told(cart), remembered

    async def absorb(self, target_id: str, source: Cart, remembered: bytes) -> tuple[str, Cart | None]:
        details = [
            part
            for one in msgspec.structs.fields(CartDetails)
            if one.name != "codes" and (value := getattr(source.details, one.name)) is not None
            for part in (one.name, pack(value))
        ]
        answer = await self.write(
            scripts.ABSORB,
            partition_of_cart(target_id),
            target_id,
            source.id,
            pack_lines(source),
            remembered,
            pack(source.details.codes),
            *details,
        )
        if answer is None or len(answer) == 1:
            return "GONE", None
        return answer[0].decode(), told(answer[1])

    async def redirect(self, source_id: str, old_target: str, new_target: str) -> None:
        await self.write(scripts.REDIRECT, partition_of_cart(source_id), source_id, old_target, new_target)

    async def finish_merge(self, source_id: str, target_id: str) -> None:
        await self.write(scripts.FINISH_MERGE, partition_of_cart(source_id), source_id, target_id)

    async def begin_placing(
        self,
        cart_id: str,
        token: str,
        *,
        lease_seconds: float,
        key: str | None = None,
        version: int | None = None,
        again: bool = False,
    ) -> Placing:
        answer = await self.change(
            scripts.BEGIN,
            cart_id,
            token,
            _milliseconds(lease_seconds),
            key or "",
            "" if version is None else version,
            "again" if again else "",
        )
        status, cart, *placement = answer
        return Placing(
            status=status.decode(), cart=read_cart(cart), placement=placement[0] if placement and placement[0] else None
        )

    async def finish_placing(self, cart_id: str, token: str, placement: bytes, *, state: PlacedState) -> Cart | None:
        return await self._answered(scripts.FINISH, cart_id, token, placement, state)

    async def abandon_placing(self, cart_id: str, token: str, *, requested: bool = False) -> Cart | None:
        return await self._answered(scripts.ABANDON, cart_id, token, "requested" if requested else "")

    async def find_placement(self, owner: Owner, key: str) -> tuple[str, bytes] | None:
        found = await self.read(scripts.PLACED, partition_of(owner), owner_digest(owner), key)
        if not found:
            return None
        cart_id, _, placement = found.partition(b"\n")
        return cart_id.decode(), placement

    async def due(self, limit: int, *, now: float | None = None) -> list[str]:
        moment = _moment(time.time() if now is None else now)
        answers = await self.read_all(scripts.DUE, dict.fromkeys(range(PARTITIONS), (moment, limit)))
        return _first(answers, limit)

    async def take(self, cart_id: str, token: str, lease_seconds: float, *, only_due: bool = True) -> Cart | None:
        return await self._answered(
            scripts.TAKE, cart_id, token, _milliseconds(lease_seconds), "due" if only_due else ""
        )

    async def synced(self, cart_id: str, token: str, synced: Synced) -> bool:
        return await self._done(scripts.SYNCED, cart_id, token, synced.version, pack(synced))

    async def failed(self, cart_id: str, token: str, failure: Failure, retry_at: float) -> bool:
        dead = "dead" if failure.dead else ""
        return await self._done(scripts.FAILED, cart_id, token, pack(failure), _moment(retry_at), dead)

    async def release(self, cart_id: str, token: str) -> bool:
        return await self._done(scripts.RELEASE, cart_id, token)

    async def dropped(self, cart_id: str, token: str) -> bool:
        return await self._done(scripts.DROPPED, cart_id, token)

    async def dead_letters(self, limit: int) -> list[Cart]:
        answers = await self.read_all(scripts.DEAD, dict.fromkeys(range(PARTITIONS), (limit,)))
        return list((await self.find_many(_first(answers, limit))).values())

    async def revive(self, cart_id: str) -> bool:
        return await self._done(scripts.REVIVE, cart_id)

    async def give_up(self, cart_id: str) -> bool:
        return await self._done(scripts.GIVE_UP, cart_id)

    async def ended_drafts(self, limit: int, *, now: float | None = None) -> list[str]:
        moment = _moment(time.time() if now is None else now)
        answers = await self.read_all(scripts.ENDED, dict.fromkeys(range(PARTITIONS), (moment, limit)))
        return _first(answers, limit)

    async def claim_draft(self, cart_id: str, seconds: float) -> bool:
        return await self._done(scripts.CLAIM_DRAFT, cart_id, _milliseconds(seconds))

    async def forget_draft(self, cart_id: str) -> None:
        await self._done(scripts.FORGET_DRAFT, cart_id)

    async def counts(self) -> SyncCounts:
        answers = await self.read_all(scripts.COUNTS, dict.fromkeys(range(PARTITIONS), ()))
        due, planned, dead = (sum(int(answer[place]) for answer in answers) for place in range(3))
        firsts = [float(answer[3]) / 1000 for answer in answers if answer[3]]
        return SyncCounts(due=due, waiting=planned - due, dead=dead, oldest=min(firsts, default=None) if due else None)

    async def _answered(self, script: Any, cart_id: str, *arguments: Any) -> Cart | None:
        return read_cart(await self.write(script, partition_of_cart(cart_id), cart_id, *arguments))

    async def _done(self, script: Any, cart_id: str, *arguments: Any) -> bool:
        return bool(await self.write(script, partition_of_cart(cart_id), cart_id, *arguments))


def _first(answers: list[Any], limit: int) -> list[str]:
    """Of the partitions' lists of ids and moments those that come first."""
    pairs = [(float(moment), cart_id) for answer in answers for cart_id, moment in _pairs(answer)]
    return [cart_id.decode() for _, cart_id in sorted(pairs)[:limit]]


def _pairs(answer: list[Any]) -> list[tuple[bytes, Any]]:
    """Members and scores, as RESP2 and RESP3 give them."""
    if answer and isinstance(answer[0], list):
        return [(member, score) for member, score in answer]
    return list(zip(answer[::2], answer[1::2], strict=True))


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def _moment(seconds: float) -> int:
    return math.ceil(seconds * 1000)
