"""Public methods: importing this package registers all of them."""

from demo.double.methods import catalogue, changing, grouping, reading, rights, signup, users
from demo.double.methods.registry import METHODS, Call, Method, public_method, rpc

__all__ = [
    "METHODS",
    "Call",
    "Method",
    "catalogue",
    "changing",
    "grouping",
    "public_method",
    "reading",
    "rights",
    "rpc",
    "signup",
    "users",
]
