"""Products, variants, attributes, categories, tags, ribbons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.reads.shop import seo
from adapters.records import (
    Attribute,
    AttributeValue,
    CreateVariant,
    Product,
    ProductImage,
    ProductLinks,
    ProductMatch,
    ProductQuery,
    ProductTag,
    ProductType,
    PublicCategory,
    Ribbon,
    TemplateValue,
    Variant,
)
from adapters.source import Domain
from adapters.values import decimal, ids, many2one, moment, text

#: availability texts of website_sale_stock up to 14: may the product be sold beyond its stock?
_SELL_ALWAYS = frozenset({"never", "custom", "empty", "in_stock", "warning", False, None})
_DISPLAY_TYPES = frozenset({"radio", "select", "color", "pills", "multi", "image"})


class CatalogueReads(Reads):
    # -- shop-wide tables -------------------------------------------------------------------------------------

    """Categories, attributes, labels, products and their links."""

    async def categories(self, lang: str) -> list[PublicCategory]:
        return [
            PublicCategory(
                id=row["id"],
                name=row["name"],
                parent_id=many2one(row["parent"]),
                sequence=row["sequence"] or 0,
                website_id=many2one(row.get("website")),
                slug=text(row.get("slug")),
                description=text(row.get("description")),
                seo=seo(row),
                updated_at=moment(row["updated"]),
            )
            for row in await self.reader.read("public_category", [], lang=lang)
        ]

    async def attributes(self, lang: str) -> tuple[list[Attribute], list[AttributeValue]]:
        attribute_rows, value_rows = await self.gather(
            self.reader.read("attribute", [], lang=lang), self.reader.read("attribute_value", [], lang=lang)
        )
        values = [
            AttributeValue(
                id=row["id"],
                attribute_id=many2one(row["attribute"]) or 0,
                name=row["name"],
                html_color=text(row.get("html_color")),
                sequence=row["sequence"] or 0,
            )
            for row in value_rows
        ]
        value_ids: dict[int, list[int]] = defaultdict(list)
        for value in values:
            value_ids[value.attribute_id].append(value.id)
        return [self._attribute(row, tuple(value_ids[row["id"]])) for row in attribute_rows], values

    def _attribute(self, row: Row, value_ids: tuple[int, ...]) -> Attribute:
        display_type = row["display_type"]
        return Attribute(
            id=row["id"],
            name=row["name"],
            display_type=display_type if display_type in _DISPLAY_TYPES else "radio",
            create_variant=cast("CreateVariant", self.profile.create_variant.get(row["create_variant"], "always")),
            visible=row.get("visibility", "visible") != "hidden",
            sequence=row["sequence"] or 0,
            value_ids=value_ids,
        )

    async def tags(self, lang: str) -> list[ProductTag]:
        if "tag" not in self.profile.sources:
            return []
        return [
            ProductTag(
                id=row["id"],
                name=row["name"],
                color=text(row["color"]),
                visible=bool(row.get("visible", True)),
                updated_at=moment(row["updated"]),
            )
            for row in await self.reader.read("tag", [], lang=lang)
        ]

    async def ribbons(self, lang: str) -> list[Ribbon]:
        return [
            Ribbon(
                id=row["id"],
                name=text(row["name"]) or "",
                text_color=text(row.get("text_color")),
                background_color=text(row.get("background_color")),
                html_class=text(row.get("html_class")),
            )
            for row in await self.reader.read("ribbon", [], lang=lang)
        ]

    # -- finding ----------------------------------------------------------------------------------------------

    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        order = [f"{key} {'desc' if descending else 'asc'}" for key, descending in query.order]
        rows = await self.reader.read(
            "product",
            self._product_domain(query),
            lang=lang,
            order=", ".join([*order, "id"]) if "id" not in {key for key, _ in query.order} else ", ".join(order),
            only=("name", "list_price", "updated", "variants"),
        )
        return [
            ProductMatch(
                id=row["id"],
                name=row["name"],
                list_price=decimal(row["list_price"]),
                updated_at=moment(row["updated"]),
                variant_ids=ids(row["variants"]),
            )
            for row in rows
        ]

    def _product_domain(self, query: ProductQuery) -> Domain:
        fields = self.profile.sources["product"].fields
        domain: Domain = [["sale_ok", "=", True], [fields["published"], "=", True]]
        if query.website_id is not None and "website" in self.reader.source("product").fields:
            domain.append([fields["website"], "in", [False, query.website_id]])
        if query.company_id is not None:
            domain.append([fields["company"], "in", [False, query.company_id]])
        if query.ids is not None:
            domain.append(among("id", query.ids))
        if query.category_ids is not None:
            domain.append(["public_categ_ids", "child_of", list(query.category_ids)])
        for word in query.name_words:
            domain.append(["name", "ilike", word])
        for word in query.words:
            domain += ["|", "|", ["name", "ilike", word], ["description_sale", "ilike", word]]
            domain.append(["product_variant_ids.default_code", "ilike", word])
        return domain

    async def find_by_barcode(self, barcode: str) -> int | None:
        rows = await self.reader.read("variant", [["barcode", "=", barcode]], only=("template",), limit=1)
        return many2one(rows[0]["template"]) if rows else None

    async def find_by_codes(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]:
        wanted = list(dict.fromkeys(codes))
        if not wanted:
            return {}
        domain: list[object] = ["|", ["default_code", "in", wanted], ["barcode", "in", wanted]]
        rows = await self.reader.read("variant", domain, only=("sku", "barcode"))
        found: dict[str, list[int]] = {}
        for row in rows:
            for code in dict.fromkeys((text(row["sku"]), text(row["barcode"]))):
                if code is not None:
                    found.setdefault(code, []).append(row["id"])
        return {code: tuple(found[code]) for code in wanted if code in found}

    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]:
        if not variant_ids:
            return {}
        rows = await self.reader.read("variant", [among("id", variant_ids)], only=("template",))
        return {row["id"]: template_id for row in rows if (template_id := many2one(row["template"]))}

    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]:
        if not template_ids:
            return []
        only = ("updated", "alternatives", "accessories")
        rows = await self.reader.read("product", [among("id", template_ids)], only=only)
        return [
            ProductLinks(
                id=row["id"],
                updated_at=moment(row["updated"]),
                alternative_ids=_linked(row.get("alternatives")),
                accessory_ids=_linked(row.get("accessories")),
            )
            for row in rows
        ]

    # -- products ---------------------------------------------------------------------------------------------

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        wanted = list(dict.fromkeys(template_ids))
        if not wanted:
            return []
        variant_rows, image_rows, template_values, moments = await self.gather(
            self.reader.read("variant", [among("product_tmpl_id", wanted)], lang=lang),
            self._image_rows(wanted, lang),
            self.template_values(wanted) if values is None else _ready(values),
            self._moments(wanted, updated_at or {}),
        )
        by_template: dict[int, list[Row]] = defaultdict(list)
        for row in variant_rows:
            by_template[many2one(row["template"]) or 0].append(row)
        without = [template_id for template_id in wanted if template_id in moments and template_id not in by_template]
        bare = await self._bare_rows(without, lang)
        build = _Builder(self, template_values, image_rows, moments)
        return [
            build.product(template_id, by_template.get(template_id, []), head)
            for template_id in wanted
            if (head := bare.get(template_id) or next(iter(by_template.get(template_id, [])), None)) is not None
        ]

    async def _moments(self, template_ids: list[int], known: Mapping[int, datetime]) -> dict[int, datetime]:
        unknown = [template_id for template_id in template_ids if template_id not in known]
        if not unknown:
            return dict(known)
        rows = await self.reader.read("product", [among("id", unknown)], only=("updated",))
        return {**known, **{row["id"]: moment(row["updated"]) for row in rows}}

    async def _image_rows(self, template_ids: list[int], lang: str) -> list[Row]:
        source = self.reader.source("image")
        domain: Domain = [among("product_tmpl_id", template_ids)]
        if "variant" in source.fields:
            domain = [
                "|",
                *domain,
                [f"{source.fields['variant']}.product_tmpl_id", "in", sorted(template_ids)],
            ]
        return await self.reader.read("image", domain, lang=lang)

    async def _bare_rows(self, template_ids: list[int], lang: str) -> dict[int, Row]:
        """Products of which no variant exists (yet): read for themselves, as nothing inherits them."""
        if not template_ids:
            return {}
        rows = await self.reader.read("product", [among("id", template_ids)], lang=lang)
        return {row["id"]: row for row in rows}

    def variant_value_ids(self, row: dict[str, Any], values: dict[int, int]) -> tuple[int, ...]:
        """The attribute values of a variant's row; ``values`` maps the rows it refers to, where it does."""
        raise NotImplementedError


