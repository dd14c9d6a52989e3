"""Pictures made of pictures: upright, of the colours that were meant, with nothing in them but pixels; or refused."""

from __future__ import annotations

import random
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from server.picture_choice import AVIF, JPEG, PNG, SVG, WEBP
from server.picture_jobs import BadPictureError, Facts
from server.picture_making import MOST_PIXELS, inspect, make
from tests.support.painted import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    chunk,
    corners,
    encoded,
    huge,
    near,
    opened,
    photo,
    png,
    quarters,
    swapped_profile,
)

KINDS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", AVIF: "AVIF"}
CLOCKWISE = [RED, GREEN, BLUE, WHITE]
SECRET = b"born in 51.2093 N 3.2247 E"
HTML = b"<html><script>alert(1)</script></html>"


def shows(content: bytes, colours: list[tuple[int, int, int]] = CLOCKWISE) -> bool:
    return all(near(found, colour) for found, colour in zip(corners(opened(content)), colours, strict=True))


def animated(kind: str, frames: int = 3) -> bytes:
    others = [Image.new("RGB", (96, 64), (number * 90 % 256, number % 7 * 30, 9)) for number in range(frames - 1)]
    return encoded(quarters(), kind, save_all=True, append_images=others, duration=20, loop=0)


@pytest.mark.parametrize("media", KINDS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "BMP", "GIF"])
def test_every_kind_of_every_kind(kind: str, media: str) -> None:
    content = encoded(quarters(), kind)
    facts = inspect(content)
    assert (facts.width, facts.height) == (96, 64)
    assert facts.media == {"BMP": PNG, "GIF": PNG}.get(kind) or f"image/{kind.lower()}"
    made = make(content, 48, media)
    image = opened(made)
    assert (image.format, image.size) == (KINDS[media], (48, 32))
    assert shows(made)


