"""Carts in the process: merging, placing, and bringing them to Odoo."""

from __future__ import annotations

import msgspec

from cart.memory_shelf import Kept, Shelf
from cart.model import Cart, CartState, Failure, Owner, Synced
from cart.store import CartNotFoundError, PlacedState, Placing, SyncCounts


class MemoryFlow(Shelf):
    """The part of a `cart.store.CartStore` that is about what becomes of carts."""

    async def seal(self, source_id: str, target_id: str) -> tuple[Cart, bytes]:
        kept = self._existing(source_id)
        if kept.state == "open":
            self._leave(kept)
            kept.state, kept.into, kept.merging = "merged", target_id, True
            kept.version += 1
            kept.owed.clear()
            self._touch(kept)
            self._dead.pop(kept.id, None)
            if self._is_leased(kept):
                self._mark(kept)
            else:
                self._plan(kept, self._clock() + self.rules.delay_most)
        return kept.told(), msgspec.msgpack.encode(dict(kept.seen) if kept.merging else {})

    async def absorb(self, target_id: str, source: Cart, remembered: bytes) -> tuple[str, Cart | None]:
        kept = self._get(target_id)
        if kept is None:
            return "GONE", None
        before = kept.absorbed.get(source.id)
        if before is None and kept.state == "placing":
            return "BUSY", kept.told()
        if before is None:
            before = kept.absorbed[source.id] = kept.state == "open"
            if before:
                self._take_in(kept, source)
                theirs = msgspec.msgpack.decode(remembered, type=dict[str, float])
                kept.seen.update(theirs)
                kept.seen = type(kept.seen)(sorted(kept.seen.items(), key=lambda pair: pair[1]))
                self._remember(kept)
                self._changed(kept)
        return ("DONE" if before else "REFUSED"), kept.told()

    async def redirect(self, source_id: str, old_target: str, new_target: str) -> None:
        kept = self._get(source_id)
        if kept is not None and kept.merging and kept.into == old_target:
            kept.into = new_target

    async def finish_merge(self, source_id: str, target_id: str) -> None:
        kept = self._get(source_id)
        if kept is not None and kept.merging and kept.into == target_id:
            kept.merging = False
            if not self._is_leased(kept):
                self._plan(kept, self._clock())

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
        kept = self._existing(cart_id)
        if key and (found := await self.find_placement(kept.owner, key)) is not None:
            return Placing(status="PLACED", cart=await self._told(found[0]), placement=found[1])
        cart = kept.told()
        if kept.state == "placing" and kept.placing_token != token:
            return Placing(status="BUSY", cart=cart)
        if kept.state == "placed" or (kept.state == "requested" and not again):
            return Placing(status="PLACED", cart=cart, placement=kept.placement)
        if kept.state in ("merged", "deleted"):
            return Placing(status="CLOSED", cart=cart)
        if version is not None and version != kept.version:
            return Placing(status="CHANGED", cart=cart)
        if kept.state != "placing":
            kept.placing_from = kept.state
            kept.placing_key = key or (None if kept.state == "open" else kept.placing_key)
        kept.state, kept.placing_token, kept.placing_version = "placing", token, kept.version
        kept.placing_until = self._clock() + lease_seconds
        return Placing(status="BEGUN", cart=kept.told())

    async def finish_placing(self, cart_id: str, token: str, placement: bytes, *, state: PlacedState) -> Cart | None:
        kept = self._get(cart_id)
        if kept is None:
            return None
        if kept.placing_done == token and kept.state == state:
            return kept.told()
        if not _holds(kept, token):
            return None
        kept.state, kept.placement, kept.placing_done, kept.placing_token = state, placement, token, None
        if self._currents.get(kept.owner) == cart_id:
            del self._currents[kept.owner]
        if kept.placing_key is not None:
            self._placements[kept.owner, kept.placing_key] = (cart_id, placement, self._clock() + self.rules.closed)
        if state == "placed":
            self._leave(kept)
        self._touch(kept)
        self._dead.pop(cart_id, None)
        if not self._is_leased(kept):
            self._plan(kept, self._clock())
        return kept.told()

    async def abandon_placing(self, cart_id: str, token: str, *, requested: bool = False) -> Cart | None:
        kept = self._get(cart_id)
        if kept is None or not _holds(kept, token):
            return None
        was_requested = kept.placing_from == "requested"
        state: CartState = "requested" if was_requested and requested else "open"
        kept.state, kept.placing_token = state, None
        if was_requested and state == "open":
            if kept.placing_key is not None:
                self._placements.pop((kept.owner, kept.placing_key), None)
            kept.placement = kept.placing_key = kept.placing_done = None
            if self._get(self._currents.get(kept.owner, "")) is None:
                self._currents[kept.owner] = cart_id
        if not self._is_leased(kept):
            self._plan(kept, self._clock())
        return kept.told()

    async def find_placement(self, owner: Owner, key: str) -> tuple[str, bytes] | None:
        found = self._placements.get((owner, key))
        return None if found is None or found[2] <= self._clock() else found[:2]

    async def due(self, limit: int, *, now: float | None = None) -> list[str]:
        moment = self._clock() if now is None else now
        due = sorted((at, cart_id) for cart_id, at in self._planned.items() if at <= moment)
        return [cart_id for _, cart_id in due[:limit]]

    async def take(self, cart_id: str, token: str, lease_seconds: float, *, only_due: bool = True) -> Cart | None:
        kept = self._get(cart_id)
        if kept is None:
            self._planned.pop(cart_id, None)
            self._dead.pop(cart_id, None)
            return None
        now = self._clock()
        if self._is_leased(kept):
            if kept.token != token:
                return None
        else:
            if only_due and self._planned.get(cart_id, now + 1) > now:
                return None
            kept.dirty = None
        kept.token, kept.until, kept.pushed = token, now + lease_seconds, True
        self._planned[cart_id] = kept.until
        self._watch_draft(kept)
        return kept.told()

    async def synced(self, cart_id: str, token: str, synced: Synced) -> bool:
        kept = self._given_back(cart_id, token)
        if kept is None:
            return False
        kept.synced, kept.failure = synced, None
        self._replan(kept)
        return True

    async def failed(self, cart_id: str, token: str, failure: Failure, retry_at: float) -> bool:
        kept = self._given_back(cart_id, token)
        if kept is None:
            return False
        kept.failure = failure
        if not failure.dead:
            self._dead.pop(cart_id, None)
            self._plan(kept, retry_at)
        elif kept.dirty is not None:
            kept.failure = None
            self._plan(kept, self._soon(kept))
        else:
            self._planned.pop(cart_id, None)
            self._dead[cart_id] = self._clock()
        return True

    async def release(self, cart_id: str, token: str) -> bool:
        kept = self._given_back(cart_id, token)
        if kept is None:
            return False
        if cart_id in self._dead:
            self._planned.pop(cart_id, None)
        else:
            self._plan(kept, self._clock() if kept.dirty is None else self._soon(kept))
        return True

    async def dropped(self, cart_id: str, token: str) -> bool:
        kept = self._given_back(cart_id, token)
        if kept is None:
            return False
        kept.pushed, kept.synced, kept.failure = False, None, None
        self._drafts.pop(cart_id, None)
        self._replan(kept)
        return True

    async def ended_drafts(self, limit: int, *, now: float | None = None) -> list[str]:
        moment = self._clock() if now is None else now
        ended = sorted((at, cart_id) for cart_id, at in self._drafts.items() if at <= moment)
        return [cart_id for _, cart_id in ended[:limit]]

    async def claim_draft(self, cart_id: str, seconds: float) -> bool:
        now = self._clock()
        if self._drafts.get(cart_id, now + 1) > now:
            return False
        kept = self._get(cart_id)
        self._drafts[cart_id] = now + seconds if kept is None else self._ends(kept)
        return kept is None

    async def forget_draft(self, cart_id: str) -> None:
        if self._get(cart_id) is None:
            self._drafts.pop(cart_id, None)

    async def dead_letters(self, limit: int) -> list[Cart]:
        first = sorted(self._dead, key=self._dead.__getitem__)[:limit]
        return [kept.told() for one in first if (kept := self._get(one)) is not None]

    async def revive(self, cart_id: str) -> bool:
        kept = self._get(cart_id)
        if self._dead.pop(cart_id, None) is None or kept is None:
            return False
        kept.failure = None
        self._plan(kept, self._clock())
        return True

    async def give_up(self, cart_id: str) -> bool:
        kept = self._get(cart_id)
        if kept is None or kept.state == "requested" or self._dead.pop(cart_id, None) is None:
            return False
        kept.given_up = True
        return True

    async def counts(self) -> SyncCounts:
        now = self._clock()
        due = [at for at in self._planned.values() if at <= now]
        return SyncCounts(
            due=len(due), waiting=len(self._planned) - len(due), dead=len(self._dead), oldest=min(due, default=None)
        )

    def _existing(self, cart_id: str) -> Kept:
        kept = self._get(cart_id)
        if kept is None:
            raise CartNotFoundError(cart_id)
        return kept

    async def _told(self, cart_id: str) -> Cart | None:
        kept = self._get(cart_id)
        return None if kept is None else kept.told()

    def _given_back(self, cart_id: str, token: str) -> Kept | None:
        kept = self._get(cart_id)
        if kept is None or kept.token != token:
            return None
        kept.token = None
        return kept

    def _replan(self, kept: Kept) -> None:
        self._dead.pop(kept.id, None)
        self._plan(kept, self._clock() if kept.dirty is None else self._soon(kept))


def _holds(kept: Kept, token: str) -> bool:
    """The token holds the cart, or was the last to and nothing has changed since."""
    is_last = kept.placing_token == token and kept.placing_version == kept.version
    return is_last and kept.state in ("placing", kept.placing_from)
