"""What editors wrote, as records: checked, with HTML made safe. Shared by the sources."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from content.html import clean, of_markdown, of_nodes
from content.records import Banner, Block, ContentSeo, Link, Menu, MenuItem, Page, Picture, ProductContent
from content.source import ContentError

#: what a block has a place of its own for
_KNOWN: Final = frozenset({"kind", "title", "html", "markdown", "text", "picture", "link", "skus", "data"})
_DEEPEST: Final = 6
_URL: Final = re.compile(r"^(https?://|/(?!/)|#|mailto:|tel:)", re.IGNORECASE)

Values = Mapping[str, Any]


def page_of(values: Values, *, key: str, slug: str | None = None, id_: int | None = None) -> Page:
    """A page. ``slug``: its own counts more. Raises ContentError."""
    path = _text(values, "slug") or slug or ""
    path = path if path.startswith("/") else f"/{path}"
    return Page(
        id=number_of(key) if id_ is None else id_,
        key=key,
        slug=path,
        title=_text(values, "title") or path.rpartition("/")[2],
        blocks=blocks_of(values),
        seo=_seo(_mapping(values, "seo")),
        roles=_roles(values),
        published_at=_moment(values, "published_at"),
        updated_at=_moment(values, "updated_at"),
    )


def menu_of(values: Values, *, name: str) -> Menu:
    """A menu. Raises ContentError."""
    return Menu(_text(values, "name") or name, _items(values, _DEEPEST))


def banner_of(values: Values, *, key: str, id_: int | None = None) -> Banner:
    """A banner. Raises ContentError."""
    return Banner(
        id=number_of(key) if id_ is None else id_,
        place=_text(values, "place") or "home",
        block=block_of({"kind": "banner", **{name: one for name, one in values.items() if name not in _OF_A_BANNER}}),
        position=_whole(values, "position"),
        begins=_moment(values, "begins"),
        ends=_moment(values, "ends"),
        roles=_roles(values),
    )


_OF_A_BANNER: Final = frozenset({"place", "position", "begins", "ends", "roles"})


def product_content_of(values: Values) -> ProductContent:
    """What belongs to products. Raises ContentError when it does not say to which."""
    skus, slugs = _texts(values, "skus"), _texts(values, "slugs")
    if not skus and not slugs:
        raise ContentError("content for products names neither skus nor slugs")
    return ProductContent(skus, slugs, blocks_of(values), _roles(values))


def blocks_of(values: Values) -> tuple[Block, ...]:
    """The blocks, after the text that stands beside them."""
    own = _html(values)
    listed = _list(values, "blocks")
    return (*((Block(html=own),) if own else ()), *(block_of(_is_mapping(one, "a block")) for one in listed))


def block_of(values: Values) -> Block:
    """A block; what it has no place for goes into ``data``."""
    rest = {name: value for name, value in values.items() if name not in _KNOWN and value is not None}
    return Block(
        kind=_text(values, "kind") or "text",
        title=_text(values, "title"),
        html=_html(values),
        picture=_picture(values.get("picture")),
        link=_link(values.get("link")),
        skus=_texts(values, "skus"),
        data={**rest, **_mapping(values, "data")},
    )


def number_of(key: str) -> int:
    """A number for what has none of its own: the same for the same key."""
    return zlib.crc32(key.encode()) & 0x7FFFFFFF


def safe_url(url: str) -> str | None:
    """The address, unless it could run something."""
    return url if _URL.match(url) else None


# -- parts ----------------------------------------------------------------------------------------------------


def _html(values: Values) -> str | None:
    """From ``html``, ``markdown``, or ``text``: a Markdown text, or a tree of Strapi's editor."""
    html, markdown, text = _text(values, "html"), _text(values, "markdown"), values.get("text")
    if html is not None:
        return clean(html)
    if markdown is not None:
        return of_markdown(markdown)
    if isinstance(text, str):
        return of_markdown(text)
    if isinstance(text, Sequence):
        return of_nodes([_is_mapping(one, "text") for one in text])
    return None


def _seo(values: Values) -> ContentSeo:
    return ContentSeo(
        title=_text(values, "title"),
        description=_text(values, "description"),
        keywords=_text(values, "keywords"),
        picture=_picture(values.get("picture")),
    )


def _items(values: Values, deep: int) -> tuple[MenuItem, ...]:
    if deep == 0:
        raise ContentError(f"menus may be {_DEEPEST} deep")
    found = []
    for one in _list(values, "items"):
        item = _is_mapping(one, "an item of a menu")
        url = _text(item, "url")
        label = _text(item, "label")
        if label is None:
            raise ContentError("an item of a menu has no label")
        found.append(MenuItem(label, safe_url(url) if url else None, _roles(item), _items(item, deep - 1)))
    return tuple(found)


def _picture(value: Any) -> Picture | None:
    found = _addressed(value, "a picture")
    return None if found is None else Picture(found[0], _text(found[1], "alt"))


def _link(value: Any) -> Link | None:
    found = _addressed(value, "a link")
    return None if found is None else Link(found[0], _text(found[1], "label"))


def _addressed(value: Any, what: str) -> tuple[str, Values] | None:
    """An address, alone or with what belongs to it; None without one that is safe."""
    if value is None:
        return None
    values = _is_mapping({"url": value} if isinstance(value, str) else value, what)
    url = safe_url(_text(values, "url") or "")
    return None if url is None else (url, values)


def _roles(values: Values) -> frozenset[str]:
    return frozenset(_texts(values, "roles"))


def _texts(values: Values, name: str) -> tuple[str, ...]:
    """A list of texts, or one text with commas between."""
    value = values.get(name)
    parts: Iterable[Any] = value.split(",") if isinstance(value, str) else _list(values, name)
    return tuple(dict.fromkeys(text for one in parts if (text := str(one).strip())))


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float):
        raise ContentError(f"{name} is no text")
    return str(value)


def _whole(values: Values, name: str) -> int:
    value = values.get(name) or 0
    if not isinstance(value, int):
        raise ContentError(f"{name} is no whole number")
    return value


def _moment(values: Values, name: str) -> datetime | None:
    """A day is its beginning; what names no zone is UTC."""
    value = values.get(name)
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ContentError(f"{name} is no moment: {value}") from error


def _list(values: Values, name: str) -> Sequence[Any]:
    value = values.get(name)
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ContentError(f"{name} is no list")
    return value


def _mapping(values: Values, name: str) -> Values:
    value = values.get(name)
    return {} if value is None else _is_mapping(value, name)


def _is_mapping(value: Any, what: str) -> Values:
    if not isinstance(value, Mapping):
        raise ContentError(f"{what} is no object")
    return value
