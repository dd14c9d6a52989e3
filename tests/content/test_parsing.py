"""What editors write becomes records, and nothing that runs."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.html import clean, of_markdown, of_nodes
from content.parsing import banner_of, block_of, menu_of, page_of, product_content_of, safe_url
from content.records import Block, Link, Picture
from content.source import ContentError, candidates


def test_a_page_of_text_and_blocks() -> None:
    page = page_of(
        {
            "title": "Care",
            "markdown": "Some *text*.",
            "blocks": [{"kind": "hero", "title": "Hello", "colour": "red", "picture": "/hero.jpg", "link": "/go"}],
            "seo": {"title": "T", "picture": {"url": "https://cdn.example/a.png", "alt": "A"}},
            "roles": "vet, nurse",
            "published_at": "2026-01-02T03:04:05+02:00",
        },
        key="guides/care",
        slug="/guides/care",
    )
    assert page.slug == "/guides/care"
    assert page.blocks[0] == Block(html="<p>Some <em>text</em>.</p>\n")
    assert page.blocks[1] == Block("hero", "Hello", None, Picture("/hero.jpg"), Link("/go"), data={"colour": "red"})
    assert page.seo.picture == Picture("https://cdn.example/a.png", "A")
    assert page.roles == {"vet", "nurse"}
    assert page.published_at == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert 0 <= page.id < 2**31


def test_an_own_slug_counts_more_and_begins_with_a_slash() -> None:
    assert page_of({"slug": "a-propos"}, key="about", slug="/about").slug == "/a-propos"
    assert page_of({}, key="about", slug="/about").title == "about"


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<p onclick="steal()">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<img src="x" onerror="alert(1)">',
        '<iframe src="https://evil.example"></iframe>',
        '<form action="https://evil.example"><input name="password"></form>',
        "<svg><script>alert(1)</script></svg>",
        '<p style="background:url(javascript:1)">x</p>',
    ],
)
def test_nothing_runs(html: str) -> None:
    for made in (clean(html), of_markdown(html)):
        assert not any(
            word in made
            for word in ("<script", "onclick", "javascript", "onerror", "<iframe", "<form", "<input", "style")
        )


def test_what_editors_need_stays() -> None:
    html = '<figure class="wide"><img src="/a.png" alt="A" loading="lazy"><figcaption>A</figcaption></figure>'
    assert clean(html) == html
    assert "<table>" in of_markdown("| a |\n|---|\n| b |")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", " javascript:1", "", "x"])
def test_addresses_that_could_run_something(url: str) -> None:
    assert safe_url(url) is None
    assert block_of({"link": {"url": url}, "picture": url}) == Block()


def test_a_menu() -> None:
    menu = menu_of(
        {"items": [{"label": "A", "url": "/a", "items": [{"label": "B", "url": "javascript:1", "roles": ["vet"]}]}]},
        name="main",
    )
    assert menu.items[0].items[0].url is None
    assert menu.items[0].items[0].roles == {"vet"}


def test_a_banner() -> None:
    banner = banner_of(
        {"place": "top", "position": 2, "title": "Sale", "begins": "2026-01-01", "ends": "2026-02-01T00:00:00Z"},
        key="x",
    )
    assert banner.block == Block("banner", "Sale")
    assert not banner.shown_at(datetime(2025, 12, 31, 23, tzinfo=UTC))
    assert banner.shown_at(datetime(2026, 1, 1, tzinfo=UTC))
    assert not banner.shown_at(datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "values",
    [
        {"blocks": "text"},
        {"blocks": [1]},
        {"title": ["x"]},
        {"published_at": "yesterday"},
        {"seo": []},
        {"roles": {"a": 1}},
        {"blocks": [{"skus": {"a": 1}}]},
        {"blocks": [{"data": "x"}]},
    ],
)
def test_what_is_no_page(values: dict[str, Any]) -> None:
    with pytest.raises(ContentError):
        page_of(values, key="x", slug="/x")


def test_product_content_says_to_which_products_it_belongs() -> None:
    assert product_content_of({"skus": "A-1, A-2", "markdown": "x"}).skus == ("A-1", "A-2")
    with pytest.raises(ContentError):
        product_content_of({"markdown": "x"})


def test_the_tree_of_a_block_editor() -> None:
    nodes: list[dict[str, Any]] = [
        {"type": "heading", "level": 2, "children": [{"type": "text", "text": "A & B"}]},
        {
            "type": "paragraph",
            "children": [
                {"type": "text", "text": "bold", "bold": True},
                {"type": "link", "url": "https://a.example", "children": [{"type": "text", "text": "there"}]},
                {"type": "link", "url": "javascript:alert(1)", "children": [{"type": "text", "text": "here"}]},
            ],
        },
        {
            "type": "list",
            "format": "ordered",
            "children": [{"type": "list-item", "children": [{"type": "text", "text": "one"}]}],
        },
        {"type": "image", "image": {"url": "/a.png", "alternativeText": 'a"b'}, "children": []},
        {"type": "unheard-of", "children": [{"type": "text", "text": "<script>x</script>"}]},
    ]
    made = of_nodes(nodes)
    assert "<h2>A &amp; B</h2>" in made
    assert "<p><strong>bold</strong>" in made
    assert 'href="https://a.example"' in made
    assert "javascript" not in made
    assert "<ol><li>one</li></ol>" in made
    assert "&lt;script&gt;" in made


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["title", "blocks", "items", "label", "url", "seo", "roles", "skus", "text", "picture", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_is_content_or_an_error_that_says_so(values: Any) -> None:
    if not isinstance(values, dict):
        return
    for make in (
        lambda: page_of(values, key="k", slug="/k"),
        lambda: menu_of(values, name="m"),
        lambda: banner_of(values, key="k"),
        lambda: product_content_of(values),
    ):
        with contextlib.suppress(ContentError):
            make()


def test_names_of_a_language() -> None:
    assert candidates("fr_BE") == ("fr_BE", "fr-BE", "fr")
    assert candidates("sr@latin") == ("sr@latin", "sr")
