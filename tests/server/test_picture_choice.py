"""Which size and which kind of a picture is sent for what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.picture_choice import (
    AVIF,
    JPEG,
    LARGEST,
    NEWER,
    PNG,
    SIDES,
    SVG,
    WEBP,
    Box,
    box_of,
    kinds_of,
    media_of,
)

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
OLD_SAFARI = "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
NAVIGATION = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
lengths = st.integers(1, 6000)


@pytest.mark.parametrize(
    ("accept", "own", "expected"),
    [
        ([CHROME], JPEG, AVIF),
        ([FIREFOX], PNG, AVIF),
        ([NAVIGATION], PNG, AVIF),
        ([OLD_SAFARI], JPEG, WEBP),
        ([], JPEG, JPEG),
        ([""], PNG, PNG),
        (["*/*"], JPEG, JPEG),
        (["image/*"], PNG, PNG),
        (["*/*"], WEBP, WEBP),
        (["image/webp"], JPEG, WEBP),
        (["IMAGE/WebP"], JPEG, WEBP),
        (["image/webp", "image/avif"], JPEG, AVIF),
        (["image/webp;q=0.9,image/avif;q=0.8"], JPEG, WEBP),
        (["image/webp;q=0"], JPEG, JPEG),
        (["image/webp;q=0,image/avif;q=0.000,*/*"], PNG, PNG),
        (["image/webp;q=0.5,image/png"], PNG, PNG),
        (["image/webp;q=0.5,image/*;q=0.5"], PNG, WEBP),
        (["image/webp;q=0.5,*/*"], PNG, PNG),
        (["image/png;q=0.1,image/*,image/webp;q=0.2"], PNG, WEBP),
        (["image/webp ; q=0.7 , image/jpeg;q=0.6"], JPEG, WEBP),
        (["image/webp;q=abc,image/jpeg"], JPEG, JPEG),
        (["image/webp;q=2,image/jpeg;q=0.5"], JPEG, JPEG),
        (["text/html"], JPEG, JPEG),
        (["garbage;;;,,/,;q=1"], PNG, PNG),
        (["image/avif"], SVG, SVG),
        (["image/png"], AVIF, AVIF),
        (["image/avif;q=0,image/png"], AVIF, AVIF),
    ],
)
def test_the_kind_that_the_client_likes_most(accept: list[str], own: str, expected: str) -> None:
    assert media_of(accept, own) == expected


def test_only_kinds_that_are_made() -> None:
    assert media_of([CHROME], JPEG, newer=(WEBP,)) == WEBP
    assert media_of([CHROME], JPEG, newer=()) == JPEG
    assert (kinds_of("avif,webp"), kinds_of("webp"), kinds_of("none")) == (NEWER, (WEBP,), ())


@given(st.lists(st.text(max_size=60), max_size=3), st.sampled_from([JPEG, PNG, WEBP, AVIF, SVG]))
def test_any_header_has_an_answer(accept: list[str], own: str) -> None:
    assert media_of(accept, own) in {own, WEBP, AVIF}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, LARGEST),
        ("370x370", Box(370, 370)),
        ("0x64", Box(0, 64)),
        ("1920x1920", LARGEST),
        ("0x0", None),
        ("1921x1", None),
        ("64", None),
        ("64x64x64", None),
        ("６４x64", None),
        ("99999999999x1", None),
        ("", None),
    ],
)
def test_what_is_a_size(text: str | None, expected: Box | None) -> None:
    assert box_of(text) == expected


@pytest.mark.parametrize(
    ("box", "size", "side"),
    [
        # what the storefront asks for, of a square picture and of one that stands
        (Box(370, 370), (1024, 1024), 384),
        (Box(560, 560), (1024, 1024), 576),
        (Box(100, 125), (512, 512), 128),
        (Box(280, 373), (512, 512), 320),
        (Box(280, 373), (384, 512), 384),
        (Box(144, 176), (512, 512), 160),
        (Box(64, 64), (128, 128), 64),
        (Box(1200, 630), (1920, 1920), 640),
        (Box(1200, 630), (1920, 1008), 1280),
        # a side of 0 is free
        (Box(0, 64), (100, 50), 100),
        (Box(64, 0), (50, 100), 100),
        (Box(0, 100), (400, 200), 256),
        # never larger than it is
        (Box(1920, 1920), (48, 30), 48),
        (Box(64, 64), (48, 48), 48),
        (Box(1, 1), (5000, 5000), 32),
        (Box(1920, 1920), (5000, 100), 1920),
        (Box(0, 1920), (5000, 2000), 1920),
        # a drawing has every size
        (Box(64, 64), (0, 0), 0),
    ],
)
def test_the_next_size_that_there_is(box: Box, size: tuple[int, int], side: int) -> None:
    assert box.side(*size) == side


@given(st.integers(0, 1920), st.integers(1, 1920), lengths, lengths)
def test_a_picture_is_large_enough_and_of_few_sizes(width: int, height: int, own_width: int, own_height: int) -> None:
    box = Box(width, height)
    longest = max(own_width, own_height)
    side = box.side(own_width, own_height)
    assert side == longest or side in SIDES
    assert side <= longest
    scale = side / longest
    # it fills the box in one direction at least, unless it is all there is, or as large as any
    fills = (width and own_width * scale >= width - 1) or own_height * scale >= height - 1
    assert fills or side in {longest, SIDES[-1]}
    # and not by much more than a third: by the next smaller size it would not
    smaller = [one for one in SIDES if one < side]
    if smaller and side in SIDES:
        less = smaller[-1] / longest
        assert (width and own_width * less < width) or own_height * less < height
