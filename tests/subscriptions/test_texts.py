"""What is written to customers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from subscriptions.model import Target
from subscriptions.news import Entry, News, Section
from subscriptions.texts import discount_text, html_of, subject_of, words_of

ENTRY = Entry(7, 42, "Dog <b>diet</b> & co", "/product/dog-7", "SKU-1", Decimal("15.50"), "EUR")
STOCK = Section("BACK_IN_STOCK", Target("PRODUCT_BACK_IN_STOCK", "42"), None, None, (ENTRY,))
PROMOTION = Section("PROMOTION_STARTED", Target("PROMOTION", "2-a"), None, None, (ENTRY,), "2-a", "-12 %", "2026-12-31")
CATEGORY = Section("NEW_PRODUCT", Target("CATEGORY", "3"), "Dogs & <cats>", "/category/dogs-3", (ENTRY,))


def news(*sections: Section, lang: str = "en_US", site: str | None = "https://shop.example") -> News:
    return News(11, 1, lang, lang, "Ann <ie>", "a@b.example", "The <Shop>", site, 2, sections, ())


def test_names_are_no_markup() -> None:
    text = html_of(news(STOCK, PROMOTION, CATEGORY))
    for name in ("<b>diet", "<cats>", "<ie>"):
        assert name not in text
    assert "Dog &lt;b&gt;diet&lt;/b&gt; &amp; co" in text
    assert '<a href="https://shop.example/category/dogs-3">New in Dogs &amp; &lt;cats&gt;</a>' in text
    assert "15.50 EUR" in text
    assert "until 2026-12-31" in text


def test_without_a_site_there_are_no_links() -> None:
    assert "<a " not in html_of(news(STOCK, CATEGORY, site=None))
    hidden = replace(STOCK, entries=(replace(ENTRY, price=None, currency=None, sku=None),))
    assert "EUR" not in html_of(news(hidden))


def test_subjects_are_one_line() -> None:
    assert subject_of(news(STOCK)) == "In stock again: Dog <b>diet</b> & co"
    assert subject_of(news(STOCK, CATEGORY)) == "News from The <Shop>"
    broken = replace(STOCK, entries=(replace(ENTRY, name="a\r\nBcc: x@y.example"),))
    assert subject_of(news(broken)) == "In stock again: a Bcc: x@y.example"


@pytest.mark.parametrize(
    ("lang", "begins"),
    [
        ("fr_BE", "De nouveau en stock"), ("nl_BE", "Weer op voorraad"), ("nl", "Weer op voorraad"),
        ("de-CH", "Wieder auf Lager"), ("en_GB", "In stock again"), ("sv_SE", "In stock again"),
    ],
)  # fmt: skip
def test_in_their_language(lang: str, begins: str) -> None:
    assert subject_of(news(STOCK, lang=lang)).startswith(begins)
    assert begins in html_of(news(STOCK, lang=lang))


def test_discounts() -> None:
    assert discount_text(words_of("en"), Decimal("12.50")) == "-12.5 %"
    assert discount_text(words_of("fr_FR"), None) == "Prix spéciaux"
