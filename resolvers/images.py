"""Paths of pictures, as the BFF serves them."""

from __future__ import annotations

from typing import Literal

from resolvers.slugs import slugify

Owner = Literal["product", "variant", "image", "category"]

#: the shop's front end fills in both
_SIZE = "{width}x{height}"


def picture_url(of: Owner, record_id: int, name: str | None) -> str:
    """A path with ``{width}`` and ``{height}`` to fill in; the name at its end is for search engines."""
    return f"{picture_path(of, record_id)}/{_SIZE}/{file_name(name, record_id)}"


def picture_path(of: Owner, record_id: int) -> str:
    """The path of the largest size; ``/<width>x<height>/<any name>`` may be appended."""
    return f"/web/image/{of}/{record_id}"


def file_name(name: str | None, record_id: int) -> str:
    """A file name from a product's or category's name."""
    return f"x_{slugify(name or '') or record_id}"
