"""display_name: what a many2one shows, in the context language (``name_get`` up to 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_10, ONLY_14, ONLY_19, SINCE_14
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

name_of = COMPUTED.field


def display_name(env: Env, model: str, record_id: Any) -> str | bool:
    """The display name of a record; False when there is none (a relation to a table the dataset leaves out)."""
    row = env.row(model, record_id)
    if row is None:
        return False
    key = ("display_name", model, record_id, env.lang)
    found = env.memo.get(key)
    if found is None:
        found = env.memo[key] = env.value(model, row, "display_name")
    return found  # type: ignore[no-any-return]


@name_of("*", "display_name")
def _rec_name(_env: Env, row: Row) -> Any:
    """A model without a rule of its own shows what the dataset stores, or the name."""
    return row.get("display_name") or row.get("name") or ""


def text(env: Env, model: str, row: Row, name: str = "name") -> str:
    described = env.db.models.get(model)
    value = env.value(model, row, name) if described and name in described.fields else row.get(name)
    return str(value) if value not in (False, None) else ""


def _register_plain(models: str, name: str = "name") -> None:
    for model in models.split():

        @name_of(model, "display_name")
        def plain(env: Env, row: Row, model: str = model) -> str:
            return text(env, model, row, name)


_register_plain(
    "product.attribute product.tag uom.uom product.uom uom.category product.uom.categ "
    "res.country res.currency res.lang res.partner.title res.company product.image decimal.precision website "
    "account.payment.term account.fiscal.position delivery.carrier payment.acquirer payment.provider "
    "stock.warehouse crm.team account.move account.invoice stock.picking"
)
_register_plain("ir.config_parameter", "key")


@name_of("res.users", "display_name")
def _user(env: Env, row: Row) -> str:
    partner = env.row("res.partner", row.get("partner_id"))
    return text(env, "res.partner", partner) if partner is not None else str(row.get("name") or "")


@name_of("account.tax", "display_name")
def _tax(env: Env, row: Row) -> str:
    return text(env, "account.tax", row)


# ------------------------------------------------------------------------------------------------ products


def _coded(env: Env, model: str, row: Row, suffix: str = "") -> str:
    name = text(env, model, row)
    code = env.value(model, row, "default_code")
    full = f"{name} ({suffix})" if suffix else name
    return f"[{code}] {full}" if code and env.context.get("display_default_code", True) else full


@name_of("product.template", "display_name")
def _template(env: Env, row: Row) -> str:
    return _coded(env, "product.template", row)


@name_of("product.product", "display_name")
def _product(env: Env, row: Row) -> str:
    return _coded(env, "product.product", row, combination_name(env, row))


@name_of("product.product", "partner_ref")
def _partner_ref(env: Env, row: Row) -> str:
    return _coded(env, "product.product", row)


def combination_name(env: Env, row: Row) -> str:
    """The attribute values that tell this variant from its sisters: ``Red, 10 ml``."""
    if env.db.dataset.version == "10.0":
        return _combination_name_10(env, row)
    model = "product.template.attribute.value"
    shown = []
    for record_id in sort_ids(env, model, row.get("product_template_attribute_value_ids") or []):
        value = env.row(model, record_id)
        if value is not None and _tells_variants_apart(env, value):
            shown.append(text(env, model, value))
    return ", ".join(shown)


def _tells_variants_apart(env: Env, value: Row) -> bool:
    line = env.row("product.template.attribute.line", value.get("attribute_line_id"))
    if line is None:
        return True
    attribute = env.row("product.attribute", line.get("attribute_id")) or {}
    if attribute.get("create_variant") == "no_variant":
        return False
    siblings = env.db.table("product.template.attribute.value").find("attribute_line_id", [line["id"]])
    rows = (env.row("product.template.attribute.value", record_id) for record_id in siblings)
    return sum(1 for row in rows if row is not None and row.get("ptav_active")) > 1


def _combination_name_10(env: Env, row: Row) -> str:
    lines = env.db.table("product.attribute.line").find("product_tmpl_id", [row.get("product_tmpl_id")])
    rows = [line for line in (env.row("product.attribute.line", line_id) for line_id in lines) if line]
    variable = {line["attribute_id"] for line in rows if len(line.get("value_ids") or []) > 1}
    values = [env.row("product.attribute.value", value_id) for value_id in row.get("attribute_value_ids") or []]
    kept = {value["attribute_id"]: value for value in values if value and value["attribute_id"] in variable}
    ordered = sort_ids(env, "product.attribute", kept)
    return ", ".join(text(env, "product.attribute.value", kept[attribute]) for attribute in ordered)


# ---------------------------------------------------------------------------------------------- attributes


@name_of("product.attribute.value", "display_name")
def _attribute_value(env: Env, row: Row) -> str:
    name = text(env, "product.attribute.value", row)
    attribute = display_name(env, "product.attribute", row.get("attribute_id"))
    return f"{attribute}: {name}" if attribute and env.context.get("show_attribute", True) else name


@name_of("product.template.attribute.value", "display_name", SINCE_14)
def _template_value(env: Env, row: Row) -> str:
    model = "product.template.attribute.value"
    attribute = display_name(env, "product.attribute", env.value(model, row, "attribute_id"))
    name = text(env, model, row)
    return f"{attribute}: {name}" if attribute else name


@name_of("product.attribute.line product.template.attribute.line", "display_name")
def _attribute_line(env: Env, row: Row) -> Any:
    return display_name(env, "product.attribute", row.get("attribute_id"))


@name_of("product.attribute.price", "display_name", ONLY_10)
def _attribute_price(_env: Env, row: Row) -> str:
    return f"product.attribute.price,{row['id']}"


# --------------------------------------------------------------------------------------------------- trees


def path_name(env: Env, model: str, row: Row, separator: str = " / ") -> str:
    """The names from the root of the tree down to this record."""
    parent = env.db.models[model].parent_field
    names: list[str] = []
    current: Row | None = row
    while current is not None and len(names) < 100:
        names.append(text(env, model, current))
        current = env.row(model, current.get(parent))
    return separator.join(reversed(names))


def _register_path(models: str, field: str, versions: tuple[str, ...]) -> None:
    for model in models.split():

        @name_of(model, field, versions)
        def path(env: Env, row: Row, model: str = model) -> str:
            return path_name(env, model, row)


_register_path("product.public.category product.category", "display_name", ("10.0", "14.0", "19.0"))
_register_path("product.category", "complete_name", SINCE_14)
_register_path("res.partner.category", "display_name", SINCE_14)


@name_of("stock.location", "display_name")
@name_of("stock.location", "complete_name", SINCE_14)
def _location(env: Env, row: Row) -> str:
    """Parents are named up to, and without, the first location of usage "view"."""
    names = [text(env, "stock.location", row)]
    current = env.row("stock.location", row.get("location_id"))
    if env.db.dataset.version == "10.0":
        while current is not None and row.get("usage") != "view":
            names.append(text(env, "stock.location", current))
            if current.get("usage") == "view":
                break
            current = env.row("stock.location", current.get("location_id"))
        return "/".join(reversed(names))
    while current is not None and row.get("usage") != "view":
        names.append(text(env, "stock.location", current))
        if current.get("usage") == "view":
            break
        current = env.row("stock.location", current.get("location_id"))
    return "/".join(reversed(names))


# ------------------------------------------------------------------------------------------ prices, places


@name_of("product.pricelist", "display_name")
def _pricelist(env: Env, row: Row) -> str:
    name = text(env, "product.pricelist", row)
    currency = display_name(env, "res.currency", row.get("currency_id"))
    return f"{name} ({currency})" if currency else name


@name_of("res.country.state", "display_name", SINCE_14)
def _state(env: Env, row: Row) -> str:
    name = text(env, "res.country.state", row)
    country = env.row("res.country", row.get("country_id"))
    return f"{name} ({country['code']})" if country is not None else name


@name_of("res.country.state", "display_name", ONLY_10)
def _state_10(env: Env, row: Row) -> str:
    return text(env, "res.country.state", row)


@name_of("product.pricelist.item", "name", ONLY_14)
def _item_name(env: Env, row: Row) -> Any:
    """Without the code of the variant (but with that of a template)."""
    variant = row.get("applied_on") == "0_product_variant"
    return _item(env.with_context(display_default_code=False) if variant else env, row)


@name_of("product.pricelist.item", "display_name")
@name_of("product.pricelist.item", "name", ("10.0", "19.0"))
def _item(env: Env, row: Row) -> Any:
    scope = row.get("applied_on")
    if scope == "3_global" or scope is None:
        return "All Products"
    field, model, label = {
        "2_product_category": ("categ_id", "product.category", "Category: "),
        "1_product": ("product_tmpl_id", "product.template", "Product: "),
        "0_product_variant": ("product_id", "product.product", "Variant: "),
    }[scope]
    return _item_label(env, model, row.get(field), label)


def _item_label(env: Env, model: str, record_id: Any, label: str) -> str:
    version = env.db.dataset.version
    target = env.row(model, record_id)
    if target is None:
        return label
    name = str(display_name(env, model, record_id))
    if version == "10.0":
        # the product's name with its code cut out, the space behind the code left in
        code = target.get("default_code")
        is_variant = model == "product.product"
        plain = text(env, model, target) if model != "product.product" else name
        plain = plain.replace(f"[{code}]", "") if is_variant and code else plain
        return f"{label}{plain}" if model == "product.category" else plain
    return name if version == "19.0" and model == "product.template" else f"{label}{name}"


@name_of("stock.quant", "display_name", ONLY_10)
def _quant_10(env: Env, row: Row) -> str:
    product = env.row("product.product", row.get("product_id")) or {"id": 0}
    code = env.value("product.product", product, "default_code") or ""
    unit = display_name(env, "product.uom", env.value("product.product", product, "uom_id")) or ""
    return f"{code}: {row.get('qty', 0.0)}{unit}"


@name_of("stock.quant", "display_name", ONLY_14)
def _quant_14(env: Env, row: Row) -> Any:
    return display_name(env, "product.product", row.get("product_id"))


@name_of("stock.quant", "display_name", ONLY_19)
def _quant_19(env: Env, row: Row) -> str:
    parts = [("stock.location", "location_id"), ("stock.lot", "lot_id"), ("stock.package", "package_id")]
    names = (display_name(env, model, row.get(field)) for model, field in parts)
    return " - ".join(str(name) for name in names if name)


@name_of("product.supplierinfo", "display_name")
def _supplierinfo(env: Env, row: Row) -> Any:
    field = "partner_id" if env.db.dataset.version == "19.0" else "name"
    return display_name(env, "res.partner", row.get(field))
