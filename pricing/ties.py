"""All prices that a version without a tie-breaker may answer.

Two rules of the same scope, minimum quantity and category are tied. Where ids do not decide, Odoo's answer
depends on the plan its database happens to choose, and may change from one question to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricing.errors import PricelistCycleError
from pricing.evaluation import Price, chained_pricelist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from adapters.records.pricing import PricedProduct, PricelistRule
    from pricing.evaluation import Evaluation
    from pricing.rulebook import RuleBook


def possible_prices(
    evaluation: Evaluation,
    rules: RuleBook,
    product: PricedProduct,
    pricelist_id: int,
    quantity: Decimal,
    unit_factor: Decimal,
    chain: tuple[int, ...] = (),
) -> Iterator[Price]:
    """The price by each of the tied rules, the engine's own answer first; of pricelists below, likewise.

    Arguments and errors as of ``Evaluation.price``.
    """
    winner = evaluation.rule(product, pricelist_id, quantity)
    tied: list[PricelistRule | None] = [None]
    if winner is not None:
        rank = (winner.scope, rules.rank(winner))
        tied = [
            rule
            for rule in rules.candidates(pricelist_id, product)
            if (rule.scope, rules.rank(rule)) == rank and evaluation.applies(rule, quantity)
        ]
    path = (*chain, pricelist_id)
    for rule in tied:
        base_id = chained_pricelist(rule) if rule is not None else None
        if rule is None or base_id is None:
            yield evaluation.by_rule(rule, product, pricelist_id, quantity, unit_factor, chain)
            continue
        if base_id in path:
            raise PricelistCycleError((*path, base_id))
        for base in possible_prices(evaluation, rules, product, base_id, quantity, unit_factor, path):
            yield evaluation.on_price(rule, base, pricelist_id, unit_factor)
