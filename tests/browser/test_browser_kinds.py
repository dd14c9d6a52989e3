"""Pictures in the kind that a browser takes, by its Accept header, and at Odoo's own addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browser.browsing import Browsing, needs_browser
from tests.browser.places import DECODED, Place, kinds_of, place
from tests.support.doubles import DoubleOf

pytestmark = [needs_browser, pytest.mark.timeout(120)]

#: an address of Odoo's own shown in a page of the shop: its width, 0 for one that is not there
SHOWN = """new Promise((done) => {
  const image = new Image(); image.onload = () => done(image.naturalWidth); image.onerror = () => done(0);
  image.src = %r; })"""


@pytest.fixture
async def shop(own_double: DoubleOf) -> AsyncIterator[Place]:
    async with place(own_double("19.0")) as found:
        yield found


@pytest.mark.parametrize(
    ("accept", "kinds"),
    [("image/webp,*/*;q=0.8", {"image/webp"}), ("image/png,image/*;q=0.8", {"image/png", "image/jpeg"})],
)
async def test_older_browsers_get_what_they_know(shop: Place, browser: Browsing, accept: str, kinds: set[str]) -> None:
    """What the page's own documents are taken as does not matter."""
    visitor = await browser.visitor(extraHTTPHeaders={"accept": accept})
    await visitor.goto(shop.url)
    assert set(await visitor.run(DECODED)) == {1}
    told = (await visitor.seen()).of("/web/image/")
    assert len(told) >= 12
    assert kinds_of(told) <= kinds


async def test_addresses_of_odoo_in_texts_are_still_pictures(shop: Place, browser: Browsing) -> None:
    visitor = await browser.visitor()
    await visitor.goto(shop.url)
    listed = await visitor.run("[...document.querySelectorAll('article img')].map((one) => one.src)")
    product = next(one for one in listed if "/product/" in one).split("/product/")[1].split("-")[0]
    for address in (
        f"/web/image/product.template/{product}/image_1920",
        f"/web/image/product.template/{product}/image_1920/370x370/x_name",
        f"/web/image/product.template/{product}/image_medium?unique=0123abc",
        f"/web/image?model=product.template&id={product}&field=image_512",
    ):
        assert await visitor.run(SHOWN % address) > 0, address
    assert await visitor.run(SHOWN % f"/web/image/product.template/{product}/image_1920/32x32") == 32
