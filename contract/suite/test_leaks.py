# ruff: noqa: S101  (these are tests)
"""Leaks: no answer says how Odoo is made, where it is, or how one logs in."""

from __future__ import annotations

import re

import pytest

from contract.catalogue import Catalogue
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_INTERNALS = re.compile(
    r"Traceback|psycopg2|xmlrpc|jsonrpc|execute_kw|\bodoo\.(exceptions|addons|http|models)"
    r"|\b(product|res|stock|account|sale|ir|uom)\.(template|product|partner|users|quant|tax|order|model|pricelist|uom)\b"
    r"|product_tmpl_id|public_categ_ids|website_published|is_published"
)
_ODD = (
    ("{ product(id: -1) { id } }", None),
    ("{ products(filter: {ids: [0, -1]}) { totalCount } }", None),
    ("query ($s: String) { products(search: $s) { totalCount } }", {"s": "'\"\\%_\x0b\u2028<b>&"}),
    ("query ($s: String) { product(slug: $s) { id } }", {"s": "/product/" + "9" * 18}),
    ("query ($s: String) { product(barcode: $s) { id } }", {"s": "' OR 1=1"}),
    ("query ($f: ProductFilterInput) { products(filter: $f) { totalCount } }", {"f": {"attribValues": ["0-0", "x"]}}),
    ("{ products(pageSize: -5) { totalCount } }", None),
    ("{ nothing }", None),
    ("{", None),
)


async def test_no_answer_says_how_odoo_is_made(shop: Shop, catalogue: Catalogue) -> None:
    answers = [await shop.client.graphql(query, variables) for query, variables in _ODD]
    answers += [await shop.ask("product", {"slug": product["slug"]}) for product in catalogue.sample[:5]]
    answers += [await shop.ask("product_list", {"pageSize": 20}), await shop.ask("website"), await shop.ask("homepage")]
    secret = shop.target.credentials.secret
    for answer in answers:
        text = answer.body.decode()
        assert not _INTERNALS.search(text), text[:500]
        assert len(secret) < 6 or secret not in text
        assert shop.target.credentials.url not in text


async def test_odd_requests_are_a_clients_mistake_or_find_nothing(shop: Shop) -> None:
    for query, variables in _ODD:
        answer = await shop.client.graphql(query, variables)
        assert answer.status in {200, 400}, (query, answer)
