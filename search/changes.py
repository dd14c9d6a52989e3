"""What of the index a change in Odoo concerns: whole products, their stock, their prices, or the names in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from adapters.records import Change
from adapters.records.changes import Subject

_TAG: Final = re.compile(r"(product|price|stock):(\*|[1-9][0-9]{0,9})", re.ASCII)


@dataclass(slots=True)
class Some:
    """Some products by id, or all of them."""

    ids: set[int] = field(default_factory=set)
    all: bool = False

    def add(self, ids: Iterable[int]) -> None:
        """No ids: it is not known which."""
        listed = list(ids)
        self.ids.update(listed)
        self.all = self.all or not listed

    def __bool__(self) -> bool:
        return self.all or bool(self.ids)


@dataclass(slots=True)
class Plan:
    """What has to be written.

    ``labels``: names of categories, attributes, tags or ribbons, or where they belong. ``shop``: whatever prices
    changed by the shop's own tables: a sync finds out itself which did.
    """

    products: Some = field(default_factory=Some)
    prices: Some = field(default_factory=Some)
    stock: Some = field(default_factory=Some)
    labels: bool = False
    shop: bool = False

    def __bool__(self) -> bool:
        return bool(self.products or self.prices or self.stock or self.labels or self.shop)

    def join(self, other: Plan) -> None:
        """What the other has to write, too."""
        for mine, theirs in zip(self.parts, other.parts, strict=True):
            mine.ids |= theirs.ids
            mine.all = mine.all or theirs.all
        self.labels = self.labels or other.labels
        self.shop = self.shop or other.shop

    @property
    def single(self) -> Plan:
        """This, but for what is told of all at once."""
        products, prices, stock = (Some(ids=set(part.ids)) for part in self.parts)
        return Plan(products, prices, stock, labels=self.labels, shop=self.shop)

    @property
    def parts(self) -> tuple[Some, ...]:
        return self.products, self.prices, self.stock


class Announcer(Protocol):
    """Tells the tags of what is known to have changed (``product:42``, ``price:*``, ``categories`` …)."""

    def on_invalidated(self, listener: Callable[[frozenset[str]], None]) -> None:
        """``listener`` is called with each set of tags; with none when some may have been missed."""


def plan_of(changes: Iterable[Change]) -> Plan:
    """What changes of Odoo concern."""
    plan = Plan()
    for change in changes:
        if change.subject == "price" and change.shared:
            plan.shop = True
        else:
            _CONCERNS[change.subject](plan, change.ids)
    return plan


def plan_of_tags(tags: Iterable[str]) -> Plan:
    """What invalidated tags concern. Tags that concern nothing in the index are passed over."""
    plan = Plan()
    for tag in tags:
        if (found := _TAG.fullmatch(tag)) is not None:
            kind, which = found.groups()
            _BY_TAG[kind](plan).add(() if which == "*" else (int(which),))
        elif tag == "shop":
            plan.shop = True
        elif tag in _LABELS:
            plan.labels = True
    return plan


def _shop(plan: Plan, _: tuple[int, ...]) -> None:
    plan.shop = True


def _labels(plan: Plan, _: tuple[int, ...]) -> None:
    plan.labels = True


def _nothing(_: Plan, __: tuple[int, ...]) -> None:
    return


_CONCERNS: Final[Mapping[Subject, Callable[[Plan, tuple[int, ...]], None]]] = {
    "product": lambda plan, ids: plan.products.add(ids),
    "price": lambda plan, ids: plan.prices.add(ids),
    "stock": lambda plan, ids: plan.stock.add(ids),
    "shop_rules": _shop,
    "pricelist": _shop,
    "currency": _shop,
    # with or without tax
    "website": _shop,
    "category": _labels,
    "attribute": _labels,
    "tag": _labels,
    "country": _nothing,
    "customer": _nothing,
    "order": _nothing,
}
_BY_TAG: Final[Mapping[str, Callable[[Plan], Some]]] = {
    "product": lambda plan: plan.products,
    "price": lambda plan: plan.prices,
    "stock": lambda plan: plan.stock,
}
_LABELS: Final = frozenset({"categories", "attributes", "labels"})
