"""Which fields of the schema tell what a field of the index does: who may not see those may not use it either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from search.inputs import Viewer
from search.prices import price_key

#: objects whose members belong to pricelists
PRICED: Final = ("prices", "first_prices", "tiers")

#: index field -> fields of the schema's ``Product``, all of which have to be visible. What begins with a field of the
#: index and a dot (a sub-field) is told by it too. Fields that are not here are nobody's but the shop's own.
SHOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (),
    "name": ("name",),
    "other_names": ("name",),
    "slug": ("slug",),
    "description": ("description",),
    "website_description": ("websiteDescription",),
    "seo": ("metaTitle", "metaDescription", "metaKeyword"),
    "type": ("typeId",),
    "published": ("status",),
    "list_price": ("price",),
    "allow_out_of_stock": ("allowOutOfStock",),
    "out_of_stock_message": ("outOfStockMessage",),
    "show_available_quantity": ("showAvailableQty",),
    "rating_average": ("ratingAvg",),
    "rating_count": ("ratingCount",),
    "alternative_ids": ("alternativeProducts",),
    "accessory_ids": ("accessoryProducts",),
    "created_at": (),
    "updated_at": (),
    "images": ("mediaGallery",),
    "sku": ("sku",),
    "sku_forms": ("sku",),
    "barcode": ("barcode",),
    "barcode_forms": ("barcode",),
    "category_ids": ("categories",),
    "category_tree_ids": ("categories",),
    "category_names": ("categories",),
    "categories": ("categories",),
    "breadcrumb": ("breadcrumb",),
    "attributes": ("attributeValues",),
    "value_ids": ("attributeValues",),
    "value_names": ("attributeValues",),
    "values": ("attributeValues",),
    "price_extras": ("price", "attributeValues"),
    "tag_ids": ("tags",),
    "tag_names": ("tags",),
    "tags": ("tags",),
    "ribbon_id": ("ribbon",),
    "ribbon": ("ribbon",),
    "variants": ("productVariants", "variantAttributeValues", "sku", "barcode", "weight"),
    "variants.id": ("productVariants",),
    "variants.sku": ("productVariants", "sku"),
    "variants.barcode": ("productVariants", "barcode"),
    "variants.attributes": ("productVariants", "variantAttributeValues"),
    "variants.value_ids": ("productVariants", "variantAttributeValues"),
    "variants.weight": ("productVariants", "weight"),
    "variants.updated_at": ("productVariants",),
    "prices": ("variantPriceAfterDiscount",),
    "first_prices": ("variantPriceAfterDiscount",),
    "tiers": ("priceTiers",),
    "in_stock": ("isInStock",),
    "variants_in_stock": ("isInStock",),
    "popularity": (),
}
#: whose fields in the schema tell
TYPE: Final = "Product"


class HiddenFieldError(ValueError):
    """A field that whoever asks may not see was to be sorted, filtered, counted or searched by."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is hidden from whoever asks")
        self.field = field


def sees(viewer: Viewer, field: str, own_pricelist: int | None) -> bool:
    """May they have this field of the index, and use it? ``own_pricelist``: theirs."""
    head, _, member = field.partition(".")
    told_by = SHOWN_BY.get(field, SHOWN_BY.get(head))
    if told_by is None or not all(viewer.field_visible(TYPE, one) for one in told_by):
        return False
    if head not in PRICED:
        return True
    pricelist = member.removeprefix("p")
    return pricelist.isdecimal() and viewer.shows_prices(int(pricelist), own_pricelist)


def checked(viewer: Viewer, field: str, own_pricelist: int | None) -> str:
    """The field. Raises HiddenFieldError."""
    if not sees(viewer, field, own_pricelist):
        raise HiddenFieldError(field)
    return field


def source_fields(viewer: Viewer, pricelist_ids: Iterable[int], own_pricelist: int | None) -> list[str]:
    """All that they may have of a document, with the prices of these pricelists: for the engine's ``_source``.

    A list to include alone: what is not in it is not given. The same list serves as field-level security.
    """
    priced = [f"{head}.{price_key(one)}" for one in pricelist_ids for head in PRICED]
    return [field for field in (*index_fields(), *priced) if sees(viewer, field, own_pricelist)]


def index_fields() -> list[str]:
    """Those that somebody may see, but for prices: of objects with members of their own rights, the members."""
    parents = {name.partition(".")[0] for name in SHOWN_BY if "." in name}
    return [name for name in SHOWN_BY if name not in PRICED and name not in parents]
