"""One product, one variant, lists of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ariadne import InterfaceType, ObjectType

from adapters.records import Variant
from resolvers.arguments import line, page_bounds
from resolvers.attributes import ValueNode
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.lookahead import names_below, selects
from resolvers.product_nodes import ProductNode, quote
from resolvers.query import query
from resolvers.search_filter import ProductFilter, sortings
from resolvers.search_listing import Asked, ListedPage, Wants, listed_page
from resolvers.search_products import list_products
from resolvers.slugs import product_id_of
from resolvers.view import Needs
from search.paging import Window

list_type = ObjectType("ProductList")
list_interface = InterfaceType("Products", lambda *_: "ProductList")
variant_type = ObjectType("ProductVariantData")
variant_interface = InterfaceType("ProductVariant", lambda *_: "ProductVariantData")


@dataclass(frozen=True, slots=True)
class VariantAnswer:
    """A variant found by a combination of values; ``possible`` only where a combination was given."""

    node: ProductNode
    possible: bool


@query.field("products")
async def resolve_products(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    search: str | None = None,
    orSimilar: bool | None = None,  # noqa: N803
    sort: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> ListedPage:
    offset, size = page_bounds(currentPage, pageSize)
    asked = Asked(
        wanted=ProductFilter.read(filter, search),
        order=sortings(sort),
        window=Window(size=size, offset=offset),
        wants=Wants.of(info),
        or_similar=bool(orSimilar),
    )
    view = await info.context.view(language)
    return await listed_page(await list_products(info, view, asked), info, "products", links=True)


@list_type.field("attributeValues")
def resolve_values(page: ListedPage, _: Info) -> list[ValueNode]:
    return page.listing.value_nodes


@list_type.field("filterCounts")
def resolve_filter_counts(page: ListedPage, _: Info) -> list[dict[str, Any]]:
    found = page.listing
    counts: list[dict[str, Any]] = [
        {"type": "attribute_value", "id": value.value_id, "total": value.count} for value in found.values
    ]
    return [*counts, {"type": "in_stock", "total": found.in_stock}]


@query.field("product")
async def resolve_product(
    _: None,
    info: Info,
    *,
    id: int | None = None,  # noqa: A002
    slug: str | None = None,
    barcode: str | None = None,
    language: str | None = None,
) -> ProductNode | None:
    view = await info.context.view(language)
    template_id = id
    if template_id is None and slug:
        template_id = product_id_of(slug)
    elif template_id is None and (code := line(barcode, "barcode")):
        template_id = await view.records.find_by_barcode(code)
    if template_id is None:
        return None
    needs = Needs.of(names_below(info))
    view.expect(needs)
    alternatives, accessories, together = (
        Needs.of(names_below(info, name)) if selects(info, name) else None
        for name in ("alternativeProducts", "accessoryProducts", "frequentlyBoughtTogether")
    )
    if any(one is not None for one in (alternatives, accessories, together)):
        await view.prefetch_page_of(
            template_id, needs, alternatives=alternatives, accessories=accessories, together=together
        )
    product = await view.product(template_id)
    return ProductNode(view, product) if product else None


@query.field("productVariant")
async def resolve_product_variant(
    _: None,
    info: Info,
    *,
    productTemplateId: int | None = None,  # noqa: N803
    combinationId: Sequence[int | None] | None = None,  # noqa: N803
    language: str | None = None,
) -> VariantAnswer:
    view = await info.context.view(language)
    view.expect(Needs.of(names_below(info)) | Needs(rules=True))
    product = await view.product(productTemplateId) if productTemplateId is not None else None
    if product is None:
        raise NotFoundError("Product does not exist")
    combination = {value_id for value_id in combinationId or () if value_id is not None}
    if not combination:
        variant = product.first_variant
    else:
        choices = {
            value.value_id
            for value in product.values
            if value.attribute_id in view.labels.attributes
            and view.labels.attributes[value.attribute_id].create_variant == "no_variant"
        }
        variant = _variant_of(product.variants, combination - choices)
    if variant is None:
        raise NotFoundError("Product does not exist")
    return VariantAnswer(ProductNode(view, product, variant), possible=bool(combination))


def _variant_of(variants: Sequence[Variant], combination: set[int]) -> Variant | None:
    """The variant of exactly these values. Values that make no variants are not in ``combination``."""
    return next((variant for variant in variants if set(variant.value_ids) == combination), None)


@variant_type.field("price")
async def resolve_price(answer: VariantAnswer, _: Info) -> float | None:
    priced = await quote(answer.node)
    return float(priced.shown) if priced else None


@variant_type.field("listPrice")
async def resolve_list_price(answer: VariantAnswer, _: Info) -> str | None:
    priced = await quote(answer.node)
    return str(priced.list_shown) if priced else None


@variant_type.field("hasDiscountedPrice")
async def resolve_has_discounted_price(answer: VariantAnswer, _: Info) -> bool | None:
    priced = await quote(answer.node)
    return priced.discounted if priced else None


variant_type.set_field("product", lambda answer, _: answer.node)
variant_type.set_field("productTemplateId", lambda answer, _: answer.node.product.id)
variant_type.set_field("displayName", lambda answer, _: answer.node.display_name)
variant_type.set_field("displayImage", lambda *_: True)
variant_type.set_field("isCombinationPossible", lambda answer, _: answer.possible)

list_type.set_field("products", lambda page, _: [product for _at, product in page.products])
list_type.set_field("totalCount", lambda page, _: page.total)
list_type.set_field("minPrice", lambda page, _: float(page.listing.prices[0]) if page.listing.prices else 0.0)
list_type.set_field("maxPrice", lambda page, _: float(page.listing.prices[1]) if page.listing.prices else 0.0)
list_type.set_field("fallback", lambda page, _: page.listing.fallback)
list_type.set_field("didYouMean", lambda page, _: page.listing.meant)

BINDABLES = [list_type, list_interface, variant_type, variant_interface]
