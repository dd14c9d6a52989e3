"""name_search: which records a typed name means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.double.env import Env

#: Fields a name is looked up in, where it is not the record name alone.
_FIELDS: dict[str, tuple[str, ...]] = {
    "product.product": ("default_code", "product_tmpl_id.name", "barcode"),
    "product.template": ("name", "product_variant_ids.default_code", "product_variant_ids.barcode"),
    "res.partner": ("display_name", "email", "ref", "vat"),
    "res.users": ("login", "name"),
    "res.country": ("name", "code"),
    "res.country.state": ("name", "code"),
    "res.currency": ("name",),
    "product.category": ("name",),
    "sale.order": ("name",),
}


def name_domain(env: Env, model: str, name: Any, operator: str = "ilike") -> list[Any]:
    """The domain that finds records by a typed name."""
    described = env.db.model(model)
    names = _FIELDS.get(model) or ((described.rec_name,) if described.rec_name else ())
    if model == "res.partner":
        own = "complete_name" if "complete_name" in described.fields else "name"
        names = (own, *names[1:])
    fields = [field for field in names if field.partition(".")[0] in described.fields]
    if not fields:
        return [(0, "=", 1)]
    leaves: list[Any] = [(field, operator, name) for field in fields]
    joint = "&" if operator in ("!=", "not in", "not like", "not ilike") else "|"
    return [joint] * (len(leaves) - 1) + leaves
