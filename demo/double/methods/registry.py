"""The methods a client may call, by model and version, with the signatures Odoo gives them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.schema import DATA

if TYPE_CHECKING:
    from demo.double.env import Env

ALL_VERSIONS = ("10.0", "14.0", "19.0")


@dataclass(frozen=True, slots=True)
class Call:
    """What a method works on: the environment, the model's name and the ids of the record set."""

    env: Env
    model: str
    ids: list[Any]


@dataclass(frozen=True, slots=True)
class Method:
    """``on_model``: called on the model itself (``@api.model``), without ids."""

    name: str
    function: Callable[..., Any]
    signature: inspect.Signature
    on_model: bool

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """The arguments by name; TypeError with Python's own words when they do not fit."""
        return self.signature.bind(*args, **kwargs)


class Methods:
    """All registered methods; ``*`` stands for every model."""

    def __init__(self) -> None:
        self._methods: dict[tuple[str, str, str], Method] = {}

    def register(
        self, models: str = "*", *, on_model: bool = False, versions: Sequence[str] = ALL_VERSIONS, name: str = ""
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function ``(call, ...)`` under its own name (or ``name``)."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            signature = inspect.signature(function)
            parameters = list(signature.parameters.values())[1:]
            own = name or function.__name__
            method = Method(own, function, signature.replace(parameters=parameters), on_model)
            for version in versions:
                for model in models.split():
                    self._methods[version, model, own] = method
            return function

        return decorate

    def find(self, version: str, model: str, name: str) -> Method | None:
        return self._methods.get((version, model, name)) or self._methods.get((version, "*", name))


METHODS = Methods()
rpc = METHODS.register
ONLY_10 = ("10.0",)
ONLY_14 = ("14.0",)
ONLY_19 = ("19.0",)
UP_TO_14 = ("10.0", "14.0")
SINCE_14 = ("14.0", "19.0")

#: Public methods of Odoo 19's ORM that are closed to remote callers (``@api.private``).
PRIVATE_SINCE_19 = frozenset(
    {
        "browse", "sudo", "mapped", "filtered", "filtered_domain", "exists", "with_context", "with_user",
        "with_company", "with_env", "fetch", "search_fetch", "check_access", "grouped", "sorted", "concat", "union",
        "invalidate_recordset", "flush_recordset", "ensure_one", "get_base_url_private",
    }
)  # fmt: skip


#: Methods real Odoos have and the double does not play: asking for one is a mistake of the caller, not of the name.
NOT_PLAYED = frozenset(
    {
        "action_quotation_send", "force_quotation_send",
        "action_assign", "force_assign", "button_validate",
        "do_new_transfer",
        "message_post",
        "add_to_list", "action_apply_inventory", "get_pdf",
        "get_single_product_variant", "create_product_variant", "export_data", "web_read_group", "run", "execute",
        "get_product_price", "get_products_price", "price_rule_get_multi",
    }
)  # fmt: skip


def public_method(version: str, model: str, name: str) -> Method:
    """The method of that name, or Odoo's refusal."""
    if name.startswith("_") or (version == "19.0" and name in PRIVATE_SINCE_19):
        shown = f"'{model}.{name}'" if version == "19.0" else name
        raise errors.access_error(f"Private methods (such as {shown}) cannot be called remotely.")
    method = METHODS.find(version, model, name)
    if method is None and _exists(version, model, name):
        raise errors.OdooFault(errors.NOT_IMPLEMENTED, f"the double does not play {model}.{name}")
    if method is None:
        text = (
            f"The method '{model}.{name}' does not exist"
            if version == "19.0"
            else f"type object '{model}' has no attribute '{name}'"
        )
        raise errors.OdooFault(errors.ATTRIBUTE_ERROR, text)
    return method


def _exists(version: str, model: str, name: str) -> bool:
    """A real server of that version has the method: it was recorded, or is in the recorded list of methods."""
    path = DATA / version / "methods" / f"{model}.json"
    return name in _recorded_names(path) if path.exists() else name in NOT_PLAYED


@cache
def _recorded_names(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text("utf-8"))) - {"price_get"}
