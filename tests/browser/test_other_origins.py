"""A page of another origin: the browser itself keeps it out, unless the operator has named it."""

from __future__ import annotations

import pytest

from tests.browser.browsing import Browsing, needs_browser
from tests.browser.places import elsewhere, place
from tests.support.doubles import DoubleOf

pytestmark = [needs_browser, pytest.mark.timeout(120)]

#: what a page can send without asking first: a form's kind of body, with the cookies of the browser
PLAIN = """fetch(%r, {method: 'POST', credentials: 'include', mode: 'no-cors',
  headers: {'content-type': 'text/plain'}, body: JSON.stringify({query: 'mutation { logout }'})}).then(() => 1)"""
READ = """fetch(%r, {credentials: 'include'}).then((one) => one.text(), (error) => error.name)"""


async def test_it_neither_reads_nor_changes_anything(own_double: DoubleOf, browser: Browsing) -> None:
    async with place(own_double("19.0")) as shop, elsewhere(shop) as page:
        visitor = await browser.visitor()
        await visitor.goto(shop.url)
        await visitor.click("article button >> nth=0")
        before = (await visitor.cookies())["session_id"]["value"]
        lines = await visitor.texts("#lines li")
        assert len(lines) == 1

        await visitor.on("page", "goto", page)
        await visitor.sees("#message")
        assert await visitor.run("document.querySelector('#message').dataset.code") == "TypeError", "not even read"
        assert await visitor.texts("article") == []
        assert await visitor.run(READ % f"{shop.api}/graphql?query=%7B__typename%7D") == "TypeError"
        await visitor.seen()
        await visitor.run(PLAIN % f"{shop.api}/graphql")
        assert {one["status"] for one in (await visitor.seen()).of(f"{shop.api}/graphql")} == {415}
        assert (await visitor.cookies())["session_id"]["value"] == before

        await visitor.goto(shop.url)
        assert await visitor.texts("#lines li") == lines


async def test_one_that_is_named_does_all_that_the_shops_own_page_does(own_double: DoubleOf, browser: Browsing) -> None:
    """``ALLOWED_ORIGINS``: the shop's page on another host of the same site."""
    double = own_double("19.0")
    async with place(double) as unnamed, elsewhere(unnamed) as page:
        origin = page.partition("/shop/")[0]
        async with place(double, allowed_origins=f"https://other.example, {origin}") as shop:
            visitor = await browser.visitor()
            await visitor.goto(f"{origin}/shop/index.html?api={shop.api}")
            assert len(await visitor.texts("article")) == 12
            await visitor.click("article button >> nth=0")
            assert len(await visitor.texts("#lines li")) == 1
            await visitor.fill("#login [name=email]", "vet1@customer.example")
            await visitor.fill("#login [name=password]", "Secret-1")
            await visitor.click("#login button")
            await visitor.sees("#logout")
            assert len(await visitor.texts("#lines li")) == 1, "the cart went along"
            assert (await visitor.seen()).errors == []
