"""Texts of failures as clients see them: a traceback whose last line is the class and its message."""

from __future__ import annotations

from demo.double.errors import OdooFault


def traceback_text(fault: OdooFault, *, paired: bool, short_class: bool) -> str:
    """The traceback of a failure. ``paired``: the exception holds (text, None), as Odoo 10's own do."""
    name = fault.class_name if short_class or fault.name.startswith("builtins.") else fault.name
    shown = repr((fault.message, None)) if paired else fault.message
    return f'Traceback (most recent call last):\n  File "odoo/service/model.py", in execute_kw\n{name}: {shown}\n'
