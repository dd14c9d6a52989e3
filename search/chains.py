"""Which pricelists have other prices when the shop's own tables are others, and which rules tell those prices."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from adapters.records.pricing import CurrencyRates, PricelistRule
from pricing.evaluation import chained_pricelist
from search.facts import base_of_row, pricelist_of_row
from search.prices import ShopPrices

#: stands for what all pricelists hang on
_ALL: Final = "*"


def fingerprints(prices: ShopPrices) -> dict[str, str]:
    """What the prices of each pricelist are made of at this moment, but for rules of products, as short texts.

    Equal ones tell that nothing is another, whatever was written in Odoo, and whatever the time is now.
    """
    tables, rules = prices.tables, defaultdict[int, list[PricelistRule]](list)
    for rule in tables.shop_rules:
        if prices.current(rule):
            rules[rule.pricelist_id].append(rule)
    common = {
        "policy": tables.policy,
        "parents": sorted(tables.category_parents.items()),
        "taxes": sorted(tables.taxes.values(), key=lambda tax: tax.id),
        "currencies": {one.id: one.currency_code for one in tables.companies.values()},
        "rates": {one: _rates(rates, prices.at.date()) for one, rates in sorted(tables.rates.items())},
    }
    return {
        _ALL: _digest(common),
        **{
            str(one.id): _digest([one.currency, prices.seller(one.id), sorted(rules[one.id], key=lambda r: r.id)])
            for one in prices.pricelists.values()
        },
    }


def affected(before: Mapping[str, str], after: Mapping[str, str], chains: Chains) -> frozenset[int]:
    """The pricelists with other prices: of all, if something is another that all hang on."""
    if before.get(_ALL) != after[_ALL]:
        return frozenset(int(one) for one in after if one != _ALL)
    return chains.building_on(int(one) for one in after if one != _ALL and before.get(one) != after[one])


def other_pricelists(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Are there pricelists that were not there, or the other way round? Then product rules are others, too."""
    return bool(before) and before.keys() != after.keys()


class Chains:
    """Which pricelists build on which, by the shop's rules."""

    def __init__(self, shop_rules: Iterable[PricelistRule]) -> None:
        self._bases: dict[int, set[int]] = defaultdict(set)
        self._above: dict[int, set[int]] = defaultdict(set)
        for rule in shop_rules:
            if (base := chained_pricelist(rule)) is not None:
                self._bases[rule.pricelist_id].add(base)
                self._above[base].add(rule.pricelist_id)

    def building_on(self, pricelists: Iterable[int], own: Mapping[int, Iterable[int]] | None = None) -> frozenset[int]:
        """These, and all that build on them. ``own``: which do by rules of a product, by what they build on."""
        return _reached(pricelists, lambda one: (*self._above.get(one, ()), *((own or {}).get(one, ()))))

    def rows_of(self, rows: Sequence[Any], pricelists: Iterable[int]) -> list[Any]:
        """Of a product's rules (as the facts keep them) those that tell its prices in these pricelists."""
        own: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            if (base := base_of_row(row)) is not None:
                own[pricelist_of_row(row)].add(base)
        needed = _reached(pricelists, lambda one: (*self._bases.get(one, ()), *own.get(one, ())))
        return [row for row in rows if pricelist_of_row(row) in needed]

    def affected_of(self, rows: Sequence[Any], pricelists: frozenset[int]) -> frozenset[int]:
        """These pricelists, and those that build on them for a product with these rules."""
        own: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            if (base := base_of_row(row)) is not None:
                own[base].add(pricelist_of_row(row))
        return self.building_on(pricelists, own) if own else pricelists


def _reached(start: Iterable[int], following: Any) -> frozenset[int]:
    found, waiting = set[int](), list(start)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(following(one))
    return frozenset(found)


def _rates(rates: CurrencyRates, day: date) -> dict[str, Any]:
    """The rates of a day (UTC), with what stands in before the first one."""
    current = {
        code: ([rate for since, rate in dated if since <= day][-1:], dated[0][1] if dated else None)
        for code, dated in sorted(rates.rates.items())
    }
    return {"rates": current, "steps": sorted(rates.rounding.items()), "currency": rates.company_currency}


def _digest(of: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(of, enc_hook=_plain), digest_size=8).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | datetime):
        return str(value)
    raise TypeError(f"not to be told apart: {type(value)}")
