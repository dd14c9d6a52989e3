"""Fields of the schema, those that tell of others, and who sees which."""

from __future__ import annotations

import pytest
from graphql import build_schema as schema_of

from identity.visibility import FieldRights, SchemaFields, UnknownFieldError
from resolvers.schema import build_schema

SDL = """
directive @reveals(fields: [String!]!) on FIELD_DEFINITION | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION | ENUM_VALUE
type Query {
  products(search: String @reveals(fields: ["Product.sku"]), sort: Sort): List
}
interface Page { least: Float @reveals(fields: ["Product.price"]) }
type List implements Page { least: Float @reveals(fields: ["Product.price"]) nodes: [Product!]! }
type Product { id: Int! sku: String price: Float priceTiers: [Float!] stock: Int
  offer: Float @reveals(fields: ["List.least", "Product.stock"]) }
input Filter { inStock: Boolean! @reveals(fields: ["Product.stock"]) }
enum Sort { NAME PRICE @reveals(fields: ["Product.price"]) }
"""
FIELDS = SchemaFields.of(schema_of(SDL))


def rights(*patterns: str, guarded: tuple[str, ...] = ("Product",)) -> FieldRights:
    return FieldRights(FIELDS, guarded, frozenset().union(*map(FIELDS.matching, patterns)))


def test_a_guarded_type_shows_what_is_named_alone() -> None:
    some = rights("Product.price")
    assert some.sees("Product", "price")
    assert not some.sees("Product", "priceTiers")
    assert not some.sees("Product", "sku")
    assert not some.sees("Product", "unheardOf")
    assert some.sees("Unheard", "of")


def test_what_cannot_be_null_cannot_be_hidden() -> None:
    assert rights().sees("Product", "id")
    assert rights().sees("Product", "__typename")


def test_patterns() -> None:
    assert FIELDS.matching("Product.price*") == {"Product.price", "Product.priceTiers"}
    assert FIELDS.matching("Product.*") == {f"Product.{name}" for name in FIELDS.types["Product"]}
    for wrong in ("Product.x*", "Product.cost", "Prodct.sku", "sku", "Product", "Product.", "*", "Product.*e"):
        with pytest.raises(UnknownFieldError):
            FIELDS.matching(wrong)


@pytest.mark.parametrize(
    ("type_name", "field", "needs"),
    [
        ("List", "least", {"Product.price"}),
        ("Page", "least", {"Product.price"}),
        ("Sort", "PRICE", {"Product.price"}),
        ("Sort", "NAME", set()),
        ("Filter", "inStock", {"Product.stock"}),
        ("Query.products", "search", {"Product.sku"}),
        ("Query.products", "sort", set()),
        ("Query", "products", set()),
        # by way of what it reveals, and itself
        ("Product", "offer", {"Product.price", "Product.stock", "Product.offer"}),
    ],
)
def test_who_may_not_see_a_field_may_not_have_what_tells_of_it(type_name: str, field: str, needs: set[str]) -> None:
    everything = {f"Product.{name}" for name in FIELDS.types["Product"]}
    assert FieldRights(FIELDS, ("Product",), needs).sees(type_name, field)
    for missing in everything:
        assert FieldRights(FIELDS, ("Product",), everything - {missing}).sees(type_name, field) is (
            missing not in needs
        )


def test_a_directive_that_names_nothing_is_refused() -> None:
    with pytest.raises(UnknownFieldError, match=r"Product\.cost"):
        SchemaFields.of(schema_of(SDL.replace("Product.sku", "Product.cost")))


def test_revealing_in_a_circle_ends() -> None:
    fields = SchemaFields({"A": frozenset("bc")}, reveals={"A.b": frozenset({"A.c"}), "A.c": frozenset({"A.b"})})
    assert fields.told_by == {"A.b": {"A.b", "A.c"}, "A.c": {"A.b", "A.c"}}


def test_the_schema_of_the_shop() -> None:
    fields = SchemaFields.of(build_schema())
    assert fields.has("Product.stock")
    assert "Product.id" in fields.required
    assert "ProductSortInput.price" not in fields.required
    assert fields.has("SortEnum.ASC")
    assert not any(name.startswith("__") for name in fields.types)
