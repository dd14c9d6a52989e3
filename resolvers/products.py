"""The fields of products and variants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ariadne import ObjectType

from adapters.errors import OdooUnavailableError
from adapters.records import ProductImage, ProductTag, Variant
from cache.record_cache import NotAtHandError
from resolvers.attributes import ValueNode
from resolvers.errors import BadInputError
from resolvers.images import file_name, picture_path, picture_url
from resolvers.info import Info
from resolvers.jsonld import absolute, as_text
from resolvers.money import money
from resolvers.prices import Quote
from resolvers.product_nodes import (
    ProductNode,
    free_quantity,
    product_nodes,
    quote,
    quote_at_hand,
    stock_status,
    variant_values,
    waiting,
)
from resolvers.view import ShopView
from resolvers.website import currency_answer

MAX_QUANTITY = Decimal(1_000_000)

product_type = ObjectType("Product")
image_type = ObjectType("ProductImage")
tag_type = ObjectType("ProductTag")
ribbon_type = ObjectType("Ribbon")


# -- prices ---------------------------------------------------------------------------------------------------


@product_type.field("combinationInfoVariant")
@product_type.field("combinationInfo")
@waiting
def resolve_combination_info(node: ProductNode) -> dict[str, Any] | None:
    """Under the names that website_sale uses."""
    variant, priced = node.shown_variant, quote_at_hand(node)
    if variant is None or priced is None:
        return None
    tables = node.view.tables
    return node.facts.of(("combination", variant.id), (priced, tables), lambda: _combination(node, variant, priced))


def _combination(node: ProductNode, variant: Variant, priced: Quote) -> dict[str, Any]:
    discount = priced.list_shown - priced.shown if priced.discounted else Decimal(0)
    percent = round(discount * 100 / priced.list_shown) if priced.list_shown else 0
    return {
        "product_id": variant.id,
        "product_template_id": node.product.id,
        "display_name": node.of(variant).display_name,
        "display_image": True,
        "price": float(priced.shown),
        "list_price": float(priced.list_shown),
        "price_extra": float(variant.price_extra),
        "has_discounted_price": priced.discounted,
        "discount": float(discount),
        "discount_perc": percent,
        "currency": currency_answer(node.view.tables.currencies[priced.currency]),
        "combination": [
            {"id": value.value.id, "name": value.value.name, "search": value.token, "attribute": value.attribute.name}
            for value in variant_values(node)
        ],
    }


@product_type.field("unitPrice")
async def resolve_unit_price(node: ProductNode, _: Info, quantity: Decimal | None = None) -> dict[str, Any] | None:
    units = Decimal(1) if quantity is None else quantity
    if not 0 < units <= MAX_QUANTITY:
        raise BadInputError(f"quantity must be above 0 and at most {MAX_QUANTITY}.")
    priced = await quote(node, units)
    if priced is None:
        return None
    return {
        "price": money(priced.shown, priced.currency),
        "listPrice": money(priced.list_shown, priced.currency),
        "hasDiscountedPrice": priced.discounted,
        "withoutTax": money(priced.tax_excluded, priced.currency),
        "withTax": money(priced.tax_included, priced.currency),
        "taxIncluded": priced.tax_is_shown,
    }


@product_type.field("priceTiers")
async def resolve_price_tiers(node: ProductNode, _: Info) -> list[dict[str, Any]] | None:
    variant = node.shown_variant
    if variant is None:
        return None
    pricer = node.view.pricer
    tiers = pricer.tiers(node.product, variant, await node.view.rules(node.product))
    return [{"minQuantity": least, "price": money(amount, pricer.currency)} for least, amount in tiers]


@product_type.field("variantPrice")
@waiting
def resolve_variant_price(node: ProductNode) -> float | None:
    priced = quote_at_hand(node)
    return float(priced.list_shown) if priced else None


@product_type.field("variantPriceAfterDiscount")
@waiting
def resolve_discounted_price(node: ProductNode) -> float | None:
    priced = quote_at_hand(node)
    return float(priced.shown) if priced else None


@product_type.field("variantHasDiscountedPrice")
@waiting
def resolve_has_discount(node: ProductNode) -> bool | None:
    priced = quote_at_hand(node)
    return priced.discounted if priced else None


# -- stock ----------------------------------------------------------------------------------------------------


@product_type.field("stock")
@waiting
def resolve_stock(node: ProductNode) -> dict[str, Any]:
    shown = node.product.storable and node.product.show_available_quantity
    return {"status": stock_status(node), "quantity": free_quantity(node) if shown else None}


@product_type.field("isInStock")
@waiting
def resolve_is_in_stock(node: ProductNode) -> bool:
    return not node.product.storable or free_quantity(node) > 0


@product_type.field("qty")
@waiting
def resolve_qty(node: ProductNode) -> float:
    return float(free_quantity(node))


# -- relations ------------------------------------------------------------------------------------------------


@product_type.field("attributeValues")
def resolve_attribute_values(node: ProductNode, _: Info) -> list[ValueNode]:
    return [] if node.variant else node.facts.offered


@product_type.field("productVariants")
def resolve_variants(node: ProductNode, _: Info) -> list[ProductNode] | None:
    if node.variant:
        return None
    return [node.of(variant) for variant in node.product.variants] or None


@product_type.field("firstVariant")
def resolve_first_variant(node: ProductNode, _: Info) -> ProductNode | None:
    first = node.product.first_variant
    return node.of(first) if first else None


@product_type.field("mediaGallery")
def resolve_media_gallery(node: ProductNode, _: Info) -> list[ProductImage] | None:
    owners = {None, node.variant.id} if node.variant else {None}
    return [image for image in node.product.images if image.variant_id in owners] or None


@product_type.field("alternativeProducts")
def resolve_alternatives(node: ProductNode, _: Info) -> list[ProductNode] | Awaitable[list[ProductNode] | None] | None:
    return _products_of(node.view, node.product.alternative_ids)


@product_type.field("frequentlyBoughtTogether")
def resolve_bought_together(
    node: ProductNode, _: Info
) -> list[ProductNode] | Awaitable[list[ProductNode] | None] | None:
    """A page does without them while Odoo is away and they are not kept: they are no part of the product."""
    return _products_of(node.view, node.view.bought_with(node.product.id), dispensable=True)


def _products_of(
    view: ShopView, template_ids: Sequence[int], *, dispensable: bool = False
) -> list[ProductNode] | Awaitable[list[ProductNode] | None] | None:
    """Those of the products that this shop shows; None for none of them."""

    async def later() -> list[ProductNode] | None:
        try:
            return product_nodes(view, await view.products(template_ids)) or None
        except OdooUnavailableError:
            if not dispensable:
                raise
            view.dependencies.mark_stale()
            return None

    try:
        return product_nodes(view, view.products_at_hand(template_ids)) or None
    except NotAtHandError:
        return later()


@product_type.field("accessoryProducts")
async def resolve_accessories(node: ProductNode, _: Info) -> list[ProductNode] | None:
    found = await node.view.accessories_of(node.product)
    return [ProductNode(node.view, product, variant) for product, variant in found] or None


@product_type.field("tags")
def resolve_tags(node: ProductNode, _: Info) -> list[ProductTag] | None:
    tags = (node.view.labels.tags.get(tag_id) for tag_id in sorted(node.product.tag_ids))
    return [tag for tag in tags if tag is not None and tag.visible] or None


# -- SEO ------------------------------------------------------------------------------------------------------


@product_type.field("breadcrumb")
def resolve_breadcrumb(node: ProductNode, _: Info) -> list[dict[str, str]]:
    return [{"name": name, "slug": slug} for name, slug in node.facts.steps]


@product_type.field("jsonLdBreadcrumb")
def resolve_json_ld_breadcrumb(node: ProductNode, _: Info) -> str:
    return node.facts.json_ld_breadcrumb


_AVAILABILITY = {
    "IN_STOCK": "https://schema.org/InStock",
    "NOT_TRACKED": "https://schema.org/InStock",
    "AVAILABLE_TO_ORDER": "https://schema.org/BackOrder",
    "OUT_OF_STOCK": "https://schema.org/OutOfStock",
}


@product_type.field("jsonLd")
@waiting
def resolve_json_ld(node: ProductNode) -> str:
    priced = quote_at_hand(node)
    status = stock_status(node) if priced else "NOT_TRACKED"
    key = ("jsonLd", node.variant and node.variant.id, status)
    return node.facts.of(key, (priced, node.view.tables), lambda: _json_ld(node, priced, status))


def _json_ld(node: ProductNode, priced: Quote | None, status: str) -> str:
    offer = priced and {
        "@type": "Offer",
        "url": absolute(node.view, node.slug),
        "priceCurrency": priced.currency,
        "price": str(priced.shown),
        "availability": _AVAILABILITY[status],
        "seller": {"@type": "Organization", "name": node.view.company.name},
    }
    variant = node.shown_variant
    return as_text(
        "Product",
        {
            "name": node.display_name,
            "image": [absolute(node.view, node.picture)],
            "description": node.product.description,
            "sku": node.sku,
            "gtin": variant.barcode if variant and (node.variant or len(node.product.variants) == 1) else None,
            "offers": offer,
        },
    )


# -- plain values ---------------------------------------------------------------------------------------------


def _of_variant(node: ProductNode) -> Variant | None:
    """The variant whose own codes a node may show: itself, or a product's only one."""
    return node.variant or (node.product.variants[0] if len(node.product.variants) == 1 else None)


