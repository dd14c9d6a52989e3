"""The contract's documents: all that the storefront selects, valid, and each of them used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse, validate

from contract.cases import CASES
from contract.documents import document, document_names
from resolvers.schema import build_schema

_STOREFRONT = Path(__file__).parents[1] / "data" / "storefront" / "operations.json"
#: the storefront's operations that the schema answers -> our document
_DOCUMENTS = {
    "GetProductTemplateListQuery": "product_list",
    "GetProductTemplateQuery": "product",
    "GetProductVariantQuery": "product_variant",
    "GetCategoriesQuery": "categories",
    "GetCategoryQuery": "category",
    "GetCountriesQuery": "countries",
    "GetStatesQuery": "states",
    "GetWebsiteHomepageQuery": "homepage",
    "GetProductTemplateListQueryForRecentViews": "recent_views",
    "inline:routes-generator:categories": "routes_categories",
    "inline:sitemap:categories": "routes_categories",
    "inline:routes-generator:products": "routes_products",
}


def _operations() -> dict[str, dict[str, Any]]:
    kept = json.loads(_STOREFRONT.read_text(encoding="utf-8"))
    return {operation["name"]: operation for operation in kept["operations"]}


def _paths(selection_set: SelectionSetNode, prefix: str = "") -> Iterator[str]:
    for node in selection_set.selections:
        assert isinstance(node, FieldNode)
        path = f"{prefix}{node.name.value}"
        if node.selection_set is None:
            yield path
        else:
            yield from _paths(node.selection_set, f"{path}.")


@pytest.mark.parametrize("name", sorted(_DOCUMENTS))
def test_it_selects_all_that_the_storefront_selects(name: str) -> None:
    operation = next(
        node for node in parse(document(_DOCUMENTS[name])).definitions if isinstance(node, OperationDefinitionNode)
    )
    asked = _operations()[name]
    assert set(_paths(operation.selection_set)) == {path.replace("[]", "") for path in asked["selectedPaths"]}
    variables = {definition.variable.name.value for definition in operation.variable_definitions or ()}
    assert variables == {variable["name"] for variable in asked["variables"]}


@pytest.mark.parametrize("name", document_names())
def test_it_is_valid(name: str) -> None:
    assert validate(build_schema(), parse(document(name))) == []


def test_each_is_used_by_a_case() -> None:
    assert {case.document for case in CASES} == set(document_names())
