"""Odoo 14.0, the version whose names the other layouts are told against."""

from __future__ import annotations

from typing import ClassVar

from demo.wholesale.layouts.base import Layout


class Layout14(Layout):
    """The tables of Odoo 14.0."""

    version: ClassVar[str] = "14.0"
    # its country groups are not among the recorded models
    renamed: ClassVar[dict[str, str | None]] = {"res.country.group": None}
