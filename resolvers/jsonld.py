"""schema.org descriptions of pages, as JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from adapters.records import Website

_CONTEXT = "https://schema.org"


class OfWebsite(Protocol):
    """What belongs to a website."""

    @property
    def website(self) -> Website: ...


def absolute(of: OfWebsite, path: str) -> str:
    """The path on the website's own domain; the path alone where Odoo names none."""
    domain = of.website.domain
    if not domain:
        return path
    base = domain.rstrip("/") if "://" in domain else f"https://{domain.rstrip('/')}"
    return base + path


def as_text(kind: str, members: dict[str, Any]) -> str:
    """JSON text of one schema.org thing, without empty members."""
    described = {name: value for name, value in members.items() if value not in (None, [], {})}
    return msgspec.json.encode({"@context": _CONTEXT, "@type": kind, **described}).decode()


def collection_page(of: OfWebsite, name: str, slug: str, description: str | None) -> str:
    return as_text("CollectionPage", {"name": name, "url": absolute(of, slug), "description": description})


def breadcrumb_list(of: OfWebsite, steps: Sequence[tuple[str, str]]) -> str:
    """``steps``: (name, slug) from the top down."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": absolute(of, slug)}
        for position, (name, slug) in enumerate(steps, start=1)
    ]
    return as_text("BreadcrumbList", {"itemListElement": items})
