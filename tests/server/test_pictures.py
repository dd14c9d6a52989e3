"""Pictures: of what the shop shows, in the sizes there are, and harmless."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from demo.wholesale.pictures import picture
from server.picture_placeholder import PLACEHOLDER
from server.pictures import BRIEFLY, FOREVER
from tests.conftest import BffOf
from tests.support.bff import Answer, Bff, running, settings_for
from tests.support.doubles import DoubleOf
from tests.support.pictures import as_shown

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
PUBLISHED = {"10.0": "website_published"}


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["10.0", "14.0", "19.0"])
async def shop(bff: BffOf, request: pytest.FixtureRequest) -> Bff:
    return await bff(request.param)


@pytest_asyncio.fixture(loop_scope="session")
async def own_shop(own_double: DoubleOf) -> AsyncIterator[Bff]:
    odoo = own_double("14.0")
    async with running(settings_for(odoo.url), odoo) as bff:
        yield await bff.ready()


async def shown(shop: Bff) -> dict[str, int]:
    """An id of each kind; the product has a picture, which its variant shows as well."""
    assert shop.odoo is not None
    table = shop.odoo.double.db.table("product.template")
    pictured = {key for key in table.ids() if any((table.get(key) or {}).get(name) for name in ("image", "image_1920"))}
    text = "{products(pageSize: 60){products{id firstVariant{id} mediaGallery{id}}} categories{categories{id}}}"
    data = (await shop.query(text)).data
    products = data["products"]["products"]
    gallery = next(product["mediaGallery"] for product in products if product["mediaGallery"])
    product = next(product for product in products if product["id"] in pictured)
    return {
        "product": product["id"],
        "variant": product["firstVariant"]["id"],
        "image": gallery[0]["id"],
        "category": data["categories"]["categories"][0]["id"],
    }


async def test_each_kind_has_its_picture(shop: Bff) -> None:
    found = set()
    for of, record_id in (await shown(shop)).items():
        for rest in ("", "/128x128", "/64x10/any-name"):
            answer = await shop.get(f"/web/image/{of}/{record_id}{rest}")
            assert answer.status == 200, (of, rest)
            assert answer.headers["Content-Type"].startswith("image/")
            if answer.raw != PLACEHOLDER:
                found.add(of)
                assert answer.headers["ETag"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert {"product", "variant"} <= found


async def test_the_smallest_sufficient_size_is_read(shop: Bff) -> None:
    assert shop.odoo is not None
    product_id = (await shown(shop))["product"]
    read: dict[str, str] = {}
    for size in ("1x1", "64x64", "128x100", "1000x1", "1920x1920"):
        await shop.get(f"/web/image/product/{product_id}/{size}")
        asked = shop.odoo.double.calls[-1]
        assert asked.model == "product.template"
        read[size] = str(asked.args[1][0])
    if shop.odoo.double.version == "10.0":
        assert list(read.values()) == ["image_small", "image_small", "image_medium", "image", "image"]
    else:
        assert list(read.values()) == ["image_128", "image_128", "image_128", "image_1024", "image_1920"]


@pytest.mark.parametrize(
    "path",
    [
        "product/1/0x0", "product/1/x", "product/1/128", "product/1/1921x1", "product/1/-1x-1", "product/1/99999999x1",
        "product/1/１２x１２", "partner/1", "ir.attachment/1", "product/99999999", "product/99999999999999999999",
        "variant/99999999", "image/99999999", "category/99999999", "category/0", "tag/99999999",
    ],
)  # fmt: skip
async def test_there_is_no_such_picture(shop: Bff, path: str) -> None:
    answer = await shop.get(f"/web/image/{path}")
    assert (answer.status, answer.raw) == (404, PLACEHOLDER)


@pytest.mark.parametrize("path", ["product/x", "product/-1", "product", "product/1/128x128/a/b"])
async def test_there_is_no_such_path(shop: Bff, path: str) -> None:
    assert (await shop.get(f"/web/image/{path}")).status == 404


async def test_odoos_own_addresses_lead_to_the_same_pictures(shop: Bff) -> None:
    """By the names of any version, whichever Odoo there is: such addresses stand in texts that outlive versions."""
    ids = await shown(shop)
    product, variant = ids["product"], ids["variant"]
    own = await shop.get(f"/web/image/product/{product}/128x128")
    for address in (
        f"product.template/{product}/image_128",
        f"product.template/{product}/image_medium",
        f"product.template/{product}/image_1920/128x128/x_name",
        f"product.template/{product}/image_512?width=128&height=128",
        f"product.product/{variant}/image_variant_128",
    ):
        answer = await shop.get(f"/web/image/{address}")
        assert (answer.status, answer.raw) == (200, own.raw), address
    asked = await shop.get(f"/web/image?model=product.template&id={product}&field=image_128")
    assert (asked.status, asked.raw) == (200, own.raw)
    moment = (await shop.query("query ($id: Int) { product(id: $id) { image } }", {"id": product})).data["product"]
    version = moment["image"].rpartition("-")[2]
    lasting = await shop.get(f"/web/image/product.template/{product}/image_128?unique={version}")
    ours = await shop.get(f"{moment['image']}/128x128")
    assert lasting.headers["Cache-Control"] == ours.headers["Cache-Control"]
    stale = await shop.get(f"/web/image/product.template/{product}/image_128?unique=0123")
    assert stale.headers["Cache-Control"] == BRIEFLY


@pytest.mark.parametrize(
    "path",
    [
        "product.template/99999999/image_128", "product.template/0/image_128", "product.template/1/image_129",
        "product.template/1/image_128/1921x1", "product.template/1/datas", "product.template/1",
        "res.partner/1/image_128", "res.users/1/image_128", "res.company/1/logo", "ir.attachment/1/datas", "1",
        "1-abc/x.png",
    ],
)  # fmt: skip
async def test_of_odoos_addresses_no_others_lead_anywhere(shop: Bff, path: str) -> None:
    answer = await shop.get(f"/web/image/{path}")
    assert (answer.status, answer.raw) == (404, PLACEHOLDER)


async def test_what_is_known_is_not_sent_again(shop: Bff) -> None:
    path = f"/web/image/product/{(await shown(shop))['product']}/128x128"
    tag = (await shop.get(path)).headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await shop.get(path, **{"If-None-Match": header})
        assert (answer.status, answer.raw) == (304, b"")
        assert answer.headers["ETag"] == tag
    for header in ('"other"', "", tag[:-2]):
        assert (await shop.get(path, **{"If-None-Match": header})).status == 200


async def test_of_what_is_hidden_nothing_is_shown(own_shop: Bff) -> None:
    assert own_shop.odoo is not None
    double = own_shop.odoo.double
    ids = await shown(own_shop)
    image = double.db.table("product.image").get(ids["image"])
    assert image is not None
    product_ids = [ids["product"], image["product_tmpl_id"]]
    paths = [f"/web/image/{of}/{ids[of]}" for of in ("product", "variant", "image")]
    paths += [
        f"/web/image/product.template/{ids['product']}/image_128",
        f"/web/image/product.product/{ids['variant']}/image_128",
        f"/web/image/product.image/{ids['image']}/image_128",
        f"/web/image?model=product.template&id={ids['product']}&field=image_128",
    ]
    for values in (
        {"is_published": False},
        {"is_published": True, "sale_ok": False},
    ):
        double.write("product.template", product_ids, values)
        async with running(settings_for(own_shop.odoo.url), own_shop.odoo) as fresh:
            await fresh.ready()
            for path in paths:
                answer = await fresh.get(path)
                assert (answer.status, answer.raw) == (404, PLACEHOLDER), (path, values)


async def shown_for(shop: Bff, content: bytes, **headers: str) -> Answer:
    """What is shown when Odoo has this for a picture."""
    assert shop.odoo is not None
    double = shop.odoo.double
    row = double.db.table("product.template").get(1)
    assert row is not None
    double.db.put("product.template", {**row, "image_1920": base64.b64encode(content).decode()})
    answer = await shop.get("/web/image/product/1", **headers)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    return answer


async def test_a_drawing_is_shown_within_pages_alone(own_shop: Bff) -> None:
    for accept in ("*/*", "image/avif,image/webp"):
        answer = await shown_for(own_shop, SVG, Accept=accept)
        assert (answer.status, answer.raw, answer.headers["Content-Type"]) == (200, SVG, "image/svg+xml")
        assert answer.headers["Content-Disposition"] == "attachment"


@pytest.mark.parametrize(
    "content",
    [
        SVG.replace(b"<path", b"<script>alert(1)</script><path"),
        SVG.replace(b"<path", b'<path onload="alert(1)"'),
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7 no picture",
    ],
)
async def test_what_is_not_shown_is_not_sent(own_shop: Bff, content: bytes) -> None:
    answer = await shown_for(own_shop, content)
    assert (answer.status, answer.raw, answer.headers["Content-Type"]) == (404, PLACEHOLDER, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=60"


async def test_addresses_in_answers_lead_to_their_pictures(shop: Bff) -> None:
    text = """{ products(pageSize: 60) { products { image imageUrl firstVariant { imageUrl } mediaGallery { imageUrl }
               categories { imageUrl } } } }"""
    products = (await shop.query(text)).data["products"]["products"]
    nodes = [product["firstVariant"] for product in products[:5]]
    nodes += [image for product in products for image in product["mediaGallery"] or ()][:5]
    nodes += [category for product in products[:5] for category in product["categories"] or ()]
    forever = 0
    for address in [product["image"] for product in products[:9]] + [node["imageUrl"] for node in nodes]:
        answer = await shop.get(address.replace("{width}x{height}", "128x128"))
        assert (answer.status, bool(answer.headers["ETag"])) == (200, True), address
        forever += answer.headers["Cache-Control"] == FOREVER
        assert (answer.headers["Cache-Control"] == FOREVER) == (answer.raw != PLACEHOLDER)
    assert forever


async def test_a_tag_has_a_picture_where_there_are_tags(own_double: DoubleOf) -> None:
    odoo = own_double("19.0")
    content = base64.b64decode(picture(7))
    tags = odoo.double.db.table("product.tag")
    for tag_id in tags.ids():
        odoo.double.write("product.tag", [tag_id], {"image": base64.b64encode(content).decode()})
    async with running(settings_for(odoo.url, local_cache_bytes=1 << 24), odoo) as bff:
        await bff.ready()
        text = "{ products(pageSize: 100) { products { tags { name visibleOnEcommerce image imageUrl } } } }"
        products = (await bff.query(text)).data["products"]["products"]
        found = {tag["image"]: tag for product in products for tag in product["tags"] or ()}
        assert found
        for image, tag in found.items():
            assert tag["visibleOnEcommerce"]
            assert tag["imageUrl"].startswith(f"{image}/{{width}}x{{height}}/x_")
            for address in (image, tag["imageUrl"].replace("{width}x{height}", "370x370")):
                answer = await bff.get(address)
                assert (answer.status, answer.raw) == (200, as_shown(content))
                assert answer.headers["Cache-Tag"] == "labels"
        (address, *_) = found
        hidden = int(address.split("/")[4].partition("-")[0])
        odoo.double.write("product.tag", [hidden], {"visible_to_customers": False})
        async with running(settings_for(odoo.url), odoo) as fresh:
            await fresh.ready()
            for path in (address, f"/web/image/tag/{hidden}", "/web/image/tag/99999"):
                assert ((await fresh.get(path)).status, (await fresh.get(path)).raw) == (404, PLACEHOLDER)
