# ruff: noqa: S101  (these are tests)
"""One product: the same by every way to it, with all its variants; and none that is not for sale."""

from __future__ import annotations

from typing import Any

import pytest

from contract.catalogue import Catalogue, spread
from contract.odoo import Odoo
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_UNKNOWN = 2_000_000_001
_PRODUCT = """
query ($id: Int, $slug: String, $barcode: String) {
  product(id: $id, slug: $slug, barcode: $barcode) {
    id name slug price
    firstVariant { id }
    productVariants { id sku barcode productTemplate { id } variantAttributeValues { id attribute { id } } }
  }
}
"""
_VARIANT = """
query ($id: Int, $combination: [Int]) {
  productVariant(productTemplateId: $id, combinationId: $combination) {
    productTemplateId isCombinationPossible product { id variantAttributeValues { id } }
  }
}
"""


async def _product(shop: Shop, **by: Any) -> Any:
    return (await shop.query(_PRODUCT, **by))["product"]


async def test_id_and_slug_lead_to_the_same_product(shop: Shop, catalogue: Catalogue) -> None:
    for listed in spread(catalogue.sample, 15):
        by_id = await _product(shop, id=listed["id"])
        assert by_id == await _product(shop, slug=listed["slug"])
        assert {key: by_id[key] for key in ("id", "name", "slug", "price")} == {
            key: listed[key] for key in ("id", "name", "slug", "price")
        }


async def test_slugs_are_paths_of_one_product_each(catalogue: Catalogue) -> None:
    slugs = [product["slug"] for product in catalogue.products]
    assert len(slugs) == len(set(slugs))
    assert all(slug.startswith("/") and not slug.endswith("/") for slug in slugs)


async def test_a_barcode_leads_to_its_product(shop: Shop, catalogue: Catalogue) -> None:
    coded = [(p["id"], v["barcode"]) for p in catalogue.sample for v in p["productVariants"] or () if v["barcode"]]
    if not coded:
        pytest.skip("no variant of the sample has a barcode")
    for product_id, barcode in spread(coded, 10):
        assert (await _product(shop, barcode=barcode))["id"] == product_id


async def test_the_variants_are_odoos(catalogue: Catalogue, odoo: Odoo) -> None:
    shown = {v["id"]: v for p in catalogue.sample for v in p["productVariants"] or ()}
    theirs = await odoo.search("product.product", [["product_tmpl_id", "in", catalogue.sampled_ids]])
    assert sorted(shown) == sorted(theirs)
    rows = await odoo.read("product.product", sorted(shown), ["default_code", "barcode"])
    for variant_id, row in rows.items():
        assert (shown[variant_id]["sku"] or False) == (row["default_code"] or False)
        assert (shown[variant_id]["barcode"] or False) == (row["barcode"] or False)


async def test_the_values_of_variants_are_odoos(catalogue: Catalogue, odoo: Odoo) -> None:
    ours = {
        variant["id"]: {value["id"] for value in variant["variantAttributeValues"]}
        for product in catalogue.sample
        for variant in product["productVariants"] or ()
    }
    assert ours == await odoo.variant_values(sorted(ours))


async def test_the_values_offered_are_odoos(catalogue: Catalogue, odoo: Odoo) -> None:
    lines_of = await odoo.read("product.template", catalogue.sampled_ids, ["attribute_line_ids"])
    line_ids = sorted({line_id for row in lines_of.values() for line_id in row["attribute_line_ids"]})
    model = await odoo.relation("product.template", "attribute_line_ids")
    lines = await odoo.read(model, line_ids, ["value_ids"]) if line_ids else {}
    for product in catalogue.sample:
        theirs = {value for line in lines_of[product["id"]]["attribute_line_ids"] for value in lines[line]["value_ids"]}
        assert {value["id"] for value in product["attributeValues"]} == theirs


