"""Arguments by name reach every version: by place where their names changed, by name in JSON-2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.errors import OdooProtocolError
from adapters.rpc import json2
from adapters.rpc.params import ALIASES, LEADING, positional
from tests.rpc.recorded import SIGNATURES

DOMAIN = [["active", "=", True]]


@pytest.mark.parametrize(
    ("method", "ids", "args", "context", "places", "named"),
    [
        ("search", None, {"domain": DOMAIN, "limit": 3}, None, [DOMAIN], {"limit": 3}),
        ("search", None, {"args": DOMAIN}, {"lang": "fr_FR"}, [DOMAIN], {"context": {"lang": "fr_FR"}}),
        ("search_count", None, {"domain": DOMAIN}, None, [DOMAIN], {}),
        ("search_read", None, {"fields": ["name"], "order": "id"}, None, [[], ["name"]], {"order": "id"}),
        ("search_read", None, {"limit": 1}, None, [], {"limit": 1}),
        ("read", [1, 2], {"fields": ["name"]}, None, [[1, 2], ["name"]], {}),
        ("read", [1], {"load": "_classic_write"}, None, [[1]], {"load": "_classic_write"}),
        ("write", (1,), {"vals": {"a": 1}}, None, [[1], {"a": 1}], {}),
        ("create", None, {"vals": {"a": 1}}, None, [{"a": 1}], {}),
        ("create", None, {"vals_list": [{"a": 1}]}, None, [[{"a": 1}]], {}),
        ("name_search", None, {"domain": DOMAIN, "limit": 2}, None, ["", DOMAIN], {"limit": 2}),
        ("unlink", [], None, None, [[]], {}),
        ("price_get", [5], {"prod_id": 46, "qty": 5.0}, None, [[5]], {"prod_id": 46, "qty": 5.0}),
        ("context_get", None, None, None, [], {}),
    ],
)
def test_places(
    method: str,
    ids: list[int] | None,
    args: dict[str, Any] | None,
    context: dict[str, Any] | None,
    places: list[Any],
    named: dict[str, Any],
) -> None:
    assert positional(method, ids, args, context) == (places, named)


def test_the_callers_arguments_are_left_alone() -> None:
    args, context = {"args": DOMAIN, "limit": 1}, {"lang": "fr_FR"}
    positional("search", None, args, context)
    json2.encode_call("search", [1], args, context)
    assert (args, context) == ({"args": DOMAIN, "limit": 1}, {"lang": "fr_FR"})


def test_json2_gets_the_new_names() -> None:
    assert json.loads(json2.encode_call("create", None, {"vals": [{"a": 1}]}, None)) == {"vals_list": [{"a": 1}]}
    assert json.loads(json2.encode_call("search", None, {"args": DOMAIN}, None)) == {"domain": DOMAIN}


def test_the_places_are_those_of_the_recorded_signatures() -> None:
    for method, names in LEADING.items():
        if method in SIGNATURES:
            assert SIGNATURES[method][1][: len(names)] == tuple(names)
    for method, aliases in ALIASES.items():
        assert set(aliases.values()) <= set(LEADING[method])


@pytest.mark.parametrize(
    ("model", "method"), [("res.partner", "../x"), ("a/b", "read"), ("res.partner", "read?db=x"), ("", "read")]
)
def test_names_that_would_change_the_path_are_refused(model: str, method: str) -> None:
    with pytest.raises(OdooProtocolError):
        json2.path_of(model, method)
