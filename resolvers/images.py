"""Paths of pictures, as the BFF serves them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from adapters.records import Product, Variant
from resolvers.slugs import slugify

Owner = Literal["product", "variant", "image", "category", "tag"]

#: the shop's front end fills in both
_SIZE = "{width}x{height}"


def version_of(updated_at: Iterable[datetime]) -> str:
    """A short text that changes when the picture may have changed: the seconds of the moments, in hexadecimals.

    It is made of write moments because Odoo tells them with what a page reads anyway, under the same name in every
    version. They move with other writes as well: then a picture is fetched once more than it had to be. The checksum
    of the picture itself would be exact, but stands on the attachment: another call for every page.
    """
    return "".join(f"{int(moment.timestamp()):08x}" for moment in updated_at)


def written(product: Product, variant: Variant | None = None) -> tuple[datetime, ...]:
    """The moments that make the version of a product's picture, or of its variant's.

    A variant without a picture of its own has the product's, whose writes do not move the variant (up to 18).
    """
    return (product.updated_at,) if variant is None else (product.updated_at, variant.updated_at)


def picture_path(of: Owner, record_id: int, updated_at: Iterable[datetime]) -> str:
    """The path of the largest size; ``/<width>x<height>/<any name>`` may be appended."""
    return f"/web/image/{of}/{record_id}-{version_of(updated_at)}"


def picture_url(path: str, name: str | None, record_id: int) -> str:
    """A path with ``{width}`` and ``{height}`` to fill in; the name at its end is for search engines."""
    return f"{path}/{_SIZE}/{file_name(name, record_id)}"


def file_name(name: str | None, record_id: int) -> str:
    """A file name from the name of what is shown."""
    return f"x_{slugify(name or '') or record_id}"
