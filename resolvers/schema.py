"""The executable schema: the SDL of `schema/` with our resolvers bound to it."""

from __future__ import annotations

from pathlib import Path

from ariadne import load_schema_from_path, make_executable_schema
from graphql import GraphQLSchema

from resolvers import (
    accounts,
    accounts_contact,
    accounts_passwords,
    addresses,
    attributes,
    cache,
    cart_baskets,
    cart_changes,
    cart_quick_order,
    cart_sync,
    cart_types,
    categories,
    checkout_codes,
    checkout_delivery,
    checkout_placing,
    checkout_request,
    connection,
    contact_us,
    countries,
    invoices,
    money,
    newsletter,
    order_types,
    orders,
    partners,
    payments,
    product_queries,
    products,
    viewer,
    website,
    website_pages,
    wishlist,
)
from resolvers.mutation import mutation
from resolvers.query import query

SDL = Path(__file__).parents[1] / "schema"


def build_schema() -> GraphQLSchema:
    """Raises ariadne's or graphql-core's errors when SDL and resolvers do not fit each other."""
    modules = (
        attributes,
        categories,
        countries,
        website,
        products,
        product_queries,
        connection,
        cache,
        partners,
        accounts,
        accounts_contact,
        accounts_passwords,
        addresses,
        viewer,
        order_types,
        orders,
        invoices,
        checkout_delivery,
        checkout_codes,
        payments,
        checkout_request,
        checkout_placing,
        cart_types,
        cart_changes,
        cart_sync,
        cart_baskets,
        cart_quick_order,
        wishlist,
        newsletter,
        contact_us,
        website_pages,
    )
    bindables = [bindable for module in modules for bindable in module.BINDABLES]
    return make_executable_schema(
        load_schema_from_path(str(SDL)),
        query,
        mutation,
        money.decimal_scalar,
        *bindables,
        convert_names_case=False,
    )
