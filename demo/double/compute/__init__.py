"""Fields that Odoo computes: importing this package registers all of them."""

from demo.double.compute import (
    catalogue,
    credit,
    deliveries,
    images,
    money,
    names,
    orders,
    partners,
    sales,
    stock,
    text,
    variants,
)
from demo.double.compute.registry import COMPUTED

__all__ = [
    "COMPUTED",
    "catalogue",
    "credit",
    "deliveries",
    "images",
    "money",
    "names",
    "orders",
    "partners",
    "sales",
    "stock",
    "text",
    "variants",
]