def _bind_plain_fields() -> None:
    fields = {
        "id": lambda node: node.id,
        "name": lambda node: node.product.name,
        "displayName": lambda node: node.display_name,
        "description": lambda node: node.product.description,
        "websiteDescription": lambda node: node.product.website_description,
        "slug": lambda node: node.slug,
        "typeId": lambda node: node.product.product_type,
        "sku": lambda node: node.sku,
        "barcode": lambda node: getattr(_of_variant(node), "barcode", None),
        "weight": lambda node: float(getattr(node.shown_variant, "weight", 0)),
        "price": lambda node: float(node.product.list_price),
        "currency": lambda node: currency_answer(node.view.company_currency),
        "isVariantPossible": lambda node: bool(node.product.variants),
        "allowOutOfStock": lambda node: node.product.allow_out_of_stock,
        "showAvailableQty": lambda node: node.product.show_available_quantity,
        "outOfStockMessage": lambda node: node.product.out_of_stock_message,
        "image": lambda node: node.picture,
        "smallImage": lambda node: f"{node.picture}/128x128/small",
        "thumbnail": lambda node: f"{node.picture}/64x64/thumbnail",
        "imageFilename": lambda node: file_name(node.product.name, node.product.id),
        "imageUrl": lambda node: picture_url(node.picture, node.product.name, node.id),
        "categories": lambda node: node.facts.categories or None,
        "variantAttributeValues": variant_values,
        "productTemplate": lambda node: node.of(None) if node.variant else None,
        "ribbon": lambda node: node.view.labels.ribbons.get(node.product.ribbon_id or 0),
        "ratingAvg": lambda node: float(node.product.rating_average),
        "ratingCount": lambda node: node.product.rating_count,
        "status": lambda node: int(node.product.published),
        "visibility": lambda node: int(node.product.published),
        "metaTitle": lambda node: node.product.seo.title or node.product.name,
        "metaDescription": lambda node: node.product.seo.description,
        "metaKeyword": lambda node: node.product.seo.keywords,
        "metaImage": lambda node: node.picture,
    }
    for name, read in fields.items():
        product_type.set_field(name, _plain(name, read))


