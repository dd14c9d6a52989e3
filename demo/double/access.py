"""What a portal customer may do, as data. Employees pass, but for the few models only administrators change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from demo.double import errors
from demo.double.compute.partners import commercial

if TYPE_CHECKING:
    from demo.double.env import Env

Operation = Literal["read", "create", "write", "unlink"]

_PORTAL_READ = frozenset(
    {
        "res.users", "res.partner", "res.company", "res.country", "res.country.state", "res.country.group",
        "res.currency", "res.currency.rate", "res.lang", "res.groups", "res.partner.title", "website",
        "product.template", "product.product", "product.category", "product.public.category", "product.pricelist",
        "product.pricelist.item", "product.attribute", "product.attribute.value", "product.attribute.line",
        "product.attribute.price", "product.template.attribute.line", "product.template.attribute.value",
        "product.image", "product.style", "product.ribbon", "product.tag", "product.uom", "product.uom.categ",
        "uom.uom", "uom.category", "decimal.precision", "account.payment.term", "account.tax", "ir.attachment",
        "sale.order", "sale.order.line", "account.invoice", "account.invoice.line", "account.move",
        "account.move.line", "stock.picking", "product.wishlist", "payment.acquirer", "mailing.list",
    }
)  # fmt: skip
#: Models a portal user may read, by version.
PORTAL_READ: Mapping[str, frozenset[str]] = {
    "10.0": _PORTAL_READ,
    "14.0": _PORTAL_READ,
    "19.0": _PORTAL_READ,
}
#: What else a portal user may do, by version.
PORTAL_CHANGES: Mapping[str, frozenset[tuple[str, Operation]]] = {
    "10.0": frozenset(),
    "14.0": frozenset({("product.wishlist", "create"), ("product.wishlist", "unlink")}),
    "19.0": frozenset({("product.wishlist", "create"), ("product.wishlist", "unlink")}),
}
_STOCK = frozenset({"qty_available", "virtual_available", "incoming_qty", "outgoing_qty", "free_qty"})
#: Fields a portal user may not read of models that he may.
PORTAL_HIDDEN: Mapping[str, frozenset[str]] = {
    "product.template": frozenset({"standard_price"}) | _STOCK,
    "product.product": frozenset({"standard_price"}) | _STOCK,
    "product.pricelist": frozenset({"code"}),
    "sale.order.line": frozenset({"tax_ids"}),
}
#: Models that only an administrator may change.
ADMIN_ONLY: frozenset[tuple[str, Operation]] = frozenset(
    {("res.users", "create"), ("res.users", "write"), ("res.users", "unlink"), ("ir.config_parameter", "write")}
)
ADMIN_LOGINS = frozenset({"admin", "__system__"})

#: Record rules of portal users: domains in which ``{uid}``, ``{partner}`` and ``{commercial}`` stand for ids
#: and ``{published}`` for the version's field.
_PUBLISHED = [("{published}", "=", True), ("sale_ok", "=", True)]
_FOLLOWED = [("message_partner_ids", "child_of", ["{commercial}"])]
PORTAL_RULES: Mapping[str, list[Any]] = {
    "product.template": _PUBLISHED,
    "product.product": _PUBLISHED,
    "res.partner": [("id", "child_of", ["{commercial}"])],
    "res.users": [("id", "=", "{uid}")],
    "sale.order": _FOLLOWED,
    "sale.order.line": [("order_id.message_partner_ids", "child_of", ["{commercial}"])],
    "account.invoice": _FOLLOWED,
    "account.move": [("partner_id", "child_of", ["{commercial}"]), ("state", "=", "posted")],
    "account.move.line": [("move_id.partner_id", "child_of", ["{commercial}"]), ("move_id.state", "=", "posted")],
    "stock.picking": [("partner_id", "child_of", ["{commercial}"])],
    "product.wishlist": [("partner_id", "=", "{partner}")],
    "ir.attachment": [("id", "=", 0)],
}


def is_portal(env: Env) -> bool:
    return bool(env.user_row().get("share", False))


def is_admin(env: Env) -> bool:
    return env.user_row().get("login", "admin") in ADMIN_LOGINS


def may_manage_users(env: Env) -> bool:
    """An administrator, or one with "Access Rights"."""
    group = env.db.external_id("base.group_erp_manager")
    return is_admin(env) or group in (env.user_row().get(env.db.profile.names.user_groups) or [])


def check_model(env: Env, model: str, operation: Operation) -> None:
    """AccessError unless the caller may do this to records of the model at all."""
    if env.sudo:
        return
    version = env.db.dataset.version
    if not is_portal(env):
        allowed = may_manage_users(env) if model == "res.users" else is_admin(env)
        if (model, operation) in ADMIN_ONLY and not allowed:
            raise _denied(env, model, operation)
        return
    allowed = model in PORTAL_READ[version] if operation == "read" else (model, operation) in PORTAL_CHANGES[version]
    if not allowed:
        raise _denied(env, model, operation)


def check_fields(env: Env, model: str, names: Iterable[str]) -> None:
    """AccessError when a field is hidden from the caller."""
    if env.sudo or not is_portal(env):
        return
    hidden = PORTAL_HIDDEN.get(model, frozenset()).intersection(names)
    if hidden:
        raise errors.access_error(
            "The requested operation cannot be completed due to security restrictions. Please contact your system "
            f"administrator.\n\n(Document type: {model}, Operation: read) - (User: {env.uid}, "
            f"Fields: {', '.join(sorted(hidden))})"
        )


def readable_fields(env: Env, model: str) -> list[str]:
    """All fields of the model but those hidden from the caller."""
    hidden: frozenset[str] = frozenset()
    if not env.sudo and is_portal(env):
        hidden = PORTAL_HIDDEN.get(model, frozenset())
    return [name for name in env.db.model(model).fields if name not in hidden]


def check_relations(env: Env, model: str) -> None:
    """Reading all fields reads relations to models that a portal user may not read: AccessError."""
    if env.sudo or not is_portal(env):
        return
    readable = PORTAL_READ[env.db.dataset.version]
    for item in env.db.model(model).fields.values():
        if item.is_many and item.relation and item.relation in env.db.models and item.relation not in readable:
            raise _denied(env, item.relation, "read")


def check_companies(env: Env) -> None:
    """AccessError when the context names companies the user does not work for (from 13 on)."""
    wanted = env.context.get("allowed_company_ids")
    if not wanted or env.sudo or env.db.dataset.version == "10.0":
        return
    if not set(wanted) <= set(env.user_row().get("company_ids") or wanted):
        raise errors.access_error("Access to unauthorized or invalid companies.")


def rule_domain(env: Env, model: str) -> list[Any]:
    """The caller's record rule on the model; empty when there is none."""
    if env.sudo or not is_portal(env) or model not in PORTAL_RULES:
        return []
    user = env.user_row()
    partner = env.row("res.partner", user.get("partner_id")) or {"id": 0}
    values = {"{uid}": env.uid, "{partner}": partner["id"], "{commercial}": commercial(env, partner)["id"]}
    published = env.db.profile.names.published
    return [
        (
            leaf[0].replace("{published}", published),
            leaf[1],
            [values.get(item, item) for item in leaf[2]] if isinstance(leaf[2], list) else values.get(leaf[2], leaf[2]),
        )
        for leaf in PORTAL_RULES[model]
    ]


def check_records(env: Env, model: str, ids: Iterable[int], operation: Operation) -> None:
    """AccessError when a record rule hides one of the (existing) records from the caller."""
    rule = rule_domain(env, model)
    if not rule:
        return
    from demo.double.domain import compile_domain

    condition = compile_domain(env.as_superuser(), model, rule)
    rows = ((record_id, env.row(model, record_id)) for record_id in ids)
    refused = [record_id for record_id, row in rows if row is not None and not condition.test(row)]
    if refused:
        raise errors.access_error(
            "The requested operation cannot be completed due to security restrictions. Please contact your system "
            f"administrator.\n\n(Document type: {model}, Operation: {operation}) - "
            f"(Records: {refused}, User: {env.uid})"
        )


def _denied(env: Env, model: str, operation: Operation) -> errors.OdooFault:
    verb = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}[operation]
    return errors.access_error(
        f"Sorry, you are not allowed to {verb} documents of type {model}. Please contact your system administrator "
        f"if you think this is an error.\n\n(Document model: {model}) - (Operation: {operation}, User: {env.uid})"
    )
