"""The rules kept one by one: everything of a pricelist but its prices per product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any, Final

from demo.wholesale import trees
from demo.wholesale.draws import mixed
from demo.wholesale.goods import Template
from demo.wholesale.pricelists import PUBLIC, Terms
from demo.wholesale.trade import PriceRule

#: Past, current and future at the shop's reference time (and the current one for years to come). Bounds are midnights
#: UTC. The place is the minimum quantity of such a rule too, which keeps it apart from the lasting ones.
_PERIODS: Final = (
    (date(2024, 3, 1), date(2024, 4, 1)),
    (date(2026, 10, 1), date(2036, 10, 1)),
    (date(2040, 1, 1), None),
)
_BRANCHES: Final = ("Medicines", "Nutrition", "Consumables", "Equipment", "Hygiene", "Workwear")
_LEAVES: Final = ("Antibiotics", "Vaccines", "Dog food", "Cat food", "Syringes", "Needles", "Diagnostics", "Clothing")
#: Templates with a promotion of their own, per pricelist.
_PROMOTED: Final = 4

_Values = dict[str, Any]


def single_rules(seed: int, terms: Sequence[Terms], templates: Sequence[Template]) -> Iterator[PriceRule]:
    """The rules, with ascending ids from 1 on."""
    numbers = count(1)
    for entry in terms:
        for values in _rules(seed, entry, templates):
            yield PriceRule(id=next(numbers), pricelist_id=entry.pricelist_id, written=entry.written, **values)


def _rules(seed: int, terms: Terms, templates: Sequence[Template]) -> Iterator[_Values]:
    if terms.currency != "EUR":
        # Before 19, formulas are computed in euros and converted afterwards: only what is proportional to the list
        # price gives the same in every version.
        yield from _global(percent=(mixed(seed, terms.pricelist_id, 51) % 20) / 1.0)
        yield from _category(seed, terms, plain=True)
        return
    yield from {"public": _public, "chained": _chained, "cost": _cost, "priced": _priced}[terms.kind](seed, terms)
    yield from _promotions(seed, terms, templates)


def _public(seed: int, terms: Terms) -> Iterator[_Values]:
    yield from _global(percent=0.0)
    yield {"scope": "3_global", "computation": "percentage", "percent": 2.5, "min_quantity": 100}
    starts, ends = _PERIODS[1]
    dated = {"starts": starts, "ends": ends, "min_quantity": 2}
    yield {
        "scope": "2_product_category",
        "category_id": trees.category_id("Vaccines"),
        "computation": "percentage",
        "percent": 7.5,
        **dated,
    }
    yield from _category(seed, terms, plain=True)


def _priced(seed: int, terms: Terms) -> Iterator[_Values]:
    yield from _global(percent=(mixed(seed, terms.pricelist_id, 52) % 30) / 2)
    yield {"scope": "3_global", "computation": "percentage", "percent": 16.0, "min_quantity": 250}
    for place, (starts, ends) in enumerate(_PERIODS, start=1):
        dated = {"starts": starts, "ends": ends, "min_quantity": place}
        yield {"scope": "3_global", "computation": "percentage", "percent": 17.0 + place, **dated}
    yield from _category(seed, terms, plain=False)


def _cost(seed: int, terms: Terms) -> Iterator[_Values]:
    chance = mixed(seed, terms.pricelist_id, 53)
    yield {
        "scope": "3_global",
        "computation": "formula",
        "base": "standard_price",
        "discount": -float(20 + chance % 30),
        "round_to": (0.05, 0.1, 0.5)[chance % 3],
        "surcharge": (0.0, -0.01, 0.25)[(chance >> 4) % 3],
    }
    yield {
        "scope": "2_product_category",
        "category_id": trees.category_id("Medicines"),
        "computation": "formula",
        "base": "standard_price",
        "discount": -35.0,
        "min_margin": 1.0,
        "max_margin": 40.0,  # a minimum needs a maximum: 14.0 refuses a minimum above it
    }
    yield from _category(seed, terms, plain=False, without="Medicines")


def _chained(seed: int, terms: Terms) -> Iterator[_Values]:
    base = {"base": "pricelist", "base_pricelist_id": terms.pricelist_id - 1}
    chance = mixed(seed, terms.pricelist_id, 54)
    yield {
        "scope": "3_global",
        "computation": "formula",
        **base,
        "discount": float(1 + chance % 6),
        "round_to": 0.01,
        "surcharge": (0.0, 0.05)[chance >> 5 & 1],
    }
    yield {"scope": "3_global", "computation": "percentage", **base, "percent": 8.0, "min_quantity": 20}
    leaf = trees.category_id(_LEAVES[chance % len(_LEAVES)])
    yield {"scope": "2_product_category", "category_id": leaf, "computation": "percentage", **base, "percent": 4.0}


def _global(percent: float) -> Iterator[_Values]:
    """The rule that leaves no product without one (10.0 answers unconverted prices without a rule)."""
    yield {"scope": "3_global", "computation": "percentage", "percent": percent}


def _category(seed: int, terms: Terms, *, plain: bool, without: str = "") -> Iterator[_Values]:
    """Discounts on some branches of the internal tree, and on leaves below them; tiers on some."""
    for place, name in enumerate((*_BRANCHES, *_LEAVES)):
        chance = mixed(seed, terms.pricelist_id, 55, place)
        if name == without or chance % 3 == 0:
            continue
        target: _Values = {"scope": "2_product_category", "category_id": trees.category_id(name)}
        yield target | {"computation": "percentage", "percent": float(2 + chance % 20), "min_quantity": chance % 2 * 10}
        if not plain and chance % 4 == 1:
            yield target | _rounded(chance) | {"min_quantity": 50}


def _rounded(chance: int) -> _Values:
    """A formula on the list price, with rounding, surcharge and limits."""
    return {
        "computation": "formula",
        "discount": float(10 + chance % 15) + 0.33,
        "round_to": (0.05, 1.0, 0.1)[(chance >> 6) % 3],
        "surcharge": (-0.01, 0.0, 0.45)[(chance >> 8) % 3],
        "min_margin": -200.0 if chance >> 10 & 1 else 0.0,
        "max_margin": 3.5 if chance >> 11 & 1 else 0.0,
    }


def _promotions(seed: int, terms: Terms, templates: Sequence[Template]) -> Iterator[_Values]:
    """Dated prices of a few products, on the template or on one variant; minimum quantities keep them apart."""
    chosen = sorted({mixed(seed, terms.pricelist_id, 56, place) % len(templates) for place in range(_PROMOTED)})
    for template in (templates[index] for index in chosen):
        for place, (starts, ends) in enumerate(_PERIODS, start=1):
            variant = template.variants[mixed(seed, template.id, place) % len(template.variants)]
            dated = {"starts": starts, "ends": ends, "min_quantity": place, "template_id": template.id}
            price = max(1, (template.price + variant.extra) * terms.level // 10_000 * (80 - place) // 100)
            if (template.id + place) % 2 or terms.pricelist_id == PUBLIC:
                yield {"scope": "1_product", "computation": "fixed", "fixed": price, **dated}
            else:
                yield {
                    "scope": "0_product_variant",
                    "variant_id": variant.id,
                    "computation": "fixed",
                    "fixed": price,
                    **dated,
                }
