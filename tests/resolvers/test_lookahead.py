"""What an operation selects below a field."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLResolveInfo, build_schema, graphql_sync

from resolvers.lookahead import selected_names, selects

SCHEMA = build_schema(
    """
    type Query { shop: Shop }
    type Shop { products: Products name: String }
    type Products { items: [Item] total: Int }
    type Item { id: Int name: String }
    """
)


def asked(query: str, look: Any, variables: dict[str, Any] | None = None) -> Any:
    """What ``look(info)`` says while ``shop`` is resolved."""
    found: list[Any] = []

    def resolve(_: object, info: GraphQLResolveInfo[Any]) -> None:
        found.append(look(info))

    result = graphql_sync(SCHEMA, query, {"shop": lambda info: resolve(None, info)}, variable_values=variables)
    assert not result.errors
    (answer,) = found
    return answer


ITEMS = lambda info: selects(info, "products", "items")  # noqa: E731


@pytest.mark.parametrize(
    ("query", "variables", "selected"),
    [
        ("{shop{products{items{id}}}}", {}, True),
        ("{shop{products{total}}}", {}, False),
        ("{shop{name}}", {}, False),
        ("{shop{products{items: total}}}", {}, False),
        ("{shop{p: products{i: items{id}}}}", {}, True),
        ("{shop{a: products{total} b: products{items{id}}}}", {}, True),
        ("{shop{products{total} products{items{id}}}}", {}, True),
        ("{shop{products{total}} shop{products{items{id}}}}", {}, True),
        ("{shop{...F}} fragment F on Shop{products{...G}} fragment G on Products{items{id}}", {}, True),
        ("{shop{... on Shop{products{... {items{id}}}}}}", {}, True),
        ("{shop{products{items @skip(if: true){id} total}}}", {}, False),
        ("{shop{products{items @include(if: false){id} total}}}", {}, False),
        ("{shop{products{items @include(if: true) @skip(if: false){id}}}}", {}, True),
        ("query($a: Boolean!){shop{products{items @include(if: $a){id} total}}}", {"a": False}, False),
        ("query($a: Boolean!){shop{products{items @include(if: $a){id} total}}}", {"a": True}, True),
        ("query($a: Boolean = false){shop{products{items @include(if: $a){id} total}}}", {}, False),
        ("{shop{products @skip(if: true){items{id}} name}}", {}, False),
        ("{shop{...F @skip(if: true) name}} fragment F on Shop{products{items{id}}}", {}, False),
        ("{shop{... @include(if: false){products{items{id}}} name}}", {}, False),
    ],
)
def test_selects(query: str, variables: dict[str, Any], selected: bool) -> None:
    assert asked(query, ITEMS, variables) is selected


def test_names_below_a_path() -> None:
    query = "{shop{products{items{id ...F}} b: products{items{x: name}}}} fragment F on Item{__typename}"
    assert asked(query, lambda info: selected_names(info, "products", "items")) == {"id", "name", "__typename"}
    assert asked(query, selected_names) == {"products"}
    assert asked(query, lambda info: selected_names(info, "name")) == set()