def _plain(name: str, read: Callable[[ProductNode], Any]) -> Callable[[ProductNode | Mapping[str, Any], Info], Any]:
    """Resolves a field of a node, or of a link that holds its answer."""
    return lambda node, _: read(node) if isinstance(node, ProductNode) else node[name]


_bind_plain_fields()


def _path_of(image: ProductImage) -> str:
    return picture_path("image", image.id, [image.updated_at])


def _path_of_tag(tag: ProductTag) -> str:
    return picture_path("tag", tag.id, [tag.updated_at])


image_type.set_field("image", lambda image, _: _path_of(image))
image_type.set_field("imageUrl", lambda image, _: picture_url(_path_of(image), image.name, image.id))
image_type.set_field("imageFilename", lambda image, _: file_name(image.name, image.id))
image_type.set_field("video", lambda image, _: image.video_url)
tag_type.set_field("image", lambda tag, _: _path_of_tag(tag))
tag_type.set_field("imageUrl", lambda tag, _: picture_url(_path_of_tag(tag), tag.name, tag.id))
tag_type.set_field("imageFilename", lambda tag, _: file_name(tag.name, tag.id))
tag_type.set_field("backgroundColor", lambda tag, _: tag.color)
tag_type.set_field("visibleOnEcommerce", lambda tag, _: tag.visible)
ribbon_type.set_field("displayName", lambda ribbon, _: ribbon.name)
ribbon_type.set_field("html", lambda ribbon, _: ribbon.name)
ribbon_type.set_field("htmlClass", lambda ribbon, _: ribbon.html_class)
ribbon_type.set_field("textColor", lambda ribbon, _: ribbon.text_color)
ribbon_type.set_field("bgColor", lambda ribbon, _: ribbon.background_color)

BINDABLES = [product_type, image_type, tag_type, ribbon_type]
