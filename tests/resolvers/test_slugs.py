"""Paths of products and categories: the id in them is found again, whatever the name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.slugs import MAX_ID, category_id_of, category_slug, product_id_of, product_slug, slugify

IDS = st.integers(1, MAX_ID)


@given(name=st.text(max_size=80))
def test_a_slug_is_plain(name: str) -> None:
    slug = slugify(name)
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug)
    assert slugify(slug) == slug


@given(name=st.text(max_size=80), record_id=IDS)
def test_the_id_is_found_again(name: str, record_id: int) -> None:
    assert product_id_of(product_slug(name, record_id)) == record_id
    assert category_id_of(category_slug(name, record_id)) == record_id
    assert product_id_of(category_slug(name, record_id)) is None


@given(name=st.text(max_size=30), record_id=IDS, behind=st.sampled_from(["", "/", "?page=2", "/?a=1-2"]))
def test_what_a_browser_appends_does_not_matter(name: str, record_id: int, behind: str) -> None:
    assert product_id_of(product_slug(name, record_id) + behind) == record_id


@given(st.text())
def test_any_text_is_a_slug_or_none(text: str) -> None:
    for prefix in ("", "/product/", "/category/"):
        found = product_id_of(prefix + text)
        assert found is None or 0 < found <= MAX_ID


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Œdème & Straße", "oedeme-strasse"),
        ("  Aliment 5 kg / chat  ", "aliment-5-kg-chat"),
        ("ŁÓDŹ", "lodz"),
        ("犬用", ""),
        ("Ⅻ ﬁn", "xii-fin"),
        ("---", ""),
    ],
)
def test_slugs_of_names(name: str, slug: str) -> None:
    assert slugify(name) == slug


@pytest.mark.parametrize(
    "text", ["/product/0", "/product/x-0", f"/product/x-{MAX_ID + 1}", "/product/x1", "/x-1", "x-1"]
)
def test_no_product(text: str) -> None:
    assert product_id_of(text) is None


@pytest.mark.parametrize(("own", "slug"), [("/own/path", "/own/path"), ("own", "/own"), ("", "/category/name-7")])
def test_a_category_has_its_own_slug(own: str, slug: str) -> None:
    assert category_slug("Name", 7, own or None) == slug
