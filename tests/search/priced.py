"""A variant as the pricing engine takes it, told by the tests themselves: not by what they judge."""

from __future__ import annotations

from adapters.records import Product, Variant
from adapters.records.pricing import PricedProduct


def expected_product(product: Product, variant: Variant, currency: str) -> PricedProduct:
    """``currency``: ISO code of the company's, in which list prices and costs are."""
    return PricedProduct(
        variant_id=variant.id,
        template_id=product.id,
        category_id=product.internal_category_id,
        list_price=product.list_price,
        price_extra=variant.price_extra,
        standard_price=variant.cost,
        currency=currency,
        cost_currency=currency,
        uom_id=product.uom_id,
    )
