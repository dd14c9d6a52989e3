"""What somebody wishes for is in no answer that is kept for others."""

from __future__ import annotations

from demo.double import Double, DoubleServer
from demo.wholesale import generate
from tests.cart.over_http import carts_shop, device, variant_ids

CATALOGUE = "{ products(pageSize: 50) { products { isInWishlist productVariants { id isInWishlist } } } }"
BESIDE = "{ wishlistItems { totalCount } products(pageSize: 50) { products { productVariants { id isInWishlist } } } }"
ADD = "mutation ($id: Int!) { wishlistAddItem(productId: $id) { totalCount } }"


async def test_a_kept_answer_says_nothing_and_one_of_the_callers_alone_does() -> None:
    with DoubleServer(Double(generate("19.0", products=10, pricelists=12))) as double:
        async with carts_shop(double) as browser:
            (wished,) = await variant_ids(browser, 1)
            assert (await browser.send("POST", "/graphql", json={"query": ADD, "variables": {"id": wished}})).data == {
                "wishlistAddItem": {"totalCount": 1}
            }
            for asking in (browser, device(browser)):
                answer = await asking.send("POST", "/graphql", json={"query": CATALOGUE})
                assert "true" not in answer.raw.decode()
                assert {one["isInWishlist"] for one in answer.data["products"]["products"]} == {None}
            beside = await browser.send("POST", "/graphql", json={"query": BESIDE})
            assert beside.headers["Cache-Status"].endswith("bypass")
            marks = [
                one["id"]
                for product in beside.data["products"]["products"]
                for one in product["productVariants"]
                if one["isInWishlist"]
            ]
            assert marks == [wished]
            other = (await device(browser).send("POST", "/graphql", json={"query": BESIDE})).raw.decode()
            assert '"isInWishlist":true' not in other
