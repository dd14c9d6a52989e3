"""The words that cached things are tagged with, and which of them a change in Odoo concerns.

Of every family there are three kinds: ``product:42`` for one product; ``product:*`` for everything that has a
``product:<id>``, used when it is not known which products changed; and ``products`` for what depends on all of them
together, as a list does: which are in it and in which order. Whoever invalidates one product invalidates ``products``
too, so what has ``products`` needs no single ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from adapters.records import Change
from adapters.records.changes import Subject

ALL_PRODUCTS: Final = "product:*"
PRODUCTS: Final = "products"
ALL_PRICES: Final = "price:*"
PRICES: Final = "prices"
ALL_STOCK: Final = "stock:*"
STOCK: Final = "stock"
ALL_CUSTOMERS: Final = "customer:*"
ALL_ORDERS: Final = "orders:*"
#: websites, companies, languages, currencies and rates, pricelists, the rules of no single product, taxes, units;
#: delivery methods, payment terms and providers
SHOP: Final = "shop"
#: public categories
CATEGORIES: Final = "categories"
ATTRIBUTES: Final = "attributes"
#: product tags and ribbons
LABELS: Final = "labels"
COUNTRIES: Final = "countries"
#: what a CMS beside Odoo holds
CONTENT: Final = "content"

#: what the small tables of `cache.reference` are tagged with
REFERENCE: Final = frozenset({SHOP, CATEGORIES, ATTRIBUTES, LABELS, COUNTRIES})
#: all there is
EVERYTHING: Final = (
    frozenset({ALL_PRODUCTS, PRODUCTS, ALL_PRICES, PRICES, ALL_STOCK, STOCK, ALL_CUSTOMERS, ALL_ORDERS, CONTENT})
    | REFERENCE
)

_TAG: Final = re.compile(r"(product|price|stock|customer|orders):(\*|[1-9][0-9]{0,9})", re.ASCII)


def is_tag(text: str) -> bool:
    """Is it one of the tags told here?"""
    return text in EVERYTHING or _TAG.fullmatch(text) is not None


def completed(tags: Iterable[str]) -> frozenset[str]:
    """The tags, and those that have to be invalidated with them."""
    kept = frozenset(tags)
    return kept | {whole for prefix, whole in _COVERED.items() if any(tag.startswith(prefix) for tag in kept)}


def product_tag(template_id: int) -> str:
    """What is told of the product in any language: texts, variants, list price, pictures."""
    return f"product:{template_id}"


def price_tag(template_id: int) -> str:
    """The pricelist rules of the product and its variants."""
    return f"price:{template_id}"


def stock_tag(template_id: int) -> str:
    """The free quantities of the product's variants."""
    return f"stock:{template_id}"


def customer_tag(partner_id: int) -> str:
    """What is known of the contact. What depends on their company has the company's tag as well."""
    return f"customer:{partner_id}"


def orders_tag(partner_id: int) -> str:
    """What is told of the orders of whoever buys: a company, or a person without one."""
    return f"orders:{partner_id}"


def tags_of(change: Change) -> frozenset[str]:
    """The tags to invalidate when this changed."""
    family = _FAMILIES.get(change.subject)
    if family is None:
        return _TABLES[change.subject]
    one, every, together = family
    return together | (frozenset(map(one, change.ids)) if change.ids else every)


def tags_of_all(changes: Iterable[Change]) -> frozenset[str]:
    """The tags to invalidate when all of these changed."""
    return frozenset().union(*map(tags_of, changes))


def compacted(tags: Iterable[str]) -> frozenset[str]:
    """The same meaning in fewer tags: what depends on all products or all stock needs no single ones."""
    kept = frozenset(tags)
    for prefix, whole in _COVERED.items():
        if whole in kept:
            kept = frozenset(tag for tag in kept if not tag.startswith(prefix))
    return kept


#: subject -> (tag of one, tags when it is not known which, tags in either case)
_FAMILIES: Final[Mapping[Subject, tuple[Callable[[int], str], frozenset[str], frozenset[str]]]] = {
    "product": (product_tag, frozenset({ALL_PRODUCTS}), frozenset({PRODUCTS})),
    # a rule of no product may be one of all: those are among the shop's tables
    "price": (price_tag, frozenset({ALL_PRICES, SHOP}), frozenset({PRICES})),
    "stock": (stock_tag, frozenset({ALL_STOCK}), frozenset({STOCK})),
    "customer": (customer_tag, frozenset({ALL_CUSTOMERS}), frozenset()),
    "order": (orders_tag, frozenset({ALL_ORDERS}), frozenset()),
}
_TABLES: Final[Mapping[Subject, frozenset[str]]] = {
    # a category that moves takes its products along, out of one list and into another
    "category": frozenset({CATEGORIES, PRODUCTS}),
    "attribute": frozenset({ATTRIBUTES}),
    "pricelist": frozenset({SHOP}),
    "shop_rules": frozenset({SHOP}),
    "currency": frozenset({SHOP}),
    "website": frozenset({SHOP}),
    "country": frozenset({COUNTRIES}),
    "tag": frozenset({LABELS}),
}
_COVERED: Final = {"product:": PRODUCTS, "price:": PRICES, "stock:": STOCK}
