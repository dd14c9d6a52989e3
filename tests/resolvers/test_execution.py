"""Queries executed by plans answer what graphql-core answers, errors and their places included."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLResolveInfo, GraphQLSchema, build_schema, execute, parse, validate
from hypothesis import given, settings

from resolvers.execution import planned_executor
from resolvers.plans import looks
from tests.support.documents import Drawn, requests

EXECUTOR = planned_executor()
SCHEMA = build_schema(
    """
    scalar GenericScalar
    enum Colour { RED BLUE }
    interface Named { name: String }
    type Query { shop(size: Int = 2, fail: Boolean): Shop required: Shop! named: Named strange: Named }
    type Shop implements Named {
      id: Int!
      name: String
      size: Float
      open: Boolean!
      colour: Colour
      anything: GenericScalar
      later: String
      laterFails: String!
      fails: Int
      failsRequired: Int!
      nothing: String!
      tooLarge: Int
      notIterable: [Int]
      shops: [Shop]
      requiredShops: [Shop!]
      mixed: [Int]
      laterShop: Shop
      laterShops: [Shop!]!
      path: String
      echo(text: String = "x", times: Int): String
    }
    """
)


def _error(*_: Any, **__: Any) -> Any:
    raise ValueError("on purpose")


def _soon(value: Any) -> Any:
    async def later(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    return later


def _path(_source: Any, info: GraphQLResolveInfo[Any]) -> str:
    return "/".join(map(str, info.path.as_list()))


def _shop(depth: int) -> dict[str, Any]:
    inner = [_shop(depth - 1), None, _shop(depth - 1)] if depth else []
    return {
        "id": depth,
        "name": f"shop {depth}",
        "size": 1.5,
        "open": depth != 1,
        "colour": "RED" if depth else "GREEN",
        "anything": {"a": [depth, None]},
        "tooLarge": 2**31,
        "notIterable": 7,
        "shops": inner,
        "requiredShops": inner,
        "mixed": [1, None, "2", ValueError("within"), "three"],
        "inner": inner,
    }


RESOLVERS: dict[str, Any] = {
    "later": lambda *_: _soon("later")(),
    "laterFails": lambda *_: _soon(ValueError("later"))(),
    "fails": _error,
    "failsRequired": lambda *_: ValueError("given, not raised"),
    "laterShop": lambda source, _: _soon(source["inner"][0] if source["inner"] else None)(),
    "laterShops": lambda source, _: [_soon(one)() for one in source["inner"][:1]] + source["inner"][1:],
    "path": _path,
    "echo": lambda _source, _info, text=None, times=1: (text or "") * min(times or 0, 9),
}
for _name, _resolve in RESOLVERS.items():
    SCHEMA.type_map["Shop"].fields[_name].resolve = _resolve  # type: ignore[attr-defined]
_QUERY: Any = SCHEMA.type_map["Query"]
_QUERY.fields["shop"].resolve = lambda _source, _info, fail=None, **_: _error() if fail else _shop(2)
_QUERY.fields["required"].resolve = lambda *_: _shop(1)
_QUERY.fields["named"].resolve = lambda *_: {**_shop(1)}
_QUERY.fields["strange"].resolve = lambda *_: _soon(_shop(1))()
SCHEMA.type_map["Named"].resolve_type = lambda source, _info, _type: "Shop" if source["open"] else "Nobody"  # type: ignore[attr-defined]


async def answered(schema: GraphQLSchema, text: str, variables: Any, executor: Any) -> ExecutionResult:
    result = execute(schema, parse(text), variable_values=variables, executor_class=executor)
    return result if isinstance(result, ExecutionResult) else await result


async def same(text: str, variables: Any = None) -> ExecutionResult:
    expected = await answered(SCHEMA, text, variables, None)
    for _ in range(2):
        found = await answered(SCHEMA, text, variables, EXECUTOR)
        assert found.data == expected.data, text
        assert _told(found) == _told(expected), text
    return expected


def _told(result: ExecutionResult) -> list[Any]:
    return sorted(
        (error.message, str(error.path), str(error.locations), type(error.original_error).__name__)
        for error in result.errors or ()
    )


@pytest.mark.parametrize("name", sorted(SCHEMA.type_map["Shop"].fields))  # type: ignore[attr-defined]
async def test_each_field(name: str) -> None:
    below = "{ id open }" if "hop" in name else ""
    for query in (
        f"shop {{ id {name}{below} }}",
        f"shop {{ shops {{ {name}{below} }} }}",
        f"required {{ {name}{below} }}",
    ):
        await same(f"{{ {query} }}")


async def test_interfaces_fragments_aliases_and_introspection() -> None:
    result = await same(
        """query($size: Int, $fail: Boolean) {
          named { __typename name ...F } strange { name ... on Shop { path echo(text: "ab", times: 2) } }
          a: shop(size: $size, fail: $fail) { e: echo(text: "q") path } __typename
          __type(name: "Shop") { name fields { name } } }
          fragment F on Shop { size shops { path requiredShops { path } } }""",
        {"fail": True},
    )
    assert result.errors


async def test_directives() -> None:
    text = "query($a: Boolean!) { shop { id @skip(if: $a) name @include(if: $a) shops @skip(if: $a) { id } } }"
    for value in (True, False):
        await same(text, {"a": value})


@given(drawn=requests(SCHEMA, depth=5))
@settings(max_examples=150, deadline=None)
async def test_anything(drawn: Drawn) -> None:
    if not validate(SCHEMA, parse(drawn.text)):
        await same(drawn.text, drawn.variables)


async def test_there_are_plans() -> None:
    """A resolver that does not look at the description of its field is given none."""
    schema = build_schema("type Query { given(size: Int): String }")
    given_: list[Any] = []
    schema.query_type.fields["given"].resolve = lambda _source, _info, **_: given_.append(_info)  # type: ignore[union-attr]
    for text, planned in (("{ given }", True), ("{ given(size: 1) }", True), ("{ given @skip(if: false) }", False)):
        given_.clear()
        await answered(schema, text, {}, EXECUTOR)
        assert (given_ == [None]) is planned, text


def test_who_looks_at_the_description_of_the_field() -> None:
    assert looks(_path)
    assert looks(lambda _source, info, **_: info)
    assert not looks(lambda _source, _: None)
    assert not looks(lambda _source, _info, **_: None)
    assert not looks(lambda *_: None)
