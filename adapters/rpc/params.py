"""Names and places of method parameters.

Callers name every argument as the newest Odoo does (JSON-2 knows names alone). Before 19 some of these
parameters were called otherwise: ``search(args)`` in 10.0 is ``search(domain)`` in 19.0. Their places never
moved, so the positional transports send these leading parameters by place and the rest as keywords.

Values are not changed. ``create`` takes one dict in 10.0 and 11.0, a dict or a list from 12.0 on; the answer of
XML-RPC and JSON-RPC is an id for a dict and a list for a list, that of JSON-2 always a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALIASES: Mapping[str, Mapping[str, str]] = {
    "create": {"vals": "vals_list"},
    "write": {"values": "vals"},
    "search": {"args": "domain"},
    "search_count": {"args": "domain"},
    "name_search": {"args": "domain"},
}
"""Older names of a method's parameters, and the name JSON-2 wants."""

LEADING: Mapping[str, Mapping[str, Any]] = {
    "create": {"vals_list": []},
    "write": {"vals": {}},
    "search": {"domain": []},
    "search_count": {"domain": []},
    "search_read": {"domain": [], "fields": None},
    "read": {"fields": None},
    "read_group": {"domain": [], "fields": [], "groupby": []},
    "name_search": {"name": "", "domain": None},
    "name_create": {"name": ""},
    "default_get": {"fields_list": []},
    "fields_get": {"allfields": None, "attributes": None},
    "has_group": {"group_ext_id": ""},
    "load": {"fields": [], "data": []},
}
"""Leading parameters in their order, with what stands in the place of one that is left out before another.

From the signatures of 10.0, 14.0 and 19.0: the same places in all, under changing names.
"""


def canonical(method: str, args: Mapping[str, Any] | None) -> dict[str, Any]:
    """The arguments under the names of the newest Odoo."""
    aliases = ALIASES.get(method)
    if not args:
        return {}
    if aliases is None:
        return dict(args)
    return {aliases.get(name, name): value for name, value in args.items()}


def positional(
    method: str,
    ids: Sequence[int] | None,
    args: Mapping[str, Any] | None,
    context: Mapping[str, Any] | None,
) -> tuple[list[Any], dict[str, Any]]:
    """``(args, kwargs)`` of an ``execute_kw``: ids first, leading parameters by place, the rest by name."""
    named = canonical(method, args)
    places: list[Any] = [] if ids is None else [list(ids)]
    leading = LEADING.get(method, {})
    given = [place for place, name in enumerate(leading) if name in named]
    if given:
        for name, default in list(leading.items())[: given[-1] + 1]:
            places.append(named.pop(name, default))
    if context is not None:
        named["context"] = dict(context)
    return places, named
