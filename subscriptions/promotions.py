"""Promotions: what a pricelist's rules with a last day are to customers.

Odoo has no record of a promotion that all versions share: a campaign is some rules of a pricelist, often hundreds, with
the same days and the same terms. So these make one promotion: the pricelist, the first and the last day (UTC), the
discount, and the least quantity. By these it is known, too: it stays the same when rules are imported anew, when
products join or leave it, and through a migration; with other days or terms it is another promotion.

What has no last day is a price, and what makes dearer is no promotion.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from adapters.records.pricing import PricelistRule, RuleScope

#: a percentage off, or prices that differ by product
Discount: TypeAlias = Literal["PERCENTAGE", "SPECIAL_PRICE"]

_ONE: Final = Decimal(1)
_BEFORE: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion of a pricelist. It runs from ``begins`` to before ``ends`` (aware; None: since ever).

    ``last_day``: in UTC. ``percentage``: off the price, of discounts of that kind. ``category_ids``: internal
    categories, all below them too. ``everything``: it is for all products.
    """

    id: str
    pricelist_id: int
    begins: datetime | None
    ends: datetime
    last_day: date
    discount: Discount
    percentage: Decimal | None
    min_quantity: Decimal
    template_ids: tuple[int, ...]
    variant_ids: tuple[int, ...]
    category_ids: tuple[int, ...]
    everything: bool

    def is_running(self, at: datetime) -> bool:
        return (self.begins is None or self.begins <= at) and at < self.ends

    def is_coming(self, at: datetime) -> bool:
        return self.begins is not None and at < self.begins

    def changes_at(self, at: datetime) -> datetime | None:
        """When it begins or ends next."""
        moments = (self.begins, self.ends)
        return min((one for one in moments if one is not None and one > at), default=None)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the rules of one promotion have in common."""

    pricelist_id: int
    first: date | None
    last: date
    discount: Discount
    percentage: Decimal | None
    min_quantity: Decimal

    @property
    def id(self) -> str:
        """``<pricelist>-<12 hexadecimal digits>``."""
        percentage = "" if self.percentage is None else _plain(self.percentage)
        shown = (self.first or "", self.last, self.discount, percentage, _plain(self.min_quantity))
        digest = hashlib.blake2b("\n".join(map(str, shown)).encode(), digest_size=6).hexdigest()
        return f"{self.pricelist_id}-{digest}"


def pricelist_of(promotion_id: str) -> int | None:
    """Whose promotion it would be; None: none has such an id."""
    pricelist, separator, digest = promotion_id.partition("-")
    if not separator or len(digest) != 12 or not pricelist.isascii() or not pricelist.isdecimal():
        return None
    return int(pricelist)


def promotions_of(rules: Iterable[PricelistRule], at: datetime) -> list[Promotion]:
    """The promotions that run or are to come, those that end first before the others."""
    by_terms: dict[_Terms, list[PricelistRule]] = {}
    for rule in rules:
        terms = _terms(rule)
        if terms is not None and at < _ends(rule):
            by_terms.setdefault(terms, []).append(rule)
    found = [_promotion(terms, of) for terms, of in by_terms.items()]
    return sorted(found, key=lambda one: (one.ends, one.begins or _BEFORE, one.id))


def _promotion(terms: _Terms, rules: Sequence[PricelistRule]) -> Promotion:
    # bounds may differ by hours within a day: it runs as long as any of its rules does
    begins = None if terms.first is None else min(_begins(rule) for rule in rules)

    def targets(scope: RuleScope) -> tuple[int, ...]:
        ids = {rule.target_id for rule in rules if rule.scope is scope and rule.target_id is not None}
        return tuple(sorted(ids))

    return Promotion(
        id=terms.id,
        pricelist_id=terms.pricelist_id,
        begins=begins,
        ends=max(_ends(rule) for rule in rules),
        last_day=terms.last,
        discount=terms.discount,
        percentage=terms.percentage,
        min_quantity=terms.min_quantity,
        template_ids=targets(RuleScope.TEMPLATE),
        variant_ids=targets(RuleScope.VARIANT),
        category_ids=targets(RuleScope.CATEGORY),
        everything=any(rule.scope is RuleScope.GLOBAL for rule in rules),
    )


def _terms(rule: PricelistRule) -> _Terms | None:
    """None: it is no promotion."""
    if rule.date_end is None:
        return None
    discount, percentage = _discount(rule)
    if percentage is not None and percentage <= 0:
        return None
    first = None if rule.date_start is None else _first_day(rule.date_start)
    least = max(rule.min_quantity, _ONE)
    return _Terms(rule.pricelist_id, first, _last_day(rule.date_end), discount, percentage, least)


def _discount(rule: PricelistRule) -> tuple[Discount, Decimal | None]:
    """What may be told of the rule. Never what it costs the shop: of formulas by cost, or with margins, nothing is."""
    if rule.compute_price == "percentage":
        return "PERCENTAGE", rule.percent_price
    plain = not (rule.surcharge or rule.min_margin or rule.max_margin)
    if rule.compute_price == "formula" and rule.base != "standard_price" and plain:
        return "PERCENTAGE", rule.discount
    return "SPECIAL_PRICE", None


def _first_day(bound: date | datetime) -> date:
    return bound.date() if isinstance(bound, datetime) else bound


def _last_day(bound: date | datetime) -> date:
    """Midnight is the end of the day before."""
    return (bound - timedelta(seconds=1)).date() if isinstance(bound, datetime) else bound


def _begins(rule: PricelistRule) -> datetime:
    bound = rule.date_start
    if bound is None:
        return _BEFORE
    return bound.replace(tzinfo=UTC) if isinstance(bound, datetime) else datetime.combine(bound, time(), UTC)


def _ends(rule: PricelistRule) -> datetime:
    """The first moment at which it does not apply any more: at its last one it still does."""
    bound = rule.date_end
    if bound is None or (not isinstance(bound, datetime) and bound >= date.max):
        return datetime.max.replace(tzinfo=UTC)
    if isinstance(bound, datetime):
        return bound.replace(tzinfo=UTC) + timedelta(seconds=1)
    return datetime.combine(bound + timedelta(days=1), time(), UTC)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
