"""The kinds of records that are kept: how long, in which form, under which keys."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from adapters.records import Product, ProductLinks, ProductMatch, ProductQuery, StockLevel, TemplateValue, Variant
from adapters.records.catalogue import ProductImage, Record, Seo
from adapters.records.contacts import Contact
from adapters.records.customers import Customer, Group, PartnerCategory
from adapters.records.pricing import PricelistRule
from adapters.records.stats import PurchasedLine, PurchasedOrder, PurchasedVariant
from cache.kept_rules import KeptRule, packed, unpacked
from cache.store import Entry

T = TypeVar("T")

_DAY: Final = 86_400.0
#: What is read at once should not end at once: this part of its time is drawn by lot.
_SPREAD: Final = 0.2


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds: for how long a record is fresh, and for how long it may stand in while Odoo is away.

    ``stale``: for how long after it was fresh it is still served, while it is read anew.
    """

    fresh: float
    error: float
    stale: float = 0.0


#: Changes are announced; this is for what Odoo changes without a trace.
CONTENT: Final = Life(900.0, 7 * _DAY)
#: what somebody searched for, or picked by ids: of these there are any number
SEARCHED: Final = Life(300.0, 3_600.0)
STOCK: Final = Life(30.0, _DAY, stale=30.0)
#: no such product, no such barcode
NOTHING: Final = Life(60.0, 60.0)


@dataclass(frozen=True, eq=False)
class Kind(Generic[T]):
    """One kind of record. ``type`` is what its bytes are decoded to; None stands for "there is none".

    ``pack`` and ``unpack``: between a record and that type, where it is another one.
    """

    name: str
    type: Any
    life: Life
    pack: Callable[[T], Any] | None = None
    unpack: Callable[[Any], T] | None = None
    _decoder: msgspec.msgpack.Decoder[Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_decoder", msgspec.msgpack.Decoder(self.type | None))

    def decode(self, body: bytes) -> T | None:
        """Raises msgspec.MsgspecError for bytes that are no such record."""
        kept: T | None = self._decoder.decode(body)
        return kept if kept is None or self.unpack is None else self.unpack(kept)

    def entry(self, value: T | None, tags: Iterable[str], now: float, life: Life | None = None) -> Entry:
        """The record as it is kept; ``life`` if it is another than usual."""
        lasts = NOTHING if value is None else life or self.life
        fresh_until = now + lasts.fresh * random.uniform(1 - _SPREAD, 1)  # noqa: S311  # no secret
        return Entry(
            body=_encoder.encode(value if value is None or self.pack is None else self.pack(value)),
            tags=frozenset(tags),
            created=now,
            fresh_until=fresh_until,
            stale_until=fresh_until + lasts.stale,
            error_until=now + max(lasts.error, lasts.fresh + lasts.stale),
        )


_encoder = msgspec.msgpack.Encoder()
#: the bytes of a record that does not exist
NOTHING_THERE: Final = _encoder.encode(None)

FOUND: Final = Kind[tuple[ProductMatch, ...]]("found", tuple[ProductMatch, ...], CONTENT)
VALUES: Final = Kind[tuple[TemplateValue, ...]]("values", tuple[TemplateValue, ...], CONTENT)
IN_STOCK: Final = Kind[frozenset[int]]("in-stock", frozenset[int], STOCK)
PRODUCT: Final = Kind[Product]("product", Product, CONTENT)
#: what a product is called, by language
NAMES: Final = Kind[dict[str, str]]("names", dict[str, str], CONTENT)
LINKS: Final = Kind[ProductLinks]("links", ProductLinks, CONTENT)
RULES: Final = Kind[tuple[PricelistRule, ...]]("rules", tuple[KeptRule, ...], CONTENT, packed, unpacked)
LEVELS: Final = Kind[tuple[StockLevel, ...]]("stock", tuple[StockLevel, ...], STOCK)
#: the product (template) id of a variant, a barcode, an extra picture
OWNER: Final = Kind[int]("owner", int, CONTENT)
#: the variants that have a code as SKU or barcode
CODED: Final = Kind[tuple[int, ...]]("coded", tuple[int, ...], SEARCHED)
#: of the variants that go with a product the products (template ids), by variant id
OWNERS: Final = Kind[dict[int, int]]("owners", dict[int, int], CONTENT)


def _shape(kinds: Iterable[type[Any]]) -> str:
    """A short text that differs when the fields of the records do: what another release kept is not read."""
    lines = []
    for kind in kinds:
        names = fields(kind) if is_dataclass(kind) else msgspec.structs.fields(kind)
        lines += [kind.__name__, *(f"{one.name}: {one.type}" for one in names)]
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=4).hexdigest()


_RECORDS: tuple[type[Any], ...] = (
    Record,
    Seo,
    ProductMatch,
    TemplateValue,
    ProductImage,
    Variant,
    Product,
    ProductLinks,
    StockLevel,
    PricelistRule,
    Customer,
    Group,
    PartnerCategory,
    Contact,
    PurchasedOrder,
    PurchasedVariant,
    PurchasedLine,
)
SHAPE: Final = _shape(_RECORDS)


def key_of(kind: Kind[Any], *parts: object) -> str:
    """The key of a record: its kind, then what tells it from the others of that kind."""
    return ":".join((kind.name, SHAPE, *map(str, parts)))


def digest(query: ProductQuery) -> str:
    """A short text that stands for the query."""
    return hashlib.blake2b(_encoder.encode(query), digest_size=12).hexdigest()


def digest_of(text: str) -> str:
    """A short text that stands for one that somebody sent."""
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def among(ids: Sequence[int]) -> str:
    """A short text that stands for a set of ids."""
    text = ",".join(map(str, sorted(set(ids))))
    return text if len(text) <= 24 else hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
