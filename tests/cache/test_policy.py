"""The policy of an operation is the strictest of its fields."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, build_schema, get_operation_ast, parse

from cache.policy import NEVER, Policies, Policy, Scope

SDL = """
enum CacheScope { PUBLIC ROLE PRIVATE }
directive @cache(
  maxAge: Int!, staleWhileRevalidate: Int = 0, staleIfError: Int = 0, scope: CacheScope = PUBLIC
) on FIELD_DEFINITION | OBJECT | INTERFACE

type Query {
  page: Page @cache(maxAge: 60, staleWhileRevalidate: 600, staleIfError: 6000)
  personal: Page
  me: Page @cache(maxAge: 60, scope: PRIVATE)
  pages: [Page!] @cache(maxAge: 120, staleIfError: 100)
}
interface Titled { title: String @cache(maxAge: 50) }
type Page implements Titled {
  title: String
  price: Price
  stock: Int @cache(maxAge: 30, staleIfError: 30)
  next: Page
}
type Price @cache(maxAge: 45, staleWhileRevalidate: 300, staleIfError: 5000, scope: ROLE) { amount: Int }
type Mutation { change: Page @cache(maxAge: 60) }
"""
SCHEMA = build_schema(SDL)
POLICIES = Policies(SCHEMA)
PAGE = Policy(60, 600, 6000, Scope.PUBLIC)


def policy_of(text: str) -> Policy:
    document = parse(text)
    operation = get_operation_ast(document)
    assert isinstance(operation, OperationDefinitionNode)
    return POLICIES.of(document, operation)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ page { title } }", PAGE),
        ("{ page { next { next { title } } } }", PAGE),
        ("{ page { title stock } }", Policy(30, 0, 30, Scope.PUBLIC)),
        ("{ page { price { amount } } }", Policy(45, 300, 5000, Scope.ROLE)),
        ("{ page { title } pages { title } }", Policy(60, 0, 100, Scope.PUBLIC)),
        ("{ page { ...f } } fragment f on Page { next { stock } }", Policy(30, 0, 30, Scope.PUBLIC)),
        ("{ page { ... on Page { price { amount } } } }", Policy(45, 300, 5000, Scope.ROLE)),
        ("{ page { ... on Titled { title } } }", Policy(50, 0, 0, Scope.PUBLIC)),
        ("{ page { __typename title } }", PAGE),
        ("{ alias: page { stock } }", Policy(30, 0, 30, Scope.PUBLIC)),
        ("{ page { title } personal { title } }", NEVER),
        ("{ personal { title } }", NEVER),
        ("{ __schema { types { name } } }", NEVER),
        ("{ page { title } __schema { types { name } } }", NEVER),
        ("{ __typename }", NEVER),
        ("mutation { change { title } }", NEVER),
    ],
)
def test_the_strictest_field_decides(text: str, expected: Policy) -> None:
    assert policy_of(text) == expected


def test_a_private_field_is_not_kept() -> None:
    found = policy_of("{ me { title } }")
    assert found.scope is Scope.PRIVATE
    assert not found.keeps


def test_only_what_has_a_life_and_no_owner_is_kept() -> None:
    assert PAGE.keeps
    assert not NEVER.keeps
    assert not Policy(0, 60, 60, Scope.PUBLIC).keeps
