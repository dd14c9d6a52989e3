"""Public methods: importing this package registers all of them."""

from demo.double.methods import (
    catalogue,
    changing,
    coupons,
    delivery,
    grouping,
    invoices,
    messages,
    onchange,
    orders,
    reading,
    rights,
    signup,
    users,
)
from demo.double.methods.registry import METHODS, Call, Method, public_method, rpc

__all__ = [
    "METHODS",
    "Call",
    "Method",
    "catalogue",
    "changing",
    "coupons",
    "delivery",
    "grouping",
    "invoices",
    "messages",
    "onchange",
    "orders",
    "public_method",
    "reading",
    "rights",
    "rpc",
    "signup",
    "users",
]
