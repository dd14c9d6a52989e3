"""The pricelist rules: a few hundred kept as they are, and millions computed from their id.

A *priced* list has for nearly every product a rule of its own. These rules are a grid: one row per priced list, one
cell per template, and two places in a cell (the price, and its tier). Which places are filled, and with what, is a pure
function of (row, template), so that nothing is kept per rule; ids are handed out row by row.

No two rules of a pricelist have the same scope, target and minimum quantity, whatever their dates: where Odoo 10.0
leaves the choice between such rules open, there is none to be made.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from demo.wholesale.draws import mixed, stream
from demo.wholesale.goods import Template
from demo.wholesale.pricelists import Terms
from demo.wholesale.reference import current_rate
from demo.wholesale.trade import PriceRule

#: The grid's ids begin here; the rules kept one by one have lower ids.
GRID_BASE: Final = 100_000
_PLACES: Final = 2
_PATTERN_LENGTH: Final = 4093  # prime, so that rows and products do not fall into step
_TIERS: Final = (5, 6, 10, 12, 24, 50, 100)

# What a cell holds, as one byte: nothing, or a bit for each place and one for the scope and the computation.
PRICE, TIER, OF_VARIANT, PERCENTAGE = 1, 2, 4, 8
_CELLS: Final = (
    (0, 10),
    (PRICE, 54),
    (PRICE | TIER, 10),
    (PRICE | OF_VARIANT, 10),
    (PRICE | TIER | OF_VARIANT, 4),
    (TIER, 8),
    (PRICE | PERCENTAGE, 4),
)


class Grid:
    """The computed rules. Templates are numbered 1 to ``templates``; those without rules of their own come after."""

    def __init__(self, seed: int, terms: tuple[Terms, ...], templates: Iterable[Template], size: int) -> None:
        self.rows: Final = tuple(entry for entry in terms if entry.kind in {"priced", "cost"})
        self.row_of: Final = {entry.pricelist_id: row for row, entry in enumerate(self.rows)}
        self.size: Final = size
        self._pattern = _pattern(seed)
        self._offsets = [mixed(seed, entry.pricelist_id, 31) % _PATTERN_LENGTH for entry in self.rows]
        self._scales = [entry.level * current_rate(entry.currency) / 10_000 for entry in self.rows]
        self._prices = array("i")
        self._first_variants = array("i")
        self._extras = array("i")
        for template in templates:
            self._prices.append(template.price)
            self._first_variants.append(template.variants[0].id)
            self._extras.extend(variant.extra for variant in template.variants)

    def __len__(self) -> int:
        return sum(self._filled(row) for row in range(len(self.rows)))

    def _filled(self, row: int) -> int:
        cells = self.cells(row)
        return sum(cells.count(kind) * (bool(kind & PRICE) + bool(kind & TIER)) for kind, _ in _CELLS)

    def cells(self, row: int) -> bytes:
        """The cells of a row, by template id - 1."""
        start = self._offsets[row]
        repeated = self._pattern * ((start + self.size) // _PATTERN_LENGTH + 1)
        return repeated[start : start + self.size]

    def cell(self, row: int, template_id: int) -> int:
        return self._pattern[(self._offsets[row] + template_id - 1) % _PATTERN_LENGTH]

    def span(self, row: int) -> tuple[int, int]:
        """First id of a row, and the first id after it (not all of them exist)."""
        width = self.size * _PLACES
        return GRID_BASE + 1 + row * width, GRID_BASE + 1 + (row + 1) * width

    def rule_id(self, row: int, template_id: int, place: int) -> int:
        """Id of the rule in a cell's first (0, the price) or second place (1, the tier)."""
        return GRID_BASE + 1 + (row * self.size + template_id - 1) * _PLACES + place

    def row_ids(self, row: int, having: int = 0, lacking: int = 0) -> Iterator[int]:
        """Ids of a row's rules, ascending: in cells that have all bits of ``having`` and none of ``lacking``."""
        number = self.span(row)[0]
        for cell in self.cells(row):
            if cell & having == having and not cell & lacking:
                if cell & PRICE:
                    yield number
                if cell & TIER:
                    yield number + 1
            number += _PLACES

    def template_ids(self, row: int, template_id: int) -> Iterator[int]:
        """Ids of a row's rules for one template (of either scope)."""
        cell = self.cell(row, template_id)
        if cell & PRICE:
            yield self.rule_id(row, template_id, 0)
        if cell & TIER:
            yield self.rule_id(row, template_id, 1)

    def template_of(self, variant_id: int) -> int:
        """The template (by id) that a variant belongs to; beyond ``size`` when it has no rules in the grid."""
        return bisect_right(self._first_variants, variant_id)

    def variant(self, row: int, template_id: int) -> int:
        """The variant that a cell with OF_VARIANT is for."""
        first = self._first_variants[template_id - 1]
        number = self._first_variants[template_id] - first if template_id < len(self._first_variants) else 1
        return first + mixed(row, template_id) % number

    def rule(self, rule_id: int) -> PriceRule | None:
        """The rule with this id, or None."""
        cell_number, place = divmod(rule_id - GRID_BASE - 1, _PLACES)
        row, index = divmod(cell_number, self.size)
        if rule_id <= GRID_BASE or row >= len(self.rows):
            return None
        cell = self.cell(row, index + 1)
        if not cell & (TIER if place else PRICE):
            return None
        return self._made(rule_id, row, index + 1, place, cell)

    def _made(self, rule_id: int, row: int, template_id: int, place: int, cell: int) -> PriceRule:
        terms = self.rows[row]
        chance = mixed(row, template_id, 41)
        variant_id = self.variant(row, template_id) if cell & OF_VARIANT else 0
        percentage = bool(cell & PERCENTAGE)
        extra = self._extras[variant_id - 1] if variant_id else 0
        price = (self._prices[template_id - 1] + extra) * self._scales[row] * (9_800 + chance % 401) / 10_000
        if place:
            price *= 0.97 - (chance >> 10) % 60 / 1000
        return PriceRule(
            rule_id,
            terms.pricelist_id,
            "0_product_variant" if variant_id else "1_product",
            terms.written,
            template_id,
            variant_id,
            0,
            _TIERS[(chance >> 16) % len(_TIERS)] if place else 0,
            "percentage" if percentage else "fixed",
            fixed=0 if percentage else max(1, int(price + 0.5)),
            percent=(chance % 60) / 2 if percentage else 0.0,
        )


