"""Modules of providers of payments, installed: what they add to Odoo's models, and to the provider that uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from demo.double.schema import Field, Model

if TYPE_CHECKING:
    from demo.double.core import Double

Module = Literal["payment_stripe", "payment_adyen"]

#: what the module adds to a provider: name -> (is it secret?, the value that a test account has)
ADDED: Final[Mapping[Module, Mapping[str, tuple[bool, str]]]] = {
    "payment_stripe": {
        "stripe_publishable_key": (False, "pk_test_shop"),
        "stripe_secret_key": (True, "sk_test_never_told_to_anybody"),
        "stripe_webhook_secret": (True, "whsec_never_told_to_anybody"),
    },
    "payment_adyen": {
        "adyen_merchant_account": (False, "ShopECOM"),
        "adyen_client_key": (False, "test_client_key"),
        "adyen_api_key": (True, "AQE_never_told_to_anybody"),
        "adyen_hmac_key": (True, "HMAC0123456789never_told"),
        "adyen_api_url_prefix": (False, "test"),
    },
}
#: model and selection of a provider's kind, by version
_KIND: Final = {
    "10.0": ("payment.acquirer", "provider"),
    "14.0": ("payment.acquirer", "provider"),
    "19.0": ("payment.provider", "code"),
}
#: what the module adds in the older versions; their providers are not paid by widgets
_OLDER: Final[Mapping[Module, tuple[str, ...]]] = {
    "payment_stripe": ("stripe_publishable_key", "stripe_secret_key"),
    "payment_adyen": ("adyen_merchant_account",),
}


def install(double: Double, module: Module, provider_id: int, **values: Any) -> None:
    """As if the module were installed, and the provider (by id) set up with it. ``values``: besides."""
    model_name, kind = _KIND[double.version]
    added = ADDED[module]
    names = tuple(added) if double.version == "19.0" else _OLDER[module]
    code = module.removeprefix("payment_")
    double.db.models = _extended(double.db.models, model_name, kind, code, {name: added[name][0] for name in names})
    double.modules.add(module)
    keys = {name: added[name][1] for name in names}
    double.write(model_name, [provider_id], {kind: code, **keys, **values})


def secrets_of(module: Module) -> list[str]:
    """The values that nobody but Odoo and the provider may ever see."""
    return [value for is_secret, value in ADDED[module].values() if is_secret]


def _extended(
    models: Mapping[str, Model], model_name: str, kind: str, code: str, names: Mapping[str, bool]
) -> Mapping[str, Model]:
    model = models[model_name]
    fields = {**model.fields, **{name: _char(name, secret) for name, secret in names.items()}}
    selection = fields[kind]
    options = [*selection.attributes.get("selection", ()), [code, code.capitalize()]]
    fields[kind] = _as_described({**selection.attributes, "selection": options}, selection)
    return {**models, model_name: Model(model.name, fields, model.order, model.inherits)}


def _char(name: str, secret: bool) -> Field:
    groups = "base.group_system" if secret else None
    attributes = {"type": "char", "string": name, "store": True, "required": False, "readonly": False}
    return Field(name, "char", groups=groups, attributes=attributes)


def _as_described(attributes: Mapping[str, Any], field: Field) -> Field:
    return Field(
        name=field.name,
        type=field.type,
        relation=field.relation,
        required=field.required,
        store=field.store,
        groups=field.groups,
        related=field.related,
        attributes=attributes,
    )
