"""Odoo 19.0: what changed in how a message is posted since 14.0."""

from __future__ import annotations

from typing import Any

#: else the body is taken for plain text
NOTICE_EXTRA: dict[str, Any] = {"body_is_html": True}
