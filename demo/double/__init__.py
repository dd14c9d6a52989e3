"""An Odoo double: speaks the wire protocols of Odoo 10.0, 14.0 and 19.0 over a ``demo.dataset.Dataset``."""

from demo.double.core import Double, RpcCall
from demo.double.faults import Faults
from demo.double.server import DoubleServer

__all__ = ["Double", "DoubleServer", "Faults", "RpcCall"]
