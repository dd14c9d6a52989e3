# ruff: noqa: S101  (these are tests)
"""Languages: each text as Odoo has it in that language, by argument or by header."""

from __future__ import annotations

from typing import Any

import pytest

from contract.catalogue import Catalogue
from contract.odoo import Odoo
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LANGUAGES = "{ website { defaultLanguage languages { code isoCode } } }"
_NAMES = """
query ($ids: [Int], $language: String) {
  products(filter: {ids: $ids}, pageSize: 100, language: $language) { products { id name description } }
  categories(pageSize: 100, language: $language) { categories { id name } }
}
"""


async def _codes(shop: Shop) -> list[str]:
    return [language["code"] for language in (await shop.query(_LANGUAGES))["website"]["languages"]]


async def _texts(shop: Shop, catalogue: Catalogue, language: str | None, header: str | None = None) -> Any:
    headers = {"accept-language": header} if header else {}
    variables = {"ids": catalogue.sampled_ids, "language": language}
    return (await shop.client.graphql(_NAMES, variables, headers)).data


async def test_texts_are_odoos_in_every_language(shop: Shop, catalogue: Catalogue, odoo: Odoo) -> None:
    for code in await _codes(shop):
        found = await _texts(shop, catalogue, code)
        rows = await odoo.read("product.template", catalogue.sampled_ids, ["name", "description_sale"], lang=code)
        for product in found["products"]["products"]:
            row = rows[product["id"]]
            assert product["name"] == row["name"]
            assert (product["description"] or "") == (row["description_sale"] or "")
        shown = found["categories"]["categories"]
        names = (
            await odoo.read("product.public.category", [c["id"] for c in shown], ["name"], lang=code) if shown else {}
        )
        assert {c["id"]: c["name"] for c in shown} == {key: row["name"] for key, row in names.items()}


async def test_header_and_argument_say_the_same(shop: Shop, catalogue: Catalogue) -> None:
    for code in await _codes(shop):
        by_argument = await _texts(shop, catalogue, code)
        tag = code.replace("_", "-")
        assert await _texts(shop, catalogue, None, header=f"{tag},en;q=0.1") == by_argument
        assert await _texts(shop, catalogue, code, header="zz") == by_argument


async def test_without_a_wish_it_is_the_default_language(shop: Shop, catalogue: Catalogue) -> None:
    default = (await shop.query(_LANGUAGES))["website"]["defaultLanguage"]
    expected = await _texts(shop, catalogue, default)
    assert await _texts(shop, catalogue, None) == expected
    assert await _texts(shop, catalogue, None, header="xx-XX") == expected


async def test_a_language_that_is_not_spoken_is_refused(shop: Shop) -> None:
    answer = await shop.client.graphql('{ products(language: "tlh") { totalCount } }')
    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])
