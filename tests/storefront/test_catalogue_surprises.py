"""What the storefront's lists and pages ask for, where the answer is another than one would think."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.storefront.conftest import Shops
from tests.storefront.nuxt import Visitor

VERSIONS = ("10.0", "14.0", "19.0")
LIST = "GetProductTemplateListQuery"


@pytest.fixture(params=VERSIONS)
async def visitor(request: pytest.FixtureRequest, shops: Shops) -> Visitor:
    return (await shops(request.param)).visitor


async def listed(visitor: Visitor, **filter_: Any) -> Any:
    return await visitor(LIST, filter=filter_, pageSize=200, currentPage=1)


async def test_null_and_empty_restrict_nothing(visitor: Visitor) -> None:
    everything = await listed(visitor)
    nothing: tuple[dict[str, Any], ...] = (
        {"attribValues": [], "ids": [], "categorySlug": None, "categoryId": None, "name": None},
        {"categorySlug": "", "minPrice": 0, "maxPrice": 0, "inStock": False, "categoryId": []},
        {"attributeValueId": [1, 2]},  # of an older storefront
        {"attribValues": ["", "x", "1", "1-", "a-b", "1-2-3x"]},
    )
    for filter_ in nothing:
        assert await listed(visitor, **filter_) == everything, filter_
    assert await visitor(LIST, filter=None, sort=None, search=None, pageSize=200, currentPage=None) == everything
    top = (await visitor("GetCategoriesQuery", filter={"parent": True, "id": None}))["categories"]
    both = await visitor("GetCategoriesQuery", filter={"parent": None, "id": None}, pageSize=200)
    assert 0 < len(top) < len(both["categories"])


async def test_pages_below_the_first_are_the_first(visitor: Visitor) -> None:
    pages = [await visitor(LIST, filter={}, pageSize=5, currentPage=page) for page in (1, 0, -3)]
    assert pages[0]["products"]
    assert pages[1] == pages[2] == pages[0]


async def test_a_page_beyond_the_last_is_an_empty_list(visitor: Visitor) -> None:
    """With the count of all: by that the page knows that there is none such."""
    found = await visitor(LIST, filter={}, pageSize=18, currentPage=999)
    assert found["products"] == []
    assert found["totalCount"] == (await listed(visitor))["totalCount"] > 18


async def test_a_category_holds_what_is_below_it_and_an_unknown_one_nothing(visitor: Visitor) -> None:
    categories = (await visitor("GetCategoriesQuery", filter={"id": None}, pageSize=500))["categories"]
    above = next(one for one in categories if one["childs"])
    whole = {one["id"] for one in (await listed(visitor, categorySlug=above["slug"]))["products"]}
    for child in above["childs"]:
        found = {one["id"] for one in (await listed(visitor, categorySlug=child["slug"]))["products"]}
        assert found <= whole
    assert whole
    nothing = await listed(visitor, categorySlug="/category/no-such-one-999999")
    assert (nothing["products"], nothing["totalCount"]) == ([], 0)
    assert (nothing["minPrice"], nothing["maxPrice"]) == (0, 0)


async def test_an_unknown_category_and_product_are_null(visitor: Visitor) -> None:
    """Not a record with the id 0."""
    assert await visitor("GetCategoryQuery", slug="/category/no-such-one-999999") is None
    for slug in ("/product/no-such-one-999999", "/product/x", "", "/"):
        assert await visitor("GetProductTemplateQuery", slug=slug) is None


async def test_prices_bound_the_list_and_not_its_bounds(visitor: Visitor) -> None:
    """List prices, without pricelist; the bounds are those of all that matches but for the price."""
    everything = await listed(visitor)
    prices = [one["price"] for one in everything["products"]]
    assert (everything["minPrice"], everything["maxPrice"]) == (min(prices), max(prices))
    middle = sorted(prices)[len(prices) // 2]
    cheap = await listed(visitor, minPrice=everything["minPrice"], maxPrice=middle)
    assert sorted(one["price"] for one in cheap["products"]) == sorted(price for price in prices if price <= middle)
    assert (cheap["minPrice"], cheap["maxPrice"]) == (everything["minPrice"], everything["maxPrice"])


async def test_facet_ids_are_those_of_values_and_a_products_are_its_own(visitor: Visitor) -> None:
    """`attributeId-valueId` narrows lists; on a product the same form names the value as the product has it."""
    everything = await listed(visitor)
    counts = {one["id"]: one["total"] for one in everything["filterCounts"] if one["type"] == "attribute_value"}
    assert all(type(one["total"]) is int for one in everything["filterCounts"])
    assert len([one for one in everything["filterCounts"] if one["type"] == "in_stock"]) == 1
    assert {one["id"] for one in everything["attributeValues"]} == counts.keys()
    for value in everything["attributeValues"]:
        assert value["search"] == f"{value['attribute']['id']}-{value['id']}"
    card = next(one for one in everything["products"] if one["attributeValues"])
    for value in card["attributeValues"]:
        assert value["search"].startswith(f"{value['attribute']['id']}-")


async def test_values_of_one_attribute_are_alternatives_and_stay_selectable(visitor: Visitor) -> None:
    everything = await listed(visitor)
    by_attribute: dict[int, list[Any]] = {}
    for value in everything["attributeValues"]:
        by_attribute.setdefault(value["attribute"]["id"], []).append(value)
    first, second, *_ = next(values for values in by_attribute.values() if len(values) > 1)
    one, other, either = [
        {card["id"] for card in (await listed(visitor, attribValues=wanted))["products"]}
        for wanted in ([first["search"]], [second["search"]], [first["search"], second["search"]])
    ]
    assert either == one | other
    narrowed = await listed(visitor, attribValues=[first["search"]])
    assert second["id"] in {value["id"] for value in narrowed["attributeValues"]}


async def test_a_variant_is_found_by_its_values_in_any_order(visitor: Visitor) -> None:
    cards = (await listed(visitor))["products"]
    card = max(cards, key=lambda one: len(one["firstVariant"]["variantAttributeValues"] or ()))
    ids = [value["id"] for value in card["firstVariant"]["variantAttributeValues"]]
    assert len(ids) > 1
    for wanted in [*itertools.permutations(ids), (), None]:
        sent = None if wanted is None else list(wanted)
        shown = await visitor("GetProductVariantQuery", productTemplateId=card["id"], combinationId=sent)
        assert shown["product"]["id"] == card["firstVariant"]["id"]
        assert isinstance(shown["listPrice"], str)
        assert isinstance(shown["price"], float)


async def test_a_value_of_another_product_is_no_variant(visitor: Visitor) -> None:
    refused = await visitor.refused("GetProductVariantQuery", productTemplateId=999_999, combinationId=[1])
    assert (refused.answer.status, refused.message) == (404, "Product does not exist")


async def test_lists_are_lists_also_when_they_are_empty(visitor: Visitor) -> None:
    found = await visitor(LIST, filter={"ids": []}, search="no such product at all", pageSize=12)
    assert (found["products"], found["totalCount"]) == ([], 0)
    pages = await visitor("GetProductTemplateListQueryForRecentViews", filter={"ids": [999_999]})
    assert pages["products"] == []


async def test_what_is_to_be_read_as_json_is_text(visitor: Visitor) -> None:
    card = (await visitor(LIST, filter={}, pageSize=1))["products"][0]
    category = (await visitor("GetCategoriesQuery", filter={"parent": True, "id": None}))["categories"][0]
    told = {
        "Product": (await visitor("GetProductTemplateQuery", slug=card["slug"]))["jsonLd"],
        "CollectionPage": (await visitor("GetCategoryQuery", slug=category["slug"]))["jsonLd"],
        "Organization": (await visitor("GetWebsiteHomepageQuery"))["jsonLd"],
    }
    assert {json.loads(text)["@type"] for text in told.values()} == told.keys()


async def test_every_card_has_a_variant_that_can_be_put_into_the_cart(visitor: Visitor) -> None:
    """Without one the storefront's hook that adds stock stops for the whole list."""
    for card in (await listed(visitor))["products"]:
        first = card["firstVariant"]
        assert type(first["id"]) is int
        assert first["slug"] == card["slug"]
        told = first["combinationInfoVariant"]
        assert told["product_template_id"] == card["id"]
        assert told["has_discounted_price"] is (told["price"] < told["list_price"])


async def test_all_countries_fit_into_one_page(visitor: Visitor) -> None:
    found = (await visitor("GetCountriesQuery", pageSize=250))["countries"]
    assert [one["id"] for one in found] == sorted({one["id"] for one in found})
    assert all(one["code"] == one["code"].upper() for one in found)
    assert any(one["states"] for one in found)