class _Builder:
    """Puts rows together into products."""

    def __init__(
        self,
        adapter: CatalogueReads,
        values: Sequence[TemplateValue],
        images: Sequence[Row],
        moments: Mapping[int, datetime],
    ) -> None:
        self.adapter = adapter
        self.moments = moments
        self.value_of = {value.source_id: value.value_id for value in values if value.source_id is not None}
        self.values: dict[int, list[TemplateValue]] = defaultdict(list)
        for value in values:
            self.values[value.template_id].append(value)
        self.images_of_template: dict[int, list[Row]] = defaultdict(list)
        self.images_of_variant: dict[int, list[Row]] = defaultdict(list)
        for row in images:
            variant_id = many2one(row.get("variant"))
            if variant_id is not None:
                self.images_of_variant[variant_id].append(row)
            else:
                self.images_of_template[many2one(row["template"]) or 0].append(row)

    def product(self, template_id: int, variant_rows: Sequence[Row], row: Row) -> Product:
        """``row`` is any row that has the product's values: a variant's or the product's own."""
        product_type, storable = self.adapter.profile.product_types.get(row["type"], ("goods", False))
        variants = sorted((self._variant(item) for item in variant_rows), key=lambda v: (v.sku is None, v.sku, v.id))
        images = [
            image
            for owner, rows in [
                (None, self.images_of_template[template_id]),
                *((variant.id, self.images_of_variant[variant.id]) for variant in variants),
            ]
            for image in _images(template_id, owner, rows)
        ]
        availability = row.get("availability")
        ribbons = row.get("ribbons")
        return Product(
            id=template_id,
            name=row["name"],
            description=text(row["description"]),
            website_description=text(row["website_description"]),
            product_type=cast("ProductType", product_type),
            storable=bool(row.get("storable", storable)),
            published=bool(row["published"]),
            sale_ok=bool(row["sale_ok"]),
            website_id=many2one(row.get("website")),
            company_id=many2one(row["company"]),
            list_price=decimal(row["list_price"]),
            internal_category_id=many2one(row["category"]),
            uom_id=many2one(row["uom"]) or 0,
            tax_ids=ids(row["taxes"]),
            public_category_ids=ids(row["public_categories"]),
            alternative_ids=_linked(row.get("alternatives")),
            accessory_ids=_linked(row.get("accessories")),
            tag_ids=ids(row.get("tags")),
            ribbon_id=min(ids(ribbons), default=None) if _is_x2many(ribbons) else many2one(ribbons),
            allow_out_of_stock=bool(row.get("allow_out_of_stock", availability in _SELL_ALWAYS)),
            out_of_stock_message=text(row.get("availability_message")),
            show_available_quantity=bool(row.get("show_available", availability in {"always", "threshold"})),
            rating_average=decimal(row.get("rating_average", 0)),
            rating_count=int(row.get("rating_count") or 0),
            seo=seo(row),
            created_at=moment(row["created"]),
            updated_at=self.moments.get(template_id) or moment(row["updated"]),
            values=tuple(self.values[template_id]),
            variants=tuple(variants),
            images=tuple(images),
        )

    def _variant(self, row: Row) -> Variant:
        return Variant(
            id=row["id"],
            template_id=many2one(row["template"]) or 0,
            sku=text(row["sku"]),
            barcode=text(row["barcode"]),
            value_ids=self.adapter.variant_value_ids(row, self.value_of),
            price_extra=decimal(row["price_extra"]),
            cost=decimal(row["cost"]),
            weight=decimal(row["weight"]),
            updated_at=moment(row["updated"]),
        )


def _images(template_id: int, variant_id: int | None, rows: Sequence[Row]) -> list[ProductImage]:
    images = [
        ProductImage(
            id=row["id"],
            name=text(row["name"]) or "",
            template_id=template_id,
            variant_id=variant_id,
            sequence=row.get("sequence") or 0,
            video_url=text(row.get("video_url")),
            updated_at=moment(row["updated"]),
        )
        for row in rows
    ]
    return sorted(images, key=lambda image: (image.sequence, image.id))


def _linked(value: Any) -> tuple[int, ...]:
    """Ids of linked products, ascending: the order in which Odoo tells them is another in each version."""
    return tuple(sorted(ids(value)))


def _is_x2many(value: Any) -> bool:
    """Is this a list of ids rather than a many2one's [id, name]?"""
    return isinstance(value, list) and not (len(value) == 2 and isinstance(value[1], str))


async def _ready(values: Sequence[TemplateValue]) -> Sequence[TemplateValue]:
    return values
