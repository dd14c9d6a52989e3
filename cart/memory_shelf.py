"""Carts in the process: what is kept of one, and what happens to it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from cart.ids import FIRST_ORDER_NUMBER
from cart.model import Cart, CartDetails, CartLine, CartState, Failure, Owner, Synced
from cart.prepared import Prepared, canonical, millionths, options_of, quantity_of
from cart.rules import MILLIONTHS, CartRules

_SWEEP_SECONDS: Final = 600.0
#: product and canonical options
LineKey = tuple[int, str]


@dataclass(slots=True)
class Kept:
    """A cart. Moments are seconds of the shelf's clock."""

    id: str
    order_number: int
    owner: Owner
    created: float
    changed: float
    state: CartState = "open"
    version: int = 0
    next: int = 0
    lines: dict[int, tuple[LineKey, int, str | None]] = field(default_factory=dict)  # (what, millionths, note)
    index: dict[LineKey, int] = field(default_factory=dict)
    seen: OrderedDict[str, float] = field(default_factory=OrderedDict)
    owed: dict[LineKey, tuple[int, float]] = field(default_factory=dict)
    details: CartDetails = field(default_factory=CartDetails)
    name: str | None = None
    into: str | None = None
    merging: bool = False
    absorbed: dict[str, bool] = field(default_factory=dict)
    placement: bytes | None = None
    placing_token: str | None = None
    placing_until: float = 0.0
    placing_from: CartState = "open"
    placing_version: int = -1
    placing_key: str | None = None
    placing_done: str | None = None
    token: str | None = None
    until: float = 0.0
    dirty: float | None = None
    pushed: bool = False
    synced: Synced | None = None
    failure: Failure | None = None
    given_up: bool = False

    def told(self) -> Cart:
        return Cart(
            id=self.id,
            order_number=self.order_number,
            owner=self.owner,
            state=self.state,
            version=self.version,
            created=self.created,
            changed=self.changed,
            lines=tuple(
                CartLine(
                    number=number,
                    variant_id=what[0],
                    options=options_of(what[1]),
                    quantity=quantity_of(amount),
                    note=note,
                )
                for number, (what, amount, note) in sorted(self.lines.items())
            ),
            details=self.details,
            name=self.name,
            into=self.into,
            synced=self.synced,
            failure=self.failure,
            placement=self.placement,
            merging=self.merging,
        )

    def empty(self) -> None:
        self.lines.clear()
        self.index.clear()
        self.owed.clear()

    @property
    def lags(self) -> bool:
        """Is there something for Odoo?"""
        state = self.placing_from if self.state == "placing" else self.state
        if state in ("merged", "deleted"):
            return self.pushed or self.merging
        if state in ("placed", "requested"):
            return state == "requested"
        is_known = self.synced is not None and self.synced.version == self.version
        return not is_known and (self.pushed or bool(self.lines))


