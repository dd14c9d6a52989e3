"""What somebody follows, and what there is to tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

#: what can be followed: a public category, a promotion (`subscriptions.promotions`), a variant that is out of stock
Kind: TypeAlias = Literal["CATEGORY", "PROMOTION", "PRODUCT_BACK_IN_STOCK"]
KINDS: Final[tuple[Kind, ...]] = ("CATEGORY", "PROMOTION", "PRODUCT_BACK_IN_STOCK")
#: what happened: a product is in stock again, a product is new, a promotion has begun
Event: TypeAlias = Literal["BACK_IN_STOCK", "NEW_PRODUCT", "PROMOTION_STARTED"]
_EVENTS: Final[tuple[Event, ...]] = ("BACK_IN_STOCK", "NEW_PRODUCT", "PROMOTION_STARTED")

#: subscriptions of one person
MOST: Final = 200
_SEPARATOR: Final = ":"
_PART: Final = "|"


class SubscriptionsUnavailableError(Exception):
    """They cannot be read or changed now, or a change may not outlive a crash. It may have been made."""


class Owner(NamedTuple):
    """Who follows: a customer's contact, on one website."""

    partner_id: int
    website_id: int

    @property
    def key(self) -> str:
        return f"{self.website_id}{_SEPARATOR}{self.partner_id}"

    @classmethod
    def of(cls, key: str) -> Owner:
        website_id, _, partner_id = key.partition(_SEPARATOR)
        return cls(int(partner_id), int(website_id))


class Target(NamedTuple):
    """What is followed. ``ref``: the category's or the variant's id, or the promotion's, as a text."""

    kind: Kind
    ref: str

    @property
    def key(self) -> str:
        """Among what one customer follows this is the id: each target is followed once."""
        return f"{self.kind}{_SEPARATOR}{self.ref}"

    @property
    def number(self) -> int:
        """Of a category or a variant."""
        return int(self.ref)

    @classmethod
    def of(cls, key: str) -> Target | None:
        """None: no target has such a key."""
        kind, separator, ref = key.partition(_SEPARATOR)
        if kind not in KINDS or not separator or not ref:
            return None
        if kind != "PROMOTION" and not (ref.isascii() and ref.isdecimal()):
            return None
        return cls(kind, ref)


@dataclass(frozen=True, slots=True)
class Followed:
    """A subscription. ``turn``: no other subscription has the same, not even of the same target later.

    ``since``: Unix seconds.
    """

    target: Target
    turn: int
    since: float


@dataclass(frozen=True, slots=True)
class Item:
    """Something to tell a follower. ``ref``: the product's (template) or the promotion's id; of stock the variant's."""

    target: Target
    turn: int
    event: Event
    ref: str

    @property
    def key(self) -> str:
        return _PART.join((self.target.key, str(self.turn), self.event, self.ref))

    @classmethod
    def of(cls, key: str) -> Item:
        target, turn, event, ref = key.split(_PART)
        found = Target.of(target)
        if found is None or event not in _EVENTS:
            raise ValueError(f"no item: {key!r}")
        return cls(found, int(turn), event, ref)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one customer is told at once. It stays the same until they are told, whoever tries, however often.

    ``id``: by which whoever tells them knows that it was told already. ``tries``: that failed.
    ``claim``: of whoever tries right now.
    """

    owner: Owner
    id: str
    tries: int
    items: tuple[Item, ...]
    claim: str
