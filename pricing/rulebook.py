"""Pricelist rules, organised so that the few that can apply to a product are found without walking all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from adapters.records.pricing import RuleScope

if TYPE_CHECKING:
    from decimal import Decimal

    from adapters.records.pricing import PricedProduct, PricelistRule

#: Category id -> parent id; None (or a missing key) for a root.
CategoryParents = Mapping[int, "int | None"]

_Rules = list["PricelistRule"]
_Groups = dict["int | None", _Rules]
#: The groups of one pricelist by target, at the index of their scope.
_Scopes = tuple[_Groups, _Groups, _Groups, _Groups]


class RuleBook:
    """The rules of any number of pricelists, by pricelist, scope and target.

    Within a pricelist Odoo looks at variant rules first, then template, category and global rules; inside a
    scope at the highest minimum quantity first, then at the deepest category, then at the highest id. (Odoo
    orders categories by name path or nested set; among the ancestors of one category both mean depth.)
    Where a version leaves ties open, the highest id wins here too: it is what such a server mostly answers.

    A book can be laid over another (``extended``): shop-wide rules are indexed once, and the rules of some
    products added for as long as they are needed. The lower book is not changed.
    """

    __slots__ = ("_below", "_by_pricelist", "_depths", "_parents", "_tails")

    def __init__(
        self,
        rules: Iterable[PricelistRule] = (),
        *,
        categories: CategoryParents,
        below: RuleBook | None = None,
    ) -> None:
        self._parents = categories
        self._below = below
        self._depths: dict[int, int] = {}
        self._by_pricelist: dict[int, _Scopes] = {}
        self._tails: dict[tuple[int, int | None], tuple[PricelistRule, ...]] = {}
        self._index(rules)

    def extended(self, rules: Iterable[PricelistRule]) -> RuleBook:
        """A book of these rules and all of this one's."""
        return RuleBook(rules, categories=self._parents, below=self)

    def candidates(self, pricelist_id: int, product: PricedProduct) -> Iterator[PricelistRule]:
        """The pricelist's rules whose target is the product, in the order in which Odoo tries them.

        Dates and minimum quantities are not looked at.
        """
        yield from self.specific(pricelist_id, product)
        yield from self.general(pricelist_id, product.category_id)

    def specific(self, pricelist_id: int, product: PricedProduct) -> Sequence[PricelistRule]:
        """The variant rules, then the template rules of a product, in order."""
        template = self._group(pricelist_id, RuleScope.TEMPLATE, product.template_id)
        if product.variant_id is None:
            return template
        variant = self._group(pricelist_id, RuleScope.VARIANT, product.variant_id)
        return [*variant, *template] if variant and template else variant or template

    def general(self, pricelist_id: int, category_id: int | None) -> Sequence[PricelistRule]:
        """The category rules (of the category and its ancestors), then the global rules, in order."""
        if not self._has_general(pricelist_id):
            return self._below.general(pricelist_id, category_id) if self._below is not None else ()
        key = (pricelist_id, category_id)
        tail = self._tails.get(key)
        if tail is None:
            by_category = [
                rule
                for ancestor in self._lineage(category_id)
                for rule in self._group(pricelist_id, RuleScope.CATEGORY, ancestor)
            ]
            by_category.sort(key=self.order)
            tail = (*by_category, *self._group(pricelist_id, RuleScope.GLOBAL, None))
            self._tails[key] = tail
        return tail

    def order(self, rule: PricelistRule) -> tuple[Decimal, int, int]:
        """Sort key of a rule among those of its scope: ascending is the order in which Odoo tries them."""
        return (*self.rank(rule), -rule.id)

    def rank(self, rule: PricelistRule) -> tuple[Decimal, int]:
        """The sort key without the id: rules of a scope with the same rank are tied."""
        depth = self._depth(rule.target_id) if rule.scope is RuleScope.CATEGORY else 0
        return -rule.min_quantity, -depth

    def _index(self, rules: Iterable[PricelistRule]) -> None:
        by_pricelist = self._by_pricelist
        unsorted: list[_Rules] = []
        for rule in rules:
            scopes = by_pricelist.get(rule.pricelist_id)
            if scopes is None:
                scopes = by_pricelist[rule.pricelist_id] = ({}, {}, {}, {})
            groups = scopes[rule.scope]
            group = groups.get(rule.target_id)
            if group is None:
                groups[rule.target_id] = [rule]
            else:
                if len(group) == 1:
                    unsorted.append(group)
                group.append(rule)
        for group in unsorted:
            group.sort(key=self.order)

    def _group(self, pricelist_id: int, scope: RuleScope, target_id: int | None) -> Sequence[PricelistRule]:
        scopes = self._by_pricelist.get(pricelist_id)
        own = scopes[scope].get(target_id, ()) if scopes is not None else ()
        if self._below is None:
            return own
        below = self._below._group(pricelist_id, scope, target_id)
        if own and below:
            return sorted((*own, *below), key=self.order)
        return own or below

    def _has_general(self, pricelist_id: int) -> bool:
        scopes = self._by_pricelist.get(pricelist_id)
        return scopes is not None and bool(scopes[RuleScope.CATEGORY] or scopes[RuleScope.GLOBAL])

    def _lineage(self, category_id: int | None) -> Iterator[int]:
        """The category and its ancestors; a circle in the data ends it."""
        seen: set[int] = set()
        while category_id is not None and category_id not in seen:
            yield category_id
            seen.add(category_id)
            category_id = self._parents.get(category_id)

    def _depth(self, category_id: int | None) -> int:
        if category_id is None:
            return 0
        depth = self._depths.get(category_id)
        if depth is None:
            depth = self._depths[category_id] = sum(1 for _ in self._lineage(category_id))
        return depth
