"""What a fiscal position does: it maps taxes, and takes the taxes that go out of prices that have them in them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing import tax_batches
from pricing.tax_lines import LineInput, find_tax, flattened
from pricing.taxes import TAX_LINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.records.contacts import FiscalPosition
    from adapters.records.pricing import PricingPolicy, RoundingMethod, Tax

_ZERO = Decimal(0)
_ONE = Decimal(1)


def map_taxes(position: FiscalPosition | None, tax_ids: Sequence[int]) -> tuple[int, ...]:
    """The taxes that take the place of a product's (``map_tax``): none twice, in the order of those they replace.

    A tax without a mapping stays, one mapped to nothing goes, one mapped several times becomes several.
    """
    if position is None:
        return tuple(dict.fromkeys(tax_ids))
    if position.removes_all:
        return ()
    mapped: dict[int, None] = {}
    for tax_id in tax_ids:
        mappings = [one for one in position.taxes if one.tax_id == tax_id]
        mapped.update((one.to, None) for one in mappings if one.to is not None)
        if not mappings:
            mapped[tax_id] = None
    return tuple(mapped)


def adapted_price(
    price: Decimal,
    product_taxes: Sequence[int],
    line_taxes: Sequence[int],
    taxes: Mapping[int, Tax],
    policy: PricingPolicy,
    *,
    rounding_method: RoundingMethod,
    company_step: Decimal,
) -> Decimal:
    """The price of a product whose taxes are ``product_taxes``, on a line that has ``line_taxes`` instead.

    ``company_step``: the smallest amount of the company's currency, to which 10 and 14 round here, in whatever
    currency the price is. Raises UnknownTaxError.
    """
    if set(product_taxes) == set(line_taxes):
        return price
    if policy.fiscal.price_adaption == "replace":
        return _replaced(price, product_taxes, line_taxes, taxes, company_step)
    gone = [find_tax(taxes, tax_id) for tax_id in product_taxes if tax_id not in line_taxes]
    gone = [tax for tax in gone if tax.price_include]
    if not gone:
        return price
    per_line = rounding_method == "round_per_line"
    return TAX_LINES[policy.tax_computation](LineInput(price, _ONE, gone, company_step, per_line), taxes).excluded


def _replaced(
    price: Decimal, product_taxes: Sequence[int], line_taxes: Sequence[int], taxes: Mapping[int, Tax], step: Decimal
) -> Decimal:
    """``_adapt_price_unit_to_another_taxes``: only where all taxes of the product are included in its price."""
    old = [find_tax(taxes, tax_id) for tax_id in product_taxes]
    if not all(tax.price_include for tax in old):
        return price
    excluded = tax_batches.tax_line(LineInput(price, _ONE, old, step, per_line=False), taxes).excluded
    new = list(flattened([find_tax(taxes, tax_id) for tax_id in line_taxes], taxes, lambda tax: (tax.sequence, tax.id)))
    included = {tax.id for tax in new if tax.price_include}
    on_top = [replace(tax, price_include=False) for tax in new]
    taxed = tax_batches.tax_line(LineInput(excluded, _ONE, on_top, step, per_line=False), taxes)
    return excluded + sum((one.amount for one in taxed.taxes if one.tax.id in included), _ZERO)
