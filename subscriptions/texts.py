"""What is written to customers, in their language; in English where there are no words for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from subscriptions.model import Event
from subscriptions.news import Entry, News, Section


@dataclass(frozen=True, slots=True)
class Words:
    """Of one language. ``{title}``, ``{shop}``, ``{day}``, ``{number}`` are filled in."""

    greeting: str
    back_in_stock: str
    new_product: str
    new_product_of_promotion: str
    promotion_started: str
    subject: str
    subject_stock: str
    until: str
    off: str
    special_price: str
    shown: str
    farewell: str


_WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        greeting="Hello {title},",
        back_in_stock="In stock again",
        new_product="New in {title}",
        new_product_of_promotion="New in a promotion that you follow",
        promotion_started="A promotion has begun",
        subject="News from {shop}",
        subject_stock="In stock again: {title}",
        until="until {day}",
        off="-{number} %",
        special_price="Special prices",
        shown="Show",
        farewell="You are told because you follow this in our shop. There you can end it at any time.",
    ),
    "fr": Words(
        greeting="Bonjour {title},",
        back_in_stock="De nouveau en stock",
        new_product="Nouveau dans {title}",
        new_product_of_promotion="Nouveau dans une promotion que vous suivez",
        promotion_started="Une promotion a commencé",
        subject="Des nouvelles de {shop}",
        subject_stock="De nouveau en stock : {title}",
        until="jusqu'au {day}",
        off="-{number} %",
        special_price="Prix spéciaux",
        shown="Voir",
        farewell="Vous recevez ce message parce que vous suivez ceci dans notre boutique. Vous pouvez y mettre fin à "
        "tout moment.",
    ),
    "nl": Words(
        greeting="Beste {title},",
        back_in_stock="Weer op voorraad",
        new_product="Nieuw in {title}",
        new_product_of_promotion="Nieuw in een promotie die u volgt",
        promotion_started="Er is een promotie begonnen",
        subject="Nieuws van {shop}",
        subject_stock="Weer op voorraad: {title}",
        until="tot en met {day}",
        off="-{number} %",
        special_price="Speciale prijzen",
        shown="Bekijken",
        farewell="U ontvangt dit bericht omdat u dit volgt in onze winkel. Daar kunt u het op elk moment stopzetten.",
    ),
    "de": Words(
        greeting="Guten Tag {title},",
        back_in_stock="Wieder auf Lager",
        new_product="Neu in {title}",
        new_product_of_promotion="Neu in einer Aktion, der Sie folgen",
        promotion_started="Eine Aktion hat begonnen",
        subject="Neues von {shop}",
        subject_stock="Wieder auf Lager: {title}",
        until="bis {day}",
        off="-{number} %",
        special_price="Sonderpreise",
        shown="Ansehen",
        farewell="Sie erhalten diese Nachricht, weil Sie dem in unserem Shop folgen. Dort können Sie es jederzeit "
        "beenden.",
    ),
}
_ENGLISH: Final = "en"


def words_of(iso_code: str) -> Words:
    """Of a language by its short form, with or without a country."""
    return _WORDS.get(iso_code.replace("-", "_").partition("_")[0].lower(), _WORDS[_ENGLISH])


def discount_text(words: Words, percentage: Decimal | None) -> str:
    """What a promotion takes off."""
    if percentage is None:
        return words.special_price
    return words.off.format(number=format(percentage.normalize(), "f"))


def subject_of(news: News) -> str:
    """One line. Of a single product that is in stock again its name."""
    words = words_of(news.iso_code)
    entries = [entry for section in news.sections for entry in section.entries]
    if len(entries) == 1 and {section.event for section in news.sections} == {"BACK_IN_STOCK"}:
        return " ".join(words.subject_stock.format(title=entries[0].name).split())
    return " ".join(words.subject.format(shop=news.shop).split())


def html_of(news: News) -> str:
    """The body. All that is not ours is escaped: names are texts of the shop, and never markup."""
    words = words_of(news.iso_code)
    lines = [f"<p>{escape(words.greeting.format(title=news.name))}</p>"]
    for section in news.sections:
        lines += _section(words, section, news.site)
    lines.append(f"<p><small>{escape(words.farewell)}</small></p>")
    return "".join(lines)


def heading_of(words: Words, section: Section) -> str:
    """What happened, in a few words."""
    if section.event == "NEW_PRODUCT":
        return words.new_product.format(title=section.title) if section.title else words.new_product_of_promotion
    headings: Mapping[Event, str] = {
        "BACK_IN_STOCK": words.back_in_stock,
        "PROMOTION_STARTED": words.promotion_started,
    }
    return headings[section.event]


def _section(words: Words, section: Section, site: str | None) -> Iterator[str]:
    yield f"<h3>{_linked(heading_of(words, section), section.path, site)}</h3>"
    about = [part for part in (section.text, section.until and words.until.format(day=section.until)) if part]
    if about:
        yield f"<p>{escape(', '.join(about))}</p>"
    if section.entries:
        items = "".join(f"<li>{_entry(entry, site)}</li>" for entry in section.entries)
        yield f"<ul>{items}</ul>"


def _entry(entry: Entry, site: str | None) -> str:
    told = [_linked(entry.name, entry.path, site)]
    if entry.sku:
        told.append(escape(entry.sku))
    if entry.price is not None:
        told.append(escape(f"{entry.price:f} {entry.currency or ''}".strip()))
    return ", ".join(told)


def _linked(text: str, path: str | None, site: str | None) -> str:
    if site is None or path is None:
        return escape(text)
    return f'<a href="{escape(site + path)}">{escape(text)}</a>'