def _pattern(seed: int) -> bytes:
    kinds, weights = zip(*_CELLS, strict=True)
    return bytes(stream(seed, "cells").choices(kinds, weights=weights, k=_PATTERN_LENGTH))


class RuleBook:
    """All rules of the shop: those kept one by one (``single``) and the grid."""

    def __init__(self, single: Iterable[PriceRule], grid: Grid) -> None:
        self.single: Final = {rule.id: rule for rule in single}
        self.grid: Final = grid
        self._by_target: dict[str, dict[int, list[int]]] = {name: defaultdict(list) for name in _SINGLE_KEYS}
        for rule in self.single.values():
            for name, key in _SINGLE_KEYS.items():
                self._by_target[name][key(rule)].append(rule.id)

    def __len__(self) -> int:
        return len(self.single) + len(self.grid)

    def rule(self, rule_id: int) -> PriceRule | None:
        return self.single.get(rule_id) if rule_id <= GRID_BASE else self.grid.rule(rule_id)

    def ids(self) -> Iterator[int]:
        """All ids, ascending."""
        yield from self.single
        for row in range(len(self.grid.rows)):
            yield from self.grid.row_ids(row)

    @property
    def last_id(self) -> int:
        """The highest id that a rule of the book can have."""
        return self.grid.span(len(self.grid.rows) - 1)[1] - 1 if self.grid.rows else GRID_BASE

    def of_pricelist(self, pricelist_id: int) -> Iterator[int]:
        yield from self._by_target["pricelist"].get(pricelist_id, ())
        row = self.grid.row_of.get(pricelist_id)
        if row is not None:
            yield from self.grid.row_ids(row)

    def samples(self) -> Iterator[tuple[int, PriceRule]]:
        """Every pricelist that has rules, with one of them."""
        for pricelist_id, rule_ids in self._by_target["pricelist"].items():
            yield pricelist_id, self.single[rule_ids[0]]

    def of_scope(self, scope: str) -> Iterator[int]:
        yield from (rule.id for rule in self.single.values() if rule.scope == scope)
        bits = {"0_product_variant": (OF_VARIANT, 0), "1_product": (0, OF_VARIANT)}.get(scope)
        if bits:
            for row in range(len(self.grid.rows)):
                yield from self.grid.row_ids(row, *bits)

    def of_template(self, template_id: int, *, with_variants: bool) -> Iterator[int]:
        """Rules of a template; ``with_variants`` says whether also those of its variants."""
        for rule_id in self._by_target["template"].get(template_id, ()):
            if with_variants or not self.single[rule_id].variant_id:
                yield rule_id
        if 1 <= template_id <= self.grid.size:
            for row in range(len(self.grid.rows)):
                if with_variants or not self.grid.cell(row, template_id) & OF_VARIANT:
                    yield from self.grid.template_ids(row, template_id)

    def of_variant(self, variant_id: int) -> Iterator[int]:
        yield from self._by_target["variant"].get(variant_id, ())
        template_id = self.grid.template_of(variant_id)
        if 1 <= template_id <= self.grid.size:
            for row in range(len(self.grid.rows)):
                if self.grid.cell(row, template_id) & OF_VARIANT and self.grid.variant(row, template_id) == variant_id:
                    yield from self.grid.template_ids(row, template_id)

    def of_category(self, category_id: int) -> Iterator[int]:
        yield from self._by_target["category"].get(category_id, ())


_SINGLE_KEYS: Final[dict[str, Callable[[PriceRule], Any]]] = {
    "pricelist": lambda rule: rule.pricelist_id,
    "template": lambda rule: rule.template_id,
    "variant": lambda rule: rule.variant_id,
    "category": lambda rule: rule.category_id,
}