async def test_list_prices_are_odoos(catalogue: Catalogue, odoo: Odoo) -> None:
    rows = await odoo.read("product.template", catalogue.sampled_ids, ["list_price"])
    for product in catalogue.sample:
        assert product["price"] == pytest.approx(rows[product["id"]]["list_price"], abs=1e-9)


async def test_variants_belong_to_their_product(shop: Shop, catalogue: Catalogue) -> None:
    for listed in catalogue.sample:
        product = await _product(shop, id=listed["id"])
        variants = product["productVariants"] or []
        assert {variant["productTemplate"]["id"] for variant in variants} <= {product["id"]}
        if variants:
            assert product["firstVariant"]["id"] in [variant["id"] for variant in variants]


async def test_a_variant_is_found_by_its_combination(shop: Shop, catalogue: Catalogue) -> None:
    if not catalogue.varied:
        pytest.skip("no product of the sample has several variants")
    for listed in spread(catalogue.varied, 8):
        for variant in spread(listed["productVariants"], 4):
            values = [value["id"] for value in variant["variantAttributeValues"]]
            for combination in (values, values[::-1]):
                variables = {"id": listed["id"], "combination": combination}
                found = (await shop.query(_VARIANT, **variables))["productVariant"]
                assert found["product"]["id"] == variant["id"]
                assert found["productTemplateId"] == listed["id"]
                assert found["isCombinationPossible"]


async def test_without_a_combination_it_is_the_first_variant(shop: Shop, catalogue: Catalogue) -> None:
    for listed in spread(catalogue.sample, 5):
        first = (await _product(shop, id=listed["id"]))["firstVariant"]
        nothing: tuple[list[int] | None, ...] = ([], None)
        for combination in nothing:
            answer = await shop.client.graphql(_VARIANT, {"id": listed["id"], "combination": combination})
            if first is None:
                assert answer.codes == ["NOT_FOUND"]
            else:
                assert answer.data["productVariant"]["product"]["id"] == first["id"]


async def test_a_combination_that_does_not_exist_is_not_found(shop: Shop, catalogue: Catalogue) -> None:
    for listed in spread(catalogue.sample, 3):
        answer = await shop.client.graphql(_VARIANT, {"id": listed["id"], "combination": [_UNKNOWN]})
        assert (answer.status, answer.codes) == (404, ["NOT_FOUND"])


async def test_what_does_not_exist_is_null_or_not_found(shop: Shop) -> None:
    for by in ({"id": _UNKNOWN}, {"slug": f"/product/x-{_UNKNOWN}"}, {"slug": "/x"}, {"barcode": "no such code"}, {}):
        assert await _product(shop, **by) is None
    answer = await shop.client.graphql(_VARIANT, {"id": _UNKNOWN, "combination": []})
    assert (answer.status, answer.codes) == (404, ["NOT_FOUND"])
    assert (await shop.query("query ($id: Int) { category(id: $id) { id } }", id=_UNKNOWN))["category"] is None
    for field in ("country", "attribute"):
        answer = await shop.client.graphql(f"query ($id: Int) {{ {field}(id: $id) {{ id }} }}", {"id": _UNKNOWN})
        assert (answer.status, answer.codes) == (404, ["NOT_FOUND"])


async def test_what_is_not_published_or_sold_or_active_is_not_there(
    shop: Shop, catalogue: Catalogue, odoo: Odoo
) -> None:
    published = "is_published" if await odoo.has_fields("product.template", "is_published") else "website_published"
    hidden: set[int] = set()
    for field in (published, "sale_ok", "active"):
        hidden |= set(await odoo.search("product.template", [[field, "=", False]], limit=10))
    if not hidden:
        pytest.skip("every product of this Odoo is for sale")
    assert not hidden & set(catalogue.ids)
    for template_id in sorted(hidden):
        assert await _product(shop, id=template_id) is None
        answer = await shop.client.graphql(_VARIANT, {"id": template_id, "combination": []})
        assert answer.codes == ["NOT_FOUND"]
