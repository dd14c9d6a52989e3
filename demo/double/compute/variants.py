"""Templates and their variants: which fields mirror which, and what a variant adds to the price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_10, SINCE_14
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


def variant_rows(env: Env, template_id: int, *, archived: bool = False) -> list[Row]:
    """The variants of a template, in their own order."""
    ids = list(env.db.table("product.product").find("product_tmpl_id", [template_id]))
    ids = ids if archived else env.visible("product.product", ids)
    return [row for row in (env.row("product.product", record_id) for record_id in ids) if row is not None]


@COMPUTED.field("product.template", "product_variant_id")
def _first_variant(env: Env, row: Row) -> int | bool:
    ids = sort_ids(env, "product.product", [variant["id"] for variant in variant_rows(env, row["id"])])
    return ids[0] if ids else False


@COMPUTED.field("product.template", "product_variant_count")
def _variant_count(env: Env, row: Row) -> int:
    return len(variant_rows(env, row["id"]))


def _mirror(name: str, empty: Any) -> None:
    """A template shows its variant's value when it has exactly one."""

    @COMPUTED.field("product.template", name)
    def of_the_only_variant(env: Env, row: Row) -> Any:
        if name in row:  # stored with the template, and forgotten when a variant changes
            return row[name]
        variants = variant_rows(env, row["id"])
        return variants[0].get(name, empty) if len(variants) == 1 else empty


for _name in ("standard_price", "weight", "volume"):
    _mirror(_name, 0.0)
#: Stored on the template and recomputed when a variant changes.
STORED_MIRRORS = ("default_code", "weight", "volume", "standard_price")


@COMPUTED.field("product.template", "default_code")
def _default_code(env: Env, row: Row) -> Any:
    if "default_code" in row:
        return row["default_code"]
    variants = variant_rows(env, row["id"])
    if len(variants) == 1:
        return variants[0].get("default_code", False)
    # 10 stores an empty text where later versions store nothing
    return "" if env.db.dataset.version == "10.0" else False


@COMPUTED.field("product.template", "barcode")
def _barcode(env: Env, row: Row) -> Any:
    variants = variant_rows(env, row["id"])
    if env.db.dataset.version == "10.0":  # a related field: the first variant's
        ordered = sort_ids(env, "product.product", [variant["id"] for variant in variants])
        first = env.row("product.product", ordered[0]) if ordered else None
        return first.get("barcode", False) if first else False
    return variants[0].get("barcode", False) if len(variants) == 1 else False


@COMPUTED.field("product.product", "product_variant_id")
def _own_id(_env: Env, row: Row) -> int:
    return int(row["id"])


@COMPUTED.field("product.product", "code")
def _code(_env: Env, row: Row) -> Any:
    return row.get("default_code", False)


# ------------------------------------------------------------------------------------------- extra prices


@COMPUTED.field("product.product", "price_extra", SINCE_14)
def _price_extra(env: Env, row: Row) -> float:
    model = "product.template.attribute.value"
    values = (env.row(model, record_id) for record_id in row.get("product_template_attribute_value_ids") or [])
    return float(sum(value.get("price_extra", 0.0) for value in values if value is not None))


@COMPUTED.field("product.product", "price_extra", ONLY_10)
def _price_extra_10(env: Env, row: Row) -> float:
    values = set(row.get("attribute_value_ids") or [])
    if not values:
        return 0.0
    prices = env.db.table("product.attribute.price").find("product_tmpl_id", [row.get("product_tmpl_id")])
    rows = (env.row("product.attribute.price", record_id) for record_id in prices)
    return float(sum(price["price_extra"] for price in rows if price is not None and price["value_id"] in values))


@COMPUTED.field("product.attribute.value", "price_extra", ONLY_10)
def _value_extra(env: Env, row: Row) -> float:
    """The extra price on one template, named by the context's ``active_id``."""
    template = env.context.get("active_id")
    if not template:
        return 0.0
    prices = env.db.table("product.attribute.price").find("value_id", [row["id"]])
    rows = (env.row("product.attribute.price", record_id) for record_id in prices)
    return float(sum(price["price_extra"] for price in rows if price and price["product_tmpl_id"] == template))


@COMPUTED.field("product.product", "combination_indices", SINCE_14)
def _combination_indices(_env: Env, row: Row) -> str:
    return ",".join(str(value) for value in sorted(row.get("product_template_attribute_value_ids") or []))
