"""Paths of product and category pages: the same for every version of Odoo, because only name and id make them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Odoo's ids are 32-bit integers
MAX_ID = 2**31 - 1

_PRODUCT = "/product/"
_CATEGORY = "/category/"
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_TRAILING_ID = re.compile(r"(?:^|-)(\d{1,18})$")
#: letters that do not decompose into a base letter and an accent
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"})


@lru_cache(maxsize=50_000)
def slugify(name: str) -> str:
    """Lower-case ASCII words joined by hyphens; may be empty for names in other scripts."""
    folded = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return _NOT_WORD.sub("-", "".join(c for c in folded if not unicodedata.combining(c))).strip("-")


def product_slug(name: str, template_id: int) -> str:
    """``/product/<name>-<id>``."""
    return _PRODUCT + _with_id(name, template_id)


def category_slug(name: str, category_id: int, own: str | None = None) -> str:
    """The slug set by hand in Odoo, else ``/category/<name>-<id>``."""
    if own:
        return own if own.startswith("/") else f"/{own}"
    return _CATEGORY + _with_id(name, category_id)


def product_id_of(slug: str) -> int | None:
    """The product id in a slug, whatever name stands before it: links to renamed products keep working."""
    return _id_of(slug, _PRODUCT)


def category_id_of(slug: str) -> int | None:
    return _id_of(slug, _CATEGORY)


def _with_id(name: str, record_id: int) -> str:
    words = slugify(name)
    return f"{words}-{record_id}" if words else str(record_id)


def _id_of(slug: str, prefix: str) -> int | None:
    path = slug.split("?", 1)[0].rstrip("/")
    if not path.startswith(prefix):
        return None
    found = _TRAILING_ID.search(path[len(prefix) :])
    record_id = int(found.group(1)) if found else 0
    return record_id if 0 < record_id <= MAX_ID else None
