"""What the pricing engine refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class PricingError(Exception):
    """A price cannot be computed from the given data."""


class UnknownPricelistError(PricingError):
    """A pricelist asked for, or one that a rule builds on, was not given to the engine."""

    def __init__(self, pricelist_id: int) -> None:
        super().__init__(f"pricelist {pricelist_id} is not known to the pricing engine")
        self.pricelist_id = pricelist_id


class UnknownUomError(PricingError):
    """A unit of measure was not given to the engine."""

    def __init__(self, uom_id: int) -> None:
        super().__init__(f"unit of measure {uom_id} is not known to the pricing engine")
        self.uom_id = uom_id


class UnknownTaxError(PricingError):
    """A tax of a line, or of a group of taxes, was not given."""

    def __init__(self, tax_id: int) -> None:
        super().__init__(f"tax {tax_id} is not known to the pricing engine")
        self.tax_id = tax_id


class PricelistCycleError(PricingError):
    """Pricelists build on each other in a circle; ``path``: from the one asked for to the one met twice."""

    def __init__(self, path: Sequence[int]) -> None:
        chain = " -> ".join(map(str, path))
        super().__init__(f"pricelists build on each other in a circle: {chain}")
        self.path = tuple(path)


class UnknownFiscalPositionError(PricingError):
    """A fiscal position that is set by hand was not given."""

    def __init__(self, position_id: int) -> None:
        super().__init__(f"fiscal position {position_id} is not known to the pricing engine")
        self.position_id = position_id


class NoDeliveryPriceError(PricingError):
    """No rule of a delivery method's price applies to the cart: Odoo does not offer it then."""

    def __init__(self, method_id: int) -> None:
        super().__init__(f"no price rule of delivery method {method_id} applies")
        self.method_id = method_id
