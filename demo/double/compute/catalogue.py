"""Catalogue fields that follow from others: counts, website twins, trees, the other side of a many2many."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from demo.double.compute.names import text
from demo.double.compute.registry import COMPUTED, ONLY_19, SINCE_14
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: (model, many2many) -> the model and field that store the same pairs.
MIRRORS = {
    ("product.public.category", "product_tmpl_ids"): ("product.template", "public_categ_ids"),
    ("product.template.attribute.value", "ptav_product_variant_ids"): (
        "product.product",
        "product_template_attribute_value_ids",
    ),
    ("product.tag", "product_template_ids"): ("product.template", "product_tag_ids"),
    ("res.partner.category", "partner_ids"): ("res.partner", "category_id"),
    ("account.invoice.line", "sale_line_ids"): ("sale.order.line", "invoice_lines"),
    ("account.move.line", "sale_line_ids"): ("sale.order.line", "invoice_lines"),
    ("payment.transaction", "sale_order_ids"): ("sale.order", "transaction_ids"),
}


def _register_mirrors() -> None:
    for (model, name), (other, field) in MIRRORS.items():

        @COMPUTED.field(model, name)
        def pairs(env: Env, row: Row, other: str = other, field: str = field) -> list[int]:
            return sort_ids(env, other, env.visible(other, list(env.db.table(other).find(field, [row["id"]]))))


_register_mirrors()


def _twin(models: str, versions: tuple[str, ...]) -> None:
    for model in models.split():

        @COMPUTED.field(model, "website_published", versions)
        def published(_env: Env, row: Row) -> bool:
            return bool(row.get("is_published", False))


_twin("product.template res.partner delivery.carrier", SINCE_14)


@COMPUTED.field("product.template", "website_url")
def _website_url(env: Env, row: Row) -> str:
    if env.db.dataset.version == "10.0":
        return f"/shop/product/{row['id']}"
    return f"/shop/{slug(_slug_source(env, row))}-{row['id']}"


@COMPUTED.field("product.product", "website_url")
def _variant_url(env: Env, row: Row) -> str:
    template = env.row("product.template", row.get("product_tmpl_id"))
    url = "" if template is None else str(env.value("product.template", template, "website_url"))
    if env.db.dataset.version == "10.0":
        return url
    values = row.get("product_template_attribute_value_ids") or []
    if env.db.dataset.version == "19.0":
        chosen = [
            str(value["product_attribute_value_id"])
            for value in (env.row("product.template.attribute.value", value_id) for value_id in values)
            if value is not None
        ]
        return f"{url}?attribute_values={','.join(chosen)}" if chosen else url
    return f"{url}#attr={','.join(str(value) for value in values)}" if values else url


def _slug_source(env: Env, row: Row) -> str:
    seo = row.get("seo_name")
    return str(seo) if seo else str(env.value("product.template", row, "display_name"))


def slug(source: str) -> str:
    """The text as a part of a URL: ASCII, lower case, words joined by hyphens."""
    ascii_text = unicodedata.normalize("NFKD", source).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower()).strip("-_")


@COMPUTED.field("product.template", "has_configurable_attributes", SINCE_14)
def _configurable(env: Env, row: Row) -> bool:
    """More than one value in a line, or values made on the fly or by the customer."""
    lines: list[int] = env.value("product.template", row, "attribute_line_ids")
    values = env.values("product.template.attribute.line", lines, "value_ids")
    return any(len(ids) > 1 for ids in values) or bool(row.get("has_configurable_attributes", False))


@COMPUTED.field("product.template", "valid_product_template_attribute_line_ids", SINCE_14)
def _valid_lines(env: Env, row: Row) -> list[int]:
    lines: list[int] = env.value("product.template", row, "attribute_line_ids")
    rows = (env.row("product.template.attribute.line", line_id) for line_id in lines)
    return [line["id"] for line in rows if line is not None and line.get("value_ids")]


@COMPUTED.field("product.template", "is_dynamically_created", ONLY_19)
def _dynamic(env: Env, row: Row) -> bool:
    lines: list[int] = env.value("product.template", row, "attribute_line_ids")
    attributes = env.values("product.template.attribute.line", lines, "attribute_id")
    return "dynamic" in env.values("product.attribute", attributes, "create_variant")


def _unit_name(name: str, field: str) -> None:
    @COMPUTED.field("product.template", name, SINCE_14)
    def unit(env: Env, row: Row) -> str:
        owner = env.row("uom.uom", row.get(field))
        return text(env, "uom.uom", owner) if owner is not None else ""


_unit_name("uom_name", "uom_id")


def _constant(name: str, value: str) -> None:
    @COMPUTED.field("product.template", name, SINCE_14)
    def constant(_env: Env, _row: Row) -> str:
        return value


for _name, _value in (("weight_uom_name", "kg"), ("volume_uom_name", "m³")):
    _constant(_name, _value)


@COMPUTED.field("product.attribute", "product_tmpl_ids", SINCE_14)
def _attribute_templates(env: Env, row: Row) -> list[int]:
    model = "product.template.attribute.line"
    lines = env.visible(model, list(env.db.table(model).find("attribute_id", [row["id"]])))
    ids = sorted(set(env.values(model, lines, "product_tmpl_id")))
    return sort_ids(env, "product.template", env.visible("product.template", ids))


@COMPUTED.field("product.category", "product_count")
def _product_count(env: Env, row: Row) -> int:
    """Templates in the category and all below it."""
    below = subtree(env, "product.category", [row["id"]])
    ids = list(env.db.table("product.template").find("categ_id", below))
    return len(env.visible("product.template", ids))


@COMPUTED.field("product.public.category", "has_published_products", ONLY_19)
def _has_published(env: Env, row: Row) -> bool:
    below = subtree(env, "product.public.category", [row["id"]])
    ids = env.visible("product.template", list(env.db.table("product.template").find("public_categ_ids", below)))
    return any(env.values("product.template", ids, "is_published"))


def _register_paths() -> None:
    for model in ("product.category", "product.public.category", "res.partner.category", "stock.location"):

        @COMPUTED.field(model, "parent_path", SINCE_14)
        def path(env: Env, row: Row, model: str = model) -> str:
            return parent_path(env, model, row)


def parent_path(env: Env, model: str, row: Row) -> str:
    """Ids from the root down, each followed by a slash."""
    field = env.db.models[model].parent_field
    ids: list[int] = []
    current: Row | None = row
    while current is not None and current["id"] not in ids:
        ids.append(current["id"])
        current = env.row(model, current.get(field))
    return "".join(f"{record_id}/" for record_id in reversed(ids))


_register_paths()


@COMPUTED.field("product.public.category", "parents_and_self", SINCE_14)
def _parents_and_self(env: Env, row: Row) -> list[int]:
    return [int(part) for part in parent_path(env, "product.public.category", row).split("/") if part]


def subtree(env: Env, model: str, roots: list[int]) -> list[int]:
    """The roots and everything below them, archived records too."""
    described = env.db.models.get(model)
    parent = "parent_id" if described is None else described.parent_field
    table = env.db.table(model)
    found = dict.fromkeys(roots)
    level = list(found)
    while level:
        level = [record_id for record_id in table.find(parent, level) if record_id not in found]
        found.update(dict.fromkeys(level))
    return list(found)
