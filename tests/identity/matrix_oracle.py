"""What a role may be shown, worked out anew and naively: from the shop's rows, the role file, and tables of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from tests.identity.matrix_shop import Persona, Shops

#: of each field of a product, what else of a product can be told from it
PRODUCT: Mapping[str, str] = {
    "id": "",
    "name": "",
    "displayName": "name variantAttributeValues",
    "description": "",
    "websiteDescription": "",
    "slug": "name",
    "typeId": "",
    "sku": "",
    "barcode": "",
    "weight": "",
    "price": "",
    "currency": "",
    "content": "",
    "combinationInfoVariant": "displayName firstVariant price variantAttributeValues variantHasDiscountedPrice "
    "variantPrice variantPriceAfterDiscount",
    "combinationInfo": "combinationInfoVariant.",
    "variantPrice": "price",
    "variantPriceAfterDiscount": "",
    "variantHasDiscountedPrice": "",
    "isVariantPossible": "",
    "unitPrice": "",
    "priceTiers": "",
    "stock": "",
    "isInStock": "",
    "qty": "",
    "allowOutOfStock": "",
    "showAvailableQty": "",
    "outOfStockMessage": "",
    "imageUrl": "image name",
    "image": "",
    "smallImage": "image",
    "thumbnail": "image",
    "imageFilename": "name",
    "mediaGallery": "",
    "attributeValues": "",
    "variantAttributeValues": "",
    "productVariants": "",
    "firstVariant": "",
    "productTemplate": "",
    "categories": "",
    "alternativeProducts": "",
    "accessoryProducts": "",
    "frequentlyBoughtTogether": "",
    "tags": "",
    "ribbon": "",
    "ratingAvg": "",
    "ratingCount": "",
    "isInWishlist": "",
    "lastPurchase": "",
    "status": "",
    "visibility": "",
    "metaTitle": "name",
    "metaDescription": "",
    "metaKeyword": "",
    "metaImage": "image",
    "jsonLd": "barcode description displayName image sku slug stock variantPriceAfterDiscount",
    "breadcrumb": "categories name slug",
    "jsonLdBreadcrumb": "breadcrumb",
    "hreflang": "name slug",
}
#: of other places, what of a product can be told from or by them
ELSEWHERE: Mapping[str, str] = {
    "UnitPrice.price": "",
    "UnitPrice.listPrice": "price",
    "UnitPrice.hasDiscountedPrice": "variantHasDiscountedPrice",
    "UnitPrice.withoutTax": "",
    "UnitPrice.withTax": "",
    "UnitPrice.taxIncluded": "",
    "PriceTier.minQuantity": "",
    "PriceTier.price": "",
    "Stock.status": "",
    "Stock.quantity": "qty",
    "AttributeValue.priceExtra": "price",
    "LastPurchase.variantId": "",
    "LastPurchase.date": "",
    "LastPurchase.quantity": "",
    "LastPurchase.unitPrice": "price",
    "LastPurchase.taxIncluded": "",
    "LastPurchase.orderId": "",
    "LastPurchase.orderName": "",
    "Products.products": "",
    "Products.totalCount": "",
    "Products.minPrice": "price",
    "Products.maxPrice": "price",
    "Products.attributeValues": "attributeValues",
    "Products.filterCounts": "attributeValues isInStock",
    "Products.searchUrl": "",
    "Products.didYouMean": "name",
    "Products.fallback": "",
    "ProductVariant.product": "firstVariant",
    "ProductVariant.productTemplateId": "",
    "ProductVariant.displayName": "displayName",
    "ProductVariant.displayImage": "",
    "ProductVariant.price": "variantPriceAfterDiscount",
    "ProductVariant.listPrice": "variantPrice",
    "ProductVariant.hasDiscountedPrice": "variantHasDiscountedPrice",
    "ProductVariant.isCombinationPossible": "",
    "ProductConnection.edges": "",
    "ProductConnection.nodes": "",
    "ProductConnection.pageInfo": "",
    "ProductConnection.totalCount": "",
    "ProductConnection.priceRange": "price",
    "ProductConnection.facets": "attributeValues",
    "ProductConnection.inStockCount": "isInStock",
    "ProductConnection.unitPriceRange": "productVariants unitPrice variantPriceAfterDiscount",
    "ProductConnection.categoryFacets": "categories",
    "ProductConnection.didYouMean": "name",
    "ProductConnection.fallback": "",
    "ProductEdge.cursor": "",
    "ProductEdge.node": "",
    "ProductEdge.highlight": "name",
    "PriceRange.min": "",
    "PriceRange.max": "",
    "Facet.attribute": "",
    "Facet.values": "",
    "FacetValue.value": "",
    "FacetValue.count": "",
    "FacetValue.selected": "",
    "CategoryFacet.category": "",
    "CategoryFacet.count": "",
    "CategoryFacet.selected": "",
    "SearchSuggestions.products": "",
    "SearchSuggestions.categories": "categories",
    "SearchSuggestions.values": "attributeValues",
    "ProductFilterInput.ids": "",
    "ProductFilterInput.categoryId": "categories",
    "ProductFilterInput.categorySlug": "categories",
    "ProductFilterInput.name": "name",
    "ProductFilterInput.attribValues": "attributeValues",
    "ProductFilterInput.attributeValueId": "attributeValues",
    "ProductFilterInput.minPrice": "price",
    "ProductFilterInput.maxPrice": "price",
    "ProductFilterInput.inStock": "isInStock",
    "ProductFilterInput.minUnitPrice": "productVariants unitPrice variantPriceAfterDiscount",
    "ProductFilterInput.maxUnitPrice": "productVariants unitPrice variantPriceAfterDiscount",
    "ProductSortInput.id": "",
    "ProductSortInput.name": "name",
    "ProductSortInput.newest": "",
    "ProductSortInput.popular": "",
    "ProductSortInput.price": "price",
    "ProductSortInput.unitPrice": "productVariants unitPrice variantPriceAfterDiscount",
    "Query.product.barcode": "barcode",
    "Query.products.search": "description name sku",
    "Query.productConnection.search": "description name sku",
    "Query.searchSuggestions.search": "name",
    "Query.productVariant.combinationId": "productVariants variantAttributeValues",
}
#: types that tell of products in other words
SAME = {"ProductList": "Products", "ProductVariantData": "ProductVariant"}
#: what is a price, beside what tells of one
PRICES = {"price", "unitPrice", "priceTiers", "variantPrice", "variantPriceAfterDiscount", "variantHasDiscountedPrice"}


@dataclass(frozen=True)
class Rights:
    """What a persona may be shown."""

    fields: frozenset[str]
    prices: bool

    def shows(self, place: str) -> bool:
        """``Type.field``, ``Type.field.argument`` or ``Input.field``."""
        owner, _, name = place.partition(".")
        place = f"{SAME.get(owner, owner)}.{name}"
        needed = {name, *_told(name)} if owner == "Product" else {*_all_told(ELSEWHERE.get(place, "").split())}
        return all((one in self.fields or one == "id") and (self.prices or one not in PRICES) for one in needed)


def _told(name: str) -> set[str]:
    told = PRODUCT.get(name, "").replace("combinationInfoVariant.", PRODUCT["combinationInfoVariant"]).split()
    return _all_told(told)


def _all_told(names: list[str]) -> set[str]:
    return set(names).union(*(_told(name) for name in names))


@dataclass(frozen=True)
class Oracle:
    """Answers from the rows."""

    shops: Shops

    def rights(self, persona: Persona) -> Rights:
        fields: set[str] = set()
        prices = False
        for role in self._roles(persona):
            patterns = role.get("fields", [])
            named = ["*"] if patterns == "all" else [pattern.removeprefix("Product.") for pattern in patterns]
            fields |= {name for name in PRODUCT for pattern in named if fnmatchcase(name, pattern)}
            whose = role.get("pricelists", [])
            prices |= whose in ("own", "all") or persona.pricelist_id in whose
        return Rights(frozenset(fields), prices)

    def visible(self, persona: Persona) -> set[int]:
        """Ids of the products that the persona sees, of those that the shop sells."""
        names = {name for name in persona.roles if name in self.shops.definitions} or {"guest"}
        return {row["id"] for row in self.sold if any(_FILTERS[name](self, row) for name in names & _FILTERS.keys())}

    @cached_property
    def sold(self) -> list[Mapping[str, Any]]:
        rows = self.shops.rows("product.template")
        return [
            row
            for row in rows
            if row.get("sale_ok") and row.get("active") and (row.get("is_published") or row.get("website_published"))
        ]

    @cached_property
    def owner(self) -> dict[int, int]:
        """The product of each variant."""
        return {row["id"]: row["product_tmpl_id"] for row in self.shops.rows("product.product")}

    def codes(self, row: Mapping[str, Any], name: str) -> Iterator[str]:
        for one in self._variants.get(row["id"], []):
            if one.get(name) and one.get("active"):
                yield one[name]

    def in_category(self, row: Mapping[str, Any], *path: str) -> bool:
        """In a category whose path ends with these names, or below it."""
        for category_id in row.get("public_categ_ids") or ():
            above: int | None = category_id
            while above:
                if self._path(above)[-len(path) :] == list(path):
                    return True
                above = self._categories[above].get("parent_id")
        return False

    def in_categories(self, persona: Persona) -> dict[int, int]:
        """How many of the products that the persona sees are in each category, or below it."""
        counts: dict[int, int] = {}
        visible = self.visible(persona)
        for row in self.sold:
            for category_id in self.categories_of(row) if row["id"] in visible else ():
                counts[category_id] = counts.get(category_id, 0) + 1
        return counts

    def categories_of(self, row: Mapping[str, Any]) -> set[int]:
        """The categories of a product, with all above them."""
        found: set[int] = set()
        for category_id in row.get("public_categ_ids") or ():
            above: int | None = category_id
            while above:
                found.add(above)
                above = self._categories[above].get("parent_id")
        return found

    def has_brand(self, row: Mapping[str, Any], *brands: str) -> bool:
        return any(brand in brands for brand in self._brands.get(row["id"], ()))

    @cached_property
    def _categories(self) -> dict[int, Mapping[str, Any]]:
        return {row["id"]: row for row in self.shops.rows("product.public.category")}

    def _path(self, category_id: int) -> list[str]:
        row = self._categories[category_id]
        return [*(self._path(row["parent_id"]) if row.get("parent_id") else []), row["name"]]

    @cached_property
    def _variants(self) -> dict[int, list[Mapping[str, Any]]]:
        found: dict[int, list[Mapping[str, Any]]] = {}
        for row in self.shops.rows("product.product"):
            found.setdefault(row["product_tmpl_id"], []).append(row)
        return found

    @cached_property
    def _brands(self) -> dict[int, list[str]]:
        tables = self.shops.double.dataset.tables
        lines = next(name for name in ("product.template.attribute.line", "product.attribute.line") if name in tables)
        brand = next(row["id"] for row in self.shops.rows("product.attribute") if row["name"] == "Brand")
        names = {row["id"]: row["name"] for row in self.shops.rows("product.attribute.value")}
        return {
            row["product_tmpl_id"]: [names[one] for one in row["value_ids"]]
            for row in self.shops.rows(lines)
            if row["attribute_id"] == brand
        }

    def _roles(self, persona: Persona) -> list[Mapping[str, Any]]:
        known = [self.shops.definitions[name] for name in persona.roles if name in self.shops.definitions]
        return known or [self.shops.definitions["guest"]]


def _always(*_: Any) -> bool:
    return True


_FILTERS: Mapping[str, Callable[[Oracle, Mapping[str, Any]], bool]] = {
    "guest": lambda oracle, row: not oracle.in_category(row, "Pharmacy"),
    "practice": lambda oracle, row: (
        not (oracle.in_category(row, "Pharmacy", "Vaccines") and oracle.has_brand(row, "Boréal Santé", "Kaap & Kust"))
    ),
    "shareholder": _always,
    "backoffice": _always,
    "codes": _always,
    "searching": lambda oracle, row: not oracle.in_category(row, "Pharmacy"),
    "unpriced": lambda oracle, row: not oracle.in_category(row, "Pharmacy", "Antibiotics"),
    "unstocked": lambda _, row: row["list_price"] < 25 or row["type"] == "service",
    "coded": lambda oracle, row: (
        any(code.startswith("1009") for code in oracle.codes(row, "default_code"))
        or row["id"] in (3, 4, 5)
        or "5401200000206" in oracle.codes(row, "barcode")
    ),
}
