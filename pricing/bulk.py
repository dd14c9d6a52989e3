"""Prices in bulk: many products in many pricelists, in chunks, so that memory does not grow with their number.

The answers are those of ``PriceEngine.price``. What makes it quick is that a chunk shares one rule book and one
moment, and that a product's price in a pricelist that others build on is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pricing.rounding import ONE

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from adapters.records.pricing import PricedProduct, PricelistRule
    from pricing.engine import PriceEngine
    from pricing.evaluation import Price
    from pricing.rulebook import RuleBook

#: Reads the variant and template rules of some products (of all pricelists that matter).
RulesOf = Callable[[Sequence["PricedProduct"]], Iterable["PricelistRule"]]


class BulkPrice(NamedTuple):
    """One answer: the unit price of ``product`` when ``quantity`` of its own unit are bought."""

    product: PricedProduct
    pricelist_id: int
    quantity: Decimal
    price: Price


def bulk_prices(
    engine: PriceEngine,
    products: Iterable[PricedProduct],
    pricelist_ids: Sequence[int],
    quantities: Sequence[Decimal],
    at: datetime,
    *,
    rules: RuleBook,
    rules_of: RulesOf,
    chunk: int = 100,
) -> Iterator[BulkPrice]:
    """Every product in every pricelist at every quantity: by product, then pricelist, then quantity, as given.

    ``rules``: what does not come chunk by chunk, as a rule the category and global rules of the shop.
    ``rules_of``: called once per chunk, for the rules of its products; those of pricelists that the asked ones
    build on included. ``chunk``: products at a time, which bounds the memory.
    Raises what ``PriceEngine.price`` raises, at the price concerned.
    """
    remaining = iter(products)
    while batch := list(islice(remaining, chunk)):
        yield from chunk_prices(engine, batch, pricelist_ids, quantities, at, rules=rules.extended(rules_of(batch)))


def chunk_prices(
    engine: PriceEngine,
    products: Iterable[PricedProduct],
    pricelist_ids: Sequence[int],
    quantities: Sequence[Decimal],
    at: datetime,
    *,
    rules: RuleBook,
) -> Iterator[BulkPrice]:
    """As ``bulk_prices``, from a rule book that has all the rules (for callers who fetch them otherwise)."""
    price = engine.evaluation(at, rules).price
    for product in products:
        for pricelist_id in pricelist_ids:
            for quantity in quantities:
                answer = price(product, pricelist_id, quantity, ONE)
                yield BulkPrice(product, pricelist_id, quantity, answer)
