"""Texts of failures as clients see them: a traceback whose last line is the class and its message."""

from __future__ import annotations

from demo.double import errors
from demo.double.errors import OdooFault

_HEAD = "Traceback (most recent call last):\n"
_CALL = (("odoo/service/model.py", 119, "execute"),)
#: The method's lookup, in Odoo's dispatcher.
_LOOKUP = (*_CALL, ("odoo/api.py", 682, "call_kw"))
_METHOD = (*_LOOKUP, ("odoo/models.py", 3310, "_checked"))
#: What XML-RPC cannot write was answered, and committed.
_MARSHALLER = (
    ("odoo/service/wsgi_server.py", 57, "xmlrpc_return"),
    ("xmlrpc/client.py", 502, "dumps"),
    ("xmlrpc/client.py", 524, "__dump"),
)


def traceback_text(fault: OdooFault, *, paired: bool, short_class: bool) -> str:
    """The traceback of a failure. ``paired``: the exception holds (text, None), as Odoo 10's own do."""
    name = fault.class_name if short_class or fault.name.startswith("builtins.") else fault.name
    shown = repr((fault.message, None)) if paired else fault.message
    frames = "".join(f'  File "{file}", line {line}, in {function}\n' for file, line, function in _frames(fault))
    return f"{_HEAD}{frames}{name}: {shown}\n"


def _frames(fault: OdooFault) -> tuple[tuple[str, int, str], ...]:
    if fault.name == errors.ATTRIBUTE_ERROR:
        return _LOOKUP
    if fault.name == errors.TYPE_ERROR and fault.message.startswith("cannot marshal None"):
        return (*_MARSHALLER, ("xmlrpc/client.py", 528, "dump_nil"))
    return _METHOD
