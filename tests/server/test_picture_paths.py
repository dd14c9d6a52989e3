"""Addresses of pictures, ours and Odoo's."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from server.picture_choice import LARGEST, Box
from server.picture_paths import asked_of


def told(address: str) -> tuple[str, int, str | None, Box] | None:
    parts = urlsplit(address)
    asked = asked_of(parts.path, dict(parse_qsl(parts.query)))
    return None if asked is None else (asked.picture.of, asked.picture.id, asked.version, asked.box)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("product/7", ("product", 7, None, LARGEST)),
        ("variant/7-0a1b/370x371", ("variant", 7, "0a1b", Box(370, 371))),
        ("category/7-0a1b/370x370/any name.jpg", ("category", 7, "0a1b", Box(370, 370))),
        ("product.template/7/image_1920", ("product", 7, None, Box(1920, 1920))),
        ("product.template/7/image_1920/370x371/x_name", ("product", 7, None, Box(370, 371))),
        ("product.template/7/image_128/370x370", ("product", 7, None, Box(128, 128))),
        ("product.template/7/image_512/0x300", ("product", 7, None, Box(512, 300))),
        ("product.template/7/image_512/0x0", ("product", 7, None, Box(512, 512))),
        ("product.template/7/image_512/name.png", ("product", 7, None, Box(512, 512))),
        ("product.template/7/image_512?width=64&height=0", ("product", 7, None, Box(64, 512))),
        ("product.template/7/image_medium?unique=0a1b", ("product", 7, "0a1b", Box(128, 128))),
        ("product.template/7/image?unique=%22quoted%22", ("product", 7, None, LARGEST)),
        ("product.template/7-0a1b/image_small", ("product", 7, "0a1b", Box(64, 64))),
        ("product.product/7/image_variant_1024/64x64", ("variant", 7, None, Box(64, 64))),
        ("product.product/7/image_variant", ("variant", 7, None, LARGEST)),
        ("product.image/7/image_256", ("image", 7, None, Box(256, 256))),
        ("product.public.category/7/image_128", ("category", 7, None, Box(128, 128))),
        ("product.tag/7/image_1024/1200x630/og.png", ("tag", 7, None, Box(1024, 630))),
        ("?model=product.template&id=7&field=image_512", ("product", 7, None, Box(512, 512))),
        ("?model=product.template&id=7&field=image_512&width=80&unique=ff", ("product", 7, "ff", Box(80, 512))),
    ],
)
def test_what_is_asked_for(address: str, expected: tuple[str, int, str | None, Box]) -> None:
    assert told(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "product",
        "7",
        "7-0a1b/picture.jpg",
        "website.logo",
        "product/",
        "product/0x7",
        "product/9999999999",
        "product/7/",
        "product/7/1921x1",
        "product/7/image_1920",
        "product/7/64x64/name/more",
        "product.template/7",
        "product.template/7/",
        "product.template/7/name",
        "product.template/7/image_1000",
        "product.template/7/image_1920/1921x1921",
        "product.template/7/image_1920/64x64/name/more",
        "product.template/7/image_1920/name/more",
        "product.template/9999999999/image",
        "product.template/%37/image",
        "res.partner/7/image_1920",
        "res.users/7/image_128",
        "ir.attachment/7/datas",
        "product.template/7/datas",
        "?model=res.partner&id=7&field=image_512",
        "?model=product.template&id=7",
        "?id=7",
        "product.template/7/image_512?width=abc",
        "product.template/7/image_512?width=-1",
        "product.template/7/image_512?width=99999",
    ],
)
def test_what_is_no_picture_of_the_shop(address: str) -> None:
    assert told(address) is None