class Shelf:
    """Keeps carts of this process, and plans when they are due. ``clock``: Unix seconds."""

    def __init__(self, rules: CartRules | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.rules = rules or CartRules()
        self._clock = clock
        self._carts: dict[str, Kept] = {}
        self._currents: dict[Owner, str] = {}
        self._of_owner: dict[Owner, dict[str, None]] = {}
        self._placements: dict[tuple[Owner, str], tuple[str, bytes, float]] = {}
        self._planned: dict[str, float] = {}
        self._dead: dict[str, float] = {}
        #: carts of which Odoo may have a draft -> when they end, or when that is to be looked at again
        self._drafts: dict[str, float] = {}
        self._made = 0
        self._sweep_at = 0.0

    def _get(self, cart_id: str) -> Kept | None:
        """The cart; a placing that has come to its end is over."""
        kept = self._carts.get(cart_id)
        if kept is None or self._ends(kept) <= self._clock():
            return None
        if kept.state == "placing" and kept.placing_until <= self._clock():
            kept.state = kept.placing_from
        return kept

    def _make(self, cart_id: str, owner: Owner, name: str | None) -> Kept:
        self._sweep()
        now = self._clock()
        kept = Kept(cart_id, FIRST_ORDER_NUMBER + self._made, owner, now, now, name=name)
        self._made += 1
        self._carts[cart_id] = kept
        self._of_owner.setdefault(owner, {})[cart_id] = None
        if name is None:
            self._currents[owner] = cart_id
        return kept

    def _ends(self, kept: Kept) -> float:
        if kept.state in ("placed", "merged", "deleted"):
            return kept.changed + self.rules.closed
        return kept.changed + (self.rules.guest if kept.owner.kind == "guest" else self.rules.customer)

    def _sweep(self) -> None:
        """Forget what has ended, from time to time."""
        now = self._clock()
        if now < self._sweep_at:
            return
        self._sweep_at = now + _SWEEP_SECONDS
        for cart_id in list(self._carts):
            kept = self._carts[cart_id]
            if self._ends(kept) > now:
                continue
            self._leave(kept)
            for place in (self._carts, self._planned, self._dead):
                place.pop(cart_id, None)
        for key in [key for key, (_, _, ends) in self._placements.items() if ends <= now]:
            del self._placements[key]

    def _leave(self, kept: Kept) -> None:
        """The owner has it no more."""
        of_owner = self._of_owner.get(kept.owner, {})
        of_owner.pop(kept.id, None)
        if not of_owner:
            self._of_owner.pop(kept.owner, None)
        if self._currents.get(kept.owner) == kept.id:
            del self._currents[kept.owner]

    def _touch(self, kept: Kept) -> None:
        kept.changed = self._clock()
        self._watch_draft(kept)

    def _watch_draft(self, kept: Kept) -> None:
        if kept.state == "placed":
            self._drafts.pop(kept.id, None)
        elif kept.pushed:
            self._drafts[kept.id] = self._ends(kept)

    def _changed(self, kept: Kept) -> None:
        kept.version += 1
        self._touch(kept)
        if self._dead.pop(kept.id, None) is not None or kept.given_up:
            kept.failure, kept.given_up = None, False
        if self._is_leased(kept):
            self._mark(kept)
        else:
            self._plan(kept, self._soon(kept))

    def _is_leased(self, kept: Kept) -> bool:
        return kept.token is not None and kept.until > self._clock()

    def _mark(self, kept: Kept) -> None:
        if kept.dirty is None:
            kept.dirty = self._clock()

    def _plan(self, kept: Kept, at: float) -> None:
        if kept.lags:
            self._mark(kept)
            self._planned[kept.id] = at
        else:
            kept.dirty = None
            self._planned.pop(kept.id, None)

    def _soon(self, kept: Kept) -> float:
        now = self._clock()
        dirty = now if kept.dirty is None else kept.dirty
        return min(now + self.rules.delay, dirty + self.rules.delay_most)

    def _delete(self, kept: Kept) -> None:
        self._leave(kept)
        kept.state = "deleted"
        kept.empty()
        kept.version += 1
        self._touch(kept)
        self._dead.pop(kept.id, None)
        if self._is_leased(kept):
            self._mark(kept)
        else:
            self._plan(kept, self._clock())

    def _fold(self, kept: Kept, one: Prepared) -> str:
        """Apply a transaction to an open cart: A and the line's number, or R and why not."""
        what: LineKey = (one.variant_id, one.options)
        number = one.number
        if number:
            if number not in kept.lines:
                return "RLINE_NOT_FOUND"
            what = kept.lines[number][0]
        else:
            number = kept.index.get(what, 0)
        line = kept.lines.get(number)
        debt, ends = kept.owed.get(what, (0, 0.0))
        before = line[1] if line is not None else debt if ends > self._clock() else 0
        total = one.amount if one.kind == "s" else before + one.amount
        limits = self.rules.limits
        if abs(total) > limits.quantity * MILLIONTHS:
            return "RQUANTITY_TOO_LARGE"
        if total > 0:
            if line is None and len(kept.lines) >= limits.lines:
                return "RTOO_MANY_LINES"
            note = one.note if one.note is not None or line is None else line[2]
            number = self._put(kept, what, total, note or None)
        elif line is not None:
            del kept.lines[number]
            del kept.index[what]
        kept.owed.pop(what, None)
        if total < 0 and len(kept.owed) < limits.lines:
            kept.owed[what] = (total, self._clock() + self.rules.owed_seconds)
        return f"A{number or ''}"

    def _put(self, kept: Kept, what: LineKey, amount: int, note: str | None) -> int:
        number = kept.index.get(what)
        if number is None:
            kept.next += 1
            number = kept.index[what] = kept.next
        kept.lines[number] = (what, amount, note)
        return number

    def _remember(self, kept: Kept) -> None:
        """Forget the transactions that are too old or too many."""
        now = self._clock()
        most = max(self.rules.remember_most, self.rules.limits.batch)
        while kept.seen:
            key, at = next(iter(kept.seen.items()))
            if len(kept.seen) <= most and at >= now - self.rules.remember_seconds:
                return
            del kept.seen[key]

    def _take_in(self, kept: Kept, source: Cart) -> None:
        """What is in another cart is added to this one."""
        for line in source.lines:
            what: LineKey = (line.variant_id, canonical(line.options))
            amount, note = millionths(line.quantity) or 0, line.note
            if what in kept.index:
                _, mine, my_note = kept.lines[kept.index[what]]
                amount = min(mine + amount, self.rules.limits.quantity * MILLIONTHS)
                note = f"{my_note}\n{note}" if my_note and note and my_note != note else my_note or note
            kept.owed.pop(what, None)
            self._put(kept, what, amount, note)
        theirs = {
            one: value
            for one, value in structs.asdict(source.details).items()
            if one != "codes" and getattr(kept.details, one) is None
        }
        codes = tuple(dict.fromkeys((*kept.details.codes, *source.details.codes)))
        kept.details = structs.replace(kept.details, **theirs, codes=codes)
