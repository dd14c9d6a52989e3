"""Odoo 14.0: what changed in how a message is posted since 10.0."""

from __future__ import annotations

from adapters.versions.v10_notices import NOTICE_NAMES as V10

NOTICE_NAMES: dict[str, str] = {**V10, "subtype": "subtype_xmlid"}
