"""The names by which storefronts for Odoo tell pages and pictures apart: Odoo's models and fields, some of an addon."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from adapters.connect import available_adapters

PAGE_OF: Final[Mapping[Literal["product", "category", "page"], str]] = {
    "product": "product.template",
    "category": "product.public.category",
    "page": "alokai.website.page",
}

#: whose picture it is that Odoo shows at ``/web/image/<model>/<id>/<field>``
PICTURED: Final[Mapping[str, Literal["product", "variant", "image", "category", "tag"]]] = {
    "product.template": "product",
    "product.product": "variant",
    "product.image": "image",
    "product.public.category": "category",
    "product.tag": "tag",
}
#: a variant's own picture has this in the name of its field; without one of its own it has the product's
_OWN: Final = "_variant"


@cache
def _sizes() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for adapter in available_adapters().values():
        profile = adapter.profile
        for sizes in (profile.image_sizes, *profile.image_sizes_of.values()):
            for pixels, field in sizes:
                found[field] = max(pixels, found.get(field, 0))
    return found


def picture_pixels(field: str) -> int | None:
    """How large a picture this field of Odoo holds at the most, in whatever version; None for another field.

    Addresses outlive versions: they stand in texts, in mails, and with search engines.
    """
    return _sizes().get(field.replace(_OWN, "", 1))
