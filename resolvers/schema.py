"""The executable schema: the SDL of `schema/` with our resolvers bound to it."""

from __future__ import annotations

from pathlib import Path

from ariadne import make_executable_schema
from graphql import GraphQLSchema

from resolvers import (
    accounts,
    accounts_contact,
    accounts_passwords,
    addresses,
    attributes,
    backoffice,
    backoffice_carts,
    backoffice_overview,
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
    content,
    content_blocks,
    countries,
    hreflang,
    invoices,
    money,
    newsletter,
    order_types,
    orders,
    partners,
    paying,
    payments,
    product_queries,
    products,
    promotions,
    redirects,
    search_suggestions,
    stats,
    stats_last,
    subscriptions,
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
        search_suggestions,
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
        stats,
        stats_last,
        backoffice,
        backoffice_carts,
        backoffice_overview,
        checkout_delivery,
        checkout_codes,
        payments,
        paying,
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
        content,
        content_blocks,
        redirects,
        hreflang,
        promotions,
        subscriptions,
    )
    bindables = [bindable for module in modules for bindable in module.BINDABLES]
    return make_executable_schema(
        _sdl(),
        query,
        mutation,
        money.decimal_scalar,
        *bindables,
        convert_names_case=False,
    )


def _sdl() -> str:
    """The files as one text: ariadne's own way to load them parses each, and then all of them again."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(SDL.rglob("*.graphql")))
