"""A visitor's whole way in a real browser: what they see, what the browser keeps, and what Odoo has in the end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browsing import Browsing, Visitor, needs_browser
from tests.browser.places import DECODED, Place, kinds_of, place
from tests.cart.over_http import PRODUCTS, is_plenty
from tests.support.doubles import DoubleOf

pytestmark = [needs_browser, pytest.mark.timeout(240)]

VERSIONS = ("10.0", "19.0")
SESSION = "session_id"
#: naturalWidth of every picture of the list; 0 of one that is not there
WIDTHS = "[...document.querySelectorAll('#products img')].map((one) => one.complete ? one.naturalWidth : -1)"
ASK = """fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({query: %r})}).then((one) => one.json()).then((one) => one.data)"""


async def plenty(visitor: Visitor) -> list[int]:
    """The variants on the page of which anybody can have as much as they want."""
    listed = await visitor.run("[...document.querySelectorAll('article')].map((one) => Number(one.dataset.variant))")
    told = await visitor.run(ASK % PRODUCTS)
    known = {one["id"]: one for product in told["products"]["products"] for one in product["productVariants"] or ()}
    found = [one for one in listed if one in known and is_plenty(known[one])]
    assert len(found) >= 4, listed
    return found


async def put(visitor: Visitor, variant: int) -> None:
    await visitor.click(f"article[data-variant='{variant}'] button")


async def cart(visitor: Visitor) -> dict[int, float]:
    """Quantities by variant, as the page shows them."""
    lines = "[...document.querySelectorAll('#lines li')].map((one) => [one.dataset.variant, one.dataset.quantity])"
    return {int(variant): float(quantity) for variant, quantity in await visitor.run(lines)}


async def log_in(visitor: Visitor, number: int) -> None:
    await visitor.fill("#login [name=email]", f"vet{number}@customer.example")
    await visitor.fill("#login [name=password]", f"Secret-{number}")
    await visitor.click("#login button")
    assert await message(visitor) == ""
    await visitor.sees("#logout")


async def message(visitor: Visitor) -> str:
    """The code of what the page says that went wrong; empty for nothing."""
    return str(await visitor.run("document.querySelector('#message').dataset.code ?? ''"))


async def placed(visitor: Visitor) -> str:
    """Press the button; the name of the order."""
    await visitor.click("#checkout button")
    assert await message(visitor) == "", await visitor.text("#message")
    await visitor.sees("#receipt")
    return (await visitor.text("#receipt")).partition(":")[0]


def order_of(shop: Place, name: str) -> dict[str, Any]:
    """The order in Odoo."""
    orders = shop.odoo.double.db.table("sale.order")
    (order_id,) = orders.find("name", [name])
    row = orders.get(order_id)
    assert row is not None
    return row


def ordered(shop: Place, name: str) -> dict[int, float]:
    """Quantities by variant, as Odoo has them in the order; without what is no product of the list."""
    lines = shop.odoo.double.db.table("sale.order.line")
    rows = [lines.get(one) for one in lines.find("order_id", [order_of(shop, name)["id"]])]
    return {row["product_id"]: row["product_uom_qty"] for row in rows if row and not row.get("is_delivery")}


async def no_trouble(visitor: Visitor) -> None:
    """Nothing went wrong in the page, and nothing was answered as an error."""
    seen = await visitor.seen()
    assert seen.errors == []
    assert [one["url"] for one in seen.answers if one["status"] >= 400] == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_from_looking_around_to_the_order(
    version: str, own_double: DoubleOf, browser: Browsing, screens: Path
) -> None:
    """Pictures, search, a guest's cart that goes along to the customer's, an order on account, logged out."""
    async with place(own_double(version)) as shop:
        await had_something_in_the_cart(browser, shop)
        visitor = await browser.visitor()
        await visitor.goto(shop.url)
        assert await visitor.text("#viewer") == "Guest"
        assert SESSION not in await visitor.cookies(), "looking around makes no session"
        await has_pictures(visitor)
        await visitor.picture(screens, f"{version}-list")
        await finds(visitor, screens / f"{version}-suggestions.png")
        await visitor.goto(shop.url)

        first, second, third = (await plenty(visitor))[:3]
        for variant in (first, first, second):
            await put(visitor, variant)
        assert await cart(visitor) == {first: 2, second: 1}
        guest = await has_a_session(visitor)
        await visitor.goto(shop.url)
        assert await cart(visitor) == {first: 2, second: 1}, "it is there after a reload"

        await log_in(visitor, 1)
        assert await cart(visitor) == {first: 3, second: 1, third: 1}, "both carts went together"
        assert await has_a_session(visitor) != guest, "another session: the guest's is worth nothing any more"
        await visitor.picture(screens, f"{version}-cart")

        await visitor.click("#begin")
        assert await visitor.texts("#payment label") != []
        await visitor.picture(screens, f"{version}-checkout")
        name = await placed(visitor)
        await visitor.picture(screens, f"{version}-placed")
        assert "SalesOrder" in await visitor.text("#receipt")
        assert await cart(visitor) == {}
        assert any(name in line for line in await visitor.texts("#orders li"))
        assert order_of(shop, name)["state"] == "sale"
        assert ordered(shop, name) == {first: 3, second: 1, third: 1}

        await visitor.click("#logout")
        assert await visitor.text("#viewer") == "Guest"
        assert (await cart(visitor), await visitor.run("document.querySelector('#account').hidden")) == ({}, True)
        await visitor.goto(shop.url)
        assert await visitor.text("#viewer") == "Guest"
        await no_trouble(visitor)


async def had_something_in_the_cart(browser: Browsing, shop: Place) -> None:
    """The customer has put two things into the cart on another device."""
    visitor = await browser.visitor()
    await visitor.goto(shop.url)
    await log_in(visitor, 1)
    found = await plenty(visitor)
    await put(visitor, found[0])
    await put(visitor, found[2])
    await no_trouble(visitor)


async def has_pictures(visitor: Visitor) -> None:
    """They are really there, and are of the newest kind that the browser takes."""
    assert set(await visitor.run(DECODED)) == {1}
    widths = await visitor.run(WIDTHS)
    assert len(widths) == 12
    assert min(widths) > 0
    told = (await visitor.seen()).of("/web/image/")
    assert kinds_of(told) == {"image/avif"}
    assert {one["status"] for one in told} == {200}
    assert all("accept" in one["headers"]["vary"].lower() for one in told)
    assert all(one["headers"]["cache-control"].startswith("public, max-age=") for one in told)


async def finds(visitor: Visitor, screen: Path) -> None:
    """What is typed is completed; what is chosen is shown, with its page in the other languages."""
    name = (await visitor.texts("article a"))[0]
    await visitor.on("#search", "pressSequentially", name[:4], {"delay": 20})
    await visitor.idle()
    await visitor.sees("#suggestions li.product >> nth=0")
    await visitor.on("page", "screenshot", {"path": str(screen)})
    assert all(name[:3].lower() in one.lower() for one in await visitor.texts("#suggestions li.product"))
    await visitor.fill("#search", name)
    await visitor.idle()
    await visitor.click("#suggestions li.product >> nth=0")
    assert (await visitor.text("#product h2")).strip() == name.strip()
    links = await visitor.run(
        "[...document.querySelectorAll('link[rel=alternate]')].map((one) => [one.hreflang, one.pathname ?? one.href])"
    )
    tags = [tag for tag, _ in links]
    assert tags[-1] == "x-default"
    assert {"fr", "nl"} <= set(tags)
    await visitor.on("#search", "press", "Enter")
    await visitor.idle()
    assert 0 < len(await visitor.texts("article")) <= 12
    assert name in await visitor.texts("article a")


async def has_a_session(visitor: Visitor, *, secure: bool = False) -> str:
    """What the browser keeps, that no script reads it, and how it was set: the session's id."""
    cookie = (await visitor.cookies())[SESSION]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", secure)
    assert cookie["expires"] > 0
    assert SESSION not in await visitor.run("document.cookie")
    told = [
        one["headers"]["set-cookie"] for one in (await visitor.seen()).of("/graphql") if "set-cookie" in one["headers"]
    ]
    assert told
    for text in told:
        assert re.search(r"(?i); httponly", text)
        assert re.search(r"(?i); samesite=lax", text)
        assert re.search(r"(?i); path=/(;|$)", text)
        assert not re.search(r"(?i); domain=", text)
        assert bool(re.search(r"(?i); secure", text)) is secure
    return str(cookie["value"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guest_orders_by_bank_transfer(
    version: str, own_double: DoubleOf, browser: Browsing, screens: Path, tmp_path: Path
) -> None:
    """Behind TLS: the cookie goes by TLS alone."""
    async with place(own_double(version), tls=tmp_path) as shop:
        visitor = await browser.visitor(ignoreHTTPSErrors=True)
        await visitor.goto(shop.url)
        variant = (await plenty(visitor))[0]
        await put(visitor, variant)
        await has_a_session(visitor, secure=True)
        await visitor.click("#begin")
        for name, text in (
            ("name", "An Guest"),
            ("email", "an@guest.example"),
            ("phone", "+32 9 1"),
            ("street", "Lindestraat 12"),
            ("zip", "9000"),
            ("city", "Gent"),
        ):
            await visitor.fill(f"#checkout [name={name}]", text)
        name = await placed(visitor)
        await visitor.picture(screens, f"{version}-guest")
        assert "QuotationSent" in await visitor.text("#receipt")
        order = order_of(shop, name)
        assert order["state"] == "sent"
        contact = shop.odoo.double.db.table("res.partner").get(order["partner_id"])
        assert contact is not None
        assert (contact["name"], contact["email"]) == ("An Guest", "an@guest.example")
        assert ordered(shop, name) == {variant: 1}
        await no_trouble(visitor)


@pytest.mark.parametrize("version", VERSIONS)
async def test_odoo_is_away_and_comes_back(
    version: str, own_double: DoubleOf, browser: Browsing, screens: Path
) -> None:
    """The page lists, its cart is filled; the order is refused, and placed by the same button when Odoo is back."""
    async with place(own_double(version)) as shop:
        visitor = await browser.visitor()
        await visitor.goto(shop.url)
        await log_in(visitor, 2)
        first, second = (await plenty(visitor))[:2]
        await put(visitor, first)
        await visitor.click("#begin")
        shop.odoo.stop()
        try:
            await put(visitor, second)
            assert await cart(visitor) == {first: 1, second: 1}
            await visitor.goto(shop.url)
            assert len(await visitor.texts("article")) == 12
            assert await cart(visitor) == {first: 1, second: 1}
            assert all("€" in line for line in await visitor.texts("#lines li")), "what was looked at has its price"
            assert await visitor.text("#source") == "ESTIMATED"
            await visitor.click("#begin")
            await visitor.click("#checkout button")
            assert await message(visitor) == "ERP_UNAVAILABLE"
            assert await cart(visitor) == {first: 1, second: 1}
            await visitor.picture(screens, f"{version}-away")
        finally:
            shop.odoo.start()
        await back(visitor)
        await visitor.sees("#receipt")
        name = (await visitor.text("#receipt")).partition(":")[0]
        assert order_of(shop, name)["state"] == "sale"
        assert ordered(shop, name) == {first: 1, second: 1}
        assert len(list(shop.odoo.double.db.table("sale.order").find("name", [name]))) == 1


async def back(visitor: Visitor) -> None:
    """Press the button until Odoo is heard again, as a visitor does."""
    for _ in range(40):
        await visitor.click("#checkout button")
        if await message(visitor) != "ERP_UNAVAILABLE":
            break
        await visitor.on("page", "waitForTimeout", 250)
    assert await message(visitor) == "", await visitor.text("#message")
