"""How the three recorded versions price."""

from __future__ import annotations

from adapters.records.pricing import PricingPolicy

ODOO_10 = PricingPolicy(
    convert_before_formula=False,
    convert_without_rule=False,
    date_bounds="date",
    id_breaks_ties=False,
    price_digits=2,
    tax_computation="sequential",
)

ODOO_14 = PricingPolicy(
    convert_before_formula=False,
    convert_without_rule=True,
    date_bounds="datetime",
    id_breaks_ties=True,
    price_digits=2,
    tax_computation="checkpoints",
)

ODOO_19 = PricingPolicy(
    convert_before_formula=True,
    convert_without_rule=True,
    date_bounds="datetime",
    id_breaks_ties=True,
    price_digits=None,
    first_rate_reaches_back=True,
    tax_computation="batches",
)