@pytest.mark.parametrize("media", KINDS)
def test_nothing_is_made_larger(media: str) -> None:
    assert opened(make(encoded(quarters(), "PNG"), 1920, media)).size == (96, 64)
    thin = Image.new("RGB", (500, 2), RED)
    assert opened(make(encoded(thin, "PNG"), 64, media)).size == (64, 1)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(quarters(), kind, exif=exif)
    upright = ImageOps.exif_transpose(opened(content))
    facts = inspect(content)
    assert (facts.width, facts.height) == upright.size
    for side in (96, 48):
        made = opened(make(content, side, PNG))
        assert made.size == tuple(length * side // 96 for length in upright.size)
        assert all(near(*pair) for pair in zip(corners(made), corners(upright), strict=True))
        assert 0x0112 not in made.getexif()


@pytest.mark.parametrize("media", KINDS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("side", [96, 32])
def test_nothing_but_pixels_is_left(kind: str, media: str, side: int) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    how = {"exif": exif, "xmp": SECRET, "icc_profile": swapped_profile()}
    if kind == "JPEG":
        how["comment"] = SECRET
    content = encoded(quarters(), kind, **how)
    assert SECRET in content
    made = make(content, side, media)
    assert SECRET not in made
    assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(opened(made).info)


@pytest.mark.parametrize("media", KINDS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_of_what_is_two_things_at_once_a_picture_is_left(kind: str, media: str) -> None:
    content = encoded(quarters(), kind, comment=HTML) if kind != "PNG" else encoded(quarters(), kind)
    if kind == "PNG":
        content = content.replace(chunk(b"IEND", b""), chunk(b"tEXt", b"Comment\0" + HTML) + chunk(b"IEND", b""))
    made = make(content + HTML, 96, media)
    assert shows(made)
    assert b"<script" not in made


class TestColours:
    def test_a_profile_is_applied(self) -> None:
        blue_and_red_swapped = [BLUE, GREEN, RED, WHITE]
        for kind in ("JPEG", "PNG", "WEBP"):
            content = encoded(quarters(), kind, icc_profile=swapped_profile())
            assert shows(make(content, 96, PNG), blue_and_red_swapped), kind

    def test_transparency_stays_under_a_profile(self) -> None:
        image = quarters().convert("RGBA")
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        made = opened(make(encoded(image, "PNG", icc_profile=swapped_profile()), 96, PNG))
        assert near(made.getpixel((24, 16)), BLUE)
        assert made.getchannel("A").tobytes() == image.getchannel("A").tobytes()

    @pytest.mark.parametrize("profile", [b"no profile", b"\0" * 200, swapped_profile()[:300], b"x" * 5_000_000])
    def test_a_broken_profile_is_passed_over(self, profile: bytes) -> None:
        assert shows(make(encoded(quarters(), "WEBP", icc_profile=profile), 96, PNG))

    def test_a_profile_of_other_colours_is_passed_over(self) -> None:
        content = encoded(quarters().convert("L"), "PNG", icc_profile=swapped_profile())
        assert near(opened(make(content, 96, PNG)).convert("L").getpixel((24, 16)), (76,))

    @pytest.mark.parametrize("media", KINDS)
    def test_cmyk(self, media: str) -> None:
        content = encoded(quarters().convert("CMYK"), "JPEG", quality=95)
        assert opened(content).mode == "CMYK"
        assert shows(make(content, 48, media))

    @pytest.mark.parametrize("media", KINDS)
    def test_sixteen_bits_of_grey(self, media: str) -> None:
        rows = b"".join(b"\0" + b"".join((x * 1024).to_bytes(2, "big") for x in range(64)) for _ in range(64))
        made = opened(make(png(64, 64, depth=16, colour=0, rows=rows), 64, media)).convert("L")
        assert all(near(made.getpixel((x, 30)), (x * 4,), off=5) for x in range(0, 64, 7))

    @pytest.mark.parametrize("media", KINDS)
    def test_sixteen_bits_of_colours(self, media: str) -> None:
        pixel = b"".join(value.to_bytes(2, "big") for value in (0xFFFF, 0x8000, 0x0000))
        content = png(32, 32, depth=16, colour=2, rows=(b"\0" + pixel * 32) * 32)
        assert near(opened(make(content, 32, media)).convert("RGB").getpixel((9, 9)), (255, 128, 0))

    @pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "PA"])
    @pytest.mark.parametrize("media", [PNG, WEBP, AVIF])
    def test_what_is_transparent_stays_so(self, mode: str, media: str) -> None:
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        image.paste((90, 90, 90, 255), (0, 0, 32, 64))
        if mode == "P":
            content = encoded(image.quantize(4), "PNG")
        else:
            content = encoded(image if mode == "PA" else image.convert(mode), "PNG" if mode != "PA" else "GIF")
        made = opened(make(content, 64, media)).convert("RGBA")
        assert near(made.getpixel((10, 10)), (90, 90, 90, 255))
        assert near((made.getchannel("A").getpixel((50, 10)),), (0,))

    def test_where_nothing_can_be_transparent_the_ground_is_white(self) -> None:
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        assert near(opened(make(encoded(image, "PNG"), 64, JPEG)).getpixel((9, 9)), WHITE)

    def test_transparent_colours_do_not_shine_through_edges(self) -> None:
        """A red square on transparent black, scaled down: its edge is red as well, not brown."""
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        image.paste((*RED, 255), (0, 0, 33, 64))
        made = opened(make(encoded(image, "PNG"), 16, PNG))
        assert all(near(made.getpixel((x, 8)), RED) for x in range(16) if made.getpixel((x, 8))[3] > 40)  # type: ignore[index]

    @pytest.mark.parametrize("mode", ["1", "L", "P"])
    def test_few_colours_are_scaled_smoothly(self, mode: str) -> None:
        stripes = Image.new("L", (64, 64))
        for x in range(0, 64, 2):
            stripes.paste(255, (x, 0, x + 1, 64))
        made = opened(make(encoded(stripes.convert(mode), "PNG"), 16, PNG)).convert("L")
        assert near(made.getpixel((8, 8)), (127,), off=40)

    def test_what_is_all_opaque_is_sent_without_transparency(self) -> None:
        assert opened(make(encoded(quarters().convert("RGBA"), "PNG"), 96, PNG)).mode == "RGB"


class TestAnimations:
    @pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
    @pytest.mark.parametrize("media", KINDS)
    def test_the_first_frame_is_shown(self, kind: str, media: str) -> None:
        content = animated(kind)
        assert getattr(Image.open(BytesIO(content)), "n_frames", 1) == 3
        made = make(content, 96, media)
        assert shows(made)
        assert getattr(opened(made), "n_frames", 1) == 1

    @pytest.mark.parametrize("kind", ["GIF", "PNG"])
    def test_nobody_counts_thousands_of_frames(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        content = animated(kind, frames=3000)
        sought: list[int] = []
        plugin = type(Image.open(BytesIO(content)))
        really = plugin.seek

        def seek(image: Image.Image, frame: int) -> None:
            sought.append(frame)
            really(image, frame)

        monkeypatch.setattr(plugin, "seek", seek)
        assert inspect(content).width == 96
        assert shows(make(content, 96, PNG))
        assert max(sought, default=0) == 0


class TestHostile:
    @pytest.mark.parametrize(
        "content",
        [
            b"", b"\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", HTML, b"<",
            b"PK\x03\x04", b"RIFF\x24\0\0\0WAVEfmt ",
            b"%!PS-Adobe-3.0\n/showpage", b"\0\0\x01\0\x01\0", b"BM" + b"\xff" * 60,
            b"\0" * 100_000, encoded(quarters(), "TIFF"), encoded(quarters(), "ICNS"), encoded(quarters(), "PPM"),
            encoded(quarters(), "JPEG2000"),
        ],
    )  # fmt: skip
    def test_what_is_no_picture(self, content: bytes) -> None:
        with pytest.raises(BadPictureError):
            inspect(content)
        with pytest.raises(BadPictureError):
            make(content, 64, WEBP)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
    @pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
    def test_a_part_of_a_picture(self, kind: str, part: float) -> None:
        content = encoded(photo(256), kind)
        with pytest.raises(BadPictureError):
            make(content[: int(len(content) * part)], 64, PNG)

    @pytest.mark.parametrize("size", [(60_000, 60_000), (2_000_000_000, 1), (1, 2_000_000_000), (7100, 7100)])
    def test_too_many_pixels_are_not_decoded(self, size: tuple[int, int]) -> None:
        width, height = size
        assert width * height > MOST_PIXELS
        for content in (
            png(width, height, depth=8, colour=2, rows=b"\0"),
            encoded(quarters(), "BMP")[:18] + width.to_bytes(4, "little") + height.to_bytes(4, "little"),
        ):
            padded = content if content.startswith(b"\x89") else content + encoded(quarters(), "BMP")[26:]
            for act in (inspect, lambda one: make(one, 64, WEBP)):
                with pytest.raises(BadPictureError, match="too many pixels"):
                    act(padded)

    def test_as_many_pixels_as_odoo_takes_are(self) -> None:
        content = huge(7000, 7000)
        assert len(content) < 1_000_000
        assert inspect(content) == Facts(PNG, 7000, 7000)
        assert opened(make(content, 128, WEBP)).size == (128, 128)

    @pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
    def test_a_bomb_of_text(self, kind: bytes) -> None:
        packed = zlib.compress(bytes(200_000_000), 9)
        head = {b"zTXt": b"k\0\0", b"iTXt": b"k\0\x01\0\0\0", b"iCCP": b"k\0\0"}[kind]
        content = png(8, 8, depth=8, colour=0, rows=bytes(9 * 8), extra=chunk(kind, head + packed))
        for act in (inspect, lambda one: make(one, 8, PNG)):
            assert peak_of(partial(act, content)) < 50_000_000

    def test_many_small_texts(self) -> None:
        extra = b"".join(chunk(b"tEXt", b"k%d\0" % number + b"x" * 1000) for number in range(2000))
        assert opened(make(png(8, 8, depth=8, colour=0, rows=bytes(9 * 8), extra=extra), 8, PNG)).size == (8, 8)

    @settings(max_examples=150, deadline=None)
    @given(
        kind=st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"]),
        seed=st.integers(0, 2**32),
        changes=st.integers(1, 30),
        media=st.sampled_from(list(KINDS)),
    )
    def test_damage_is_shown_or_refused(self, kind: str, seed: int, changes: int, media: str) -> None:
        draw = random.Random(seed)  # noqa: S311  # a test
        content = bytearray(encoded(quarters(), kind))
        for _ in range(changes):
            place = draw.randrange(len(content))
            match draw.randrange(3):
                case 0:
                    content[place] = draw.randrange(256)
                case 1:
                    del content[place : place + draw.randrange(9)]
                case _:
                    content[place:place] = draw.randbytes(draw.randrange(9))
        for act in (inspect, lambda one: opened(make(one, 64, media)).size):
            with suppress(BadPictureError):
                act(bytes(content))


def peak_of(act: Callable[[], object]) -> int:
    """Bytes that Python's memory grew by, at the most, whether it is shown or refused."""
    tracemalloc.start()
    try:
        act()
    except BadPictureError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


class TestDrawings:
    START = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'

    def drawing(self, *parts: bytes, before: bytes = b"") -> bytes:
        return before + self.START + b"".join(parts) + b"</svg>"

    @pytest.mark.parametrize(
        "before", [b"", b"\xef\xbb\xbf", b"\n  ", b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- x -->']
    )
    def test_they_stay_as_they_are(self, before: bytes) -> None:
        content = self.drawing(
            b"<style>path{fill:red}</style><defs><linearGradient id='a'/></defs><path d='M0 0h9v9z' fill='url(#a)'/>",
            b"<use xlink:href='#a'/><image href='data:image/png;base64,AAAA'/><text>onload=1</text>",
            before=before,
        )
        assert inspect(content) == Facts(SVG)
        assert make(content, 0, SVG) == content

    @pytest.mark.parametrize(
        "part",
        [
            b"<script>1</script>", b"<SCRIPT/>", b"<g><script href='x.js'/></g>", b"<path onload='x()'/>",
            b"<path ONCLICK='x()'/>", b"<foreignObject><p/></foreignObject>", b"<a href='javascript:x()'/>",
            b"<a xlink:href=' java&#10;script:x()'/>", b"<a href='JaVaScRiPt:x()'/>",
            b"<h:script xmlns:h='http://www.w3.org/1999/xhtml'>1</h:script>",
            b"<h:iframe xmlns:h='http://www.w3.org/1999/xhtml' src='x'/>",
            b"<use href='data:image/svg+xml;base64,AAAA'/>",
            b"<animate attributeName='href' values='#;javascript:x()'/>",
            b"<set attributeName='href' to='javascript:x()'/>",
            b"<a href='data:text/html,x'/>", b"<?xml-stylesheet href='x.xsl'?>", b"<g>", b"&unknown;", b"\xff",
        ],
    )  # fmt: skip
    def test_those_that_act_are_refused(self, part: bytes) -> None:
        for act in (inspect, lambda one: make(one, 0, SVG)):
            with pytest.raises(BadPictureError):
                act(self.drawing(part))

    @pytest.mark.parametrize(
        "content",
        [
            b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg xmlns='http://www.w3.org/2000/svg'>&b;</svg>",
            b"<!DOCTYPE svg SYSTEM 'file:///etc/passwd'><svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<?xml-stylesheet href='x'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<svg/>", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 50_000,
            b"<?xml version='1.0' encoding='no-such'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<svg xmlns='http://www.w3.org/2000/svg'><desc>" + b"x" * 600_000 + b"</desc></svg>",
        ],
    )  # fmt: skip
    def test_what_is_no_plain_drawing_is_refused(self, content: bytes) -> None:
        with pytest.raises(BadPictureError):
            inspect(content)
