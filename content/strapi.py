"""Strapi's REST API (4 and 5) as a content source.

Of these collections what is there is read, each with the fields that docs/content.md names:

    pages, menus, banners, product-contents

Only what is published is given by Strapi to a token that may ``find``. Where its i18n plugin is not in use, all
languages have the same content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urljoin

import aiohttp
import msgspec
import structlog

from content.parsing import banner_of, menu_of, number_of, page_of, product_content_of
from content.records import Content
from content.source import ContentError, ContentUnavailableError, candidates

T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Strapi gives no more than 100 unless it is set up otherwise
_PAGE: Final = 100
#: more entries of a language than this are a mistake
MOST_ENTRIES: Final = 10_000
_MOST_BYTES: Final = 20 * 1024 * 1024
_TRIES: Final = 2
_AGAIN: Final = frozenset({429, 502, 503, 504})
#: what stands in the parts of a page and in the items of a menu, too. 5 takes no more than ``*`` below a dynamic zone
_POPULATE: Final = {
    "pages": ("[blocks][populate]=*", "[seo][populate]=*", "[localizations][fields][0]=id"),
    "product-contents": ("[blocks][populate]=*",),
    "menus": ("[items][populate]=*",),
    "banners": ("=*",),
}
#: Strapi's names -> ours
_RENAMED: Final = {
    "publishedAt": "published_at",
    "updatedAt": "updated_at",
    "image": "picture",
    "alternativeText": "alt",
    "metaTitle": "title",
    "metaDescription": "description",
    "metaImage": "picture",
    "body": "text",
    "content": "text",
}
_LEFT_OUT: Final = frozenset({"id", "documentId", "createdAt", "locale", "localizations", "createdBy", "updatedBy"})


class StrapiSource:
    """``url``: of Strapi, as browsers reach its pictures too. ``token``: an API token. ``timeout``: seconds a request.

    ``collections``: other names of `_POPULATE`'s collections.
    """

    def __init__(
        self, url: str, token: str | None, *, timeout: float = 10.0, collections: Mapping[str, str] | None = None
    ) -> None:
        self._url = url.rstrip("/") + "/"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._collections = collections or {}
        self._session: aiohttp.ClientSession | None = None
        self._told: set[tuple[str, str]] = set()

    async def read(self, lang: str) -> Content:
        locale, known = await self._locale(lang)
        if known and locale is None:
            return Content(lang)
        pages, menus, banners, products = await asyncio.gather(
            self._all("pages", locale, lambda entry: page_of(entry.values, key=entry.key, id_=entry.id)),
            self._all("menus", locale, lambda entry: menu_of(entry.values, name=entry.key)),
            self._all("banners", locale, lambda entry: banner_of(entry.values, key=entry.key, id_=entry.id)),
            self._all("product-contents", locale, lambda entry: product_content_of(entry.values)),
        )
        return Content(lang, pages, menus, banners, products)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _locale(self, lang: str) -> tuple[str | None, bool]:
        """Strapi's code of the language, if it has it; and whether it has languages at all."""
        found = await self._get("api/i18n/locales", [])
        if found is None:
            return None, False
        codes = {str(one.get("code", "")).lower(): str(one.get("code")) for one in _listed(found)}
        return next((codes[one.lower()] for one in candidates(lang) if one.lower() in codes), None), True

    async def _all(self, collection: str, locale: str | None, make: Callable[[_Entry], T]) -> tuple[T, ...]:
        """What the entries of a collection make; what makes nothing is left out, and logged once."""
        made = []
        for entry in await self._entries(collection, locale):
            try:
                made.append(make(entry))
            except ContentError as error:
                if (entry.key, str(error)) not in self._told:
                    self._told.add((entry.key, str(error)))
                    log.warning("content.entry_left_out", collection=collection, entry=entry.key, reason=str(error))
        return tuple(made)

    async def _entries(self, collection: str, locale: str | None) -> list[_Entry]:
        name = self._collections.get(collection, collection)
        parameters = [("sort", "id"), ("pagination[pageSize]", str(_PAGE))]
        parameters += [tuple(f"populate{one}".split("=", 1)) for one in _POPULATE[collection]]  # type: ignore[misc]
        if locale is not None:
            parameters.append(("locale", locale))
        found: list[_Entry] = []
        number = pages = 1
        while number <= pages:
            answer = await self._get(f"api/{name}", [*parameters, ("pagination[page]", str(number))])
            if answer is None:  # there is no such collection
                return []
            entries = _listed(answer.get("data") if isinstance(answer, Mapping) else None)
            found += [_entry(one, self._url) for one in entries]
            pages = _pages(answer)
            number += 1
            if len(found) > MOST_ENTRIES:
                raise ContentError(f"{name} has more than {MOST_ENTRIES} entries")
        return found

    async def _get(self, path: str, parameters: Sequence[tuple[str, str]]) -> Any:
        """The answer, or None where there is nothing at the path. Raises ContentError."""
        for left in reversed(range(_TRIES)):
            try:
                async with self._open().get(self._url + path, params=list(parameters), allow_redirects=False) as answer:
                    body = await answer.content.read(_MOST_BYTES + 1)
                    if answer.status == 404:
                        return None
                    if answer.status in _AGAIN and left:
                        continue
                    return _decoded(path, answer.status, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if not left:
                    raise ContentUnavailableError(f"Strapi: {type(error).__name__}") from error
        raise AssertionError("unreachable")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self._headers, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


class _Entry(msgspec.Struct, frozen=True):
    """``key``: the same in all languages."""

    id: int
    key: str
    values: Mapping[str, Any]


def _entry(told: Mapping[str, Any], url: str) -> _Entry:
    """An entry as 5 tells it, or as 4 does, in ``attributes``. The ids of 5 are others after each publication."""
    values = told.get("attributes", told)
    id_ = told.get("id")
    if not isinstance(id_, int) or not isinstance(values, Mapping):
        raise ContentError("what Strapi answers is no list of entries")
    document = told.get("documentId")
    key = str(document or _first_of_translations(id_, values))
    return _Entry(
        number_of(key) if document else id_,
        key,
        {name: one for name, one in _plain(values, url).items() if name not in _LEFT_OUT},
    )


def _first_of_translations(id_: int, values: Mapping[str, Any]) -> int:
    """4 has an id per language: the lowest stands for all."""
    others = values.get("localizations")
    listed = _listed(others.get("data")) if isinstance(others, Mapping) else ()
    ids: list[int] = [id_, *(one["id"] for one in listed if isinstance(one.get("id"), int))]
    return min(ids)


def _plain(value: Any, url: str) -> Any:
    """Without the wrappings of 4, under our names, with whole addresses of pictures."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one, url) for one in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) <= {"data", "meta"} and "data" in value:
        return _plain(value["data"], url)
    if "attributes" in value and "id" in value:
        return _plain(value["attributes"], url)
    if "mime" in value and "url" in value:  # a file
        return {"url": urljoin(url, str(value["url"])), "alt": value.get("alternativeText")}
    found = {_RENAMED.get(name, name): _plain(one, url) for name, one in value.items()}
    component = found.pop("__component", None)
    if isinstance(component, str):
        found.setdefault("kind", component.rpartition(".")[2])
        found.pop("id", None)
    return found


def _pages(answer: Any) -> int:
    try:
        count = int(answer["meta"]["pagination"]["pageCount"])
    except (KeyError, TypeError, ValueError):
        return 1
    return count


def _listed(value: Any) -> Sequence[Mapping[str, Any]]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ContentError("what Strapi answers is no list")
    return [one for one in value if isinstance(one, Mapping)]


def _decoded(path: str, status: int, body: bytes) -> Any:
    if status in {401, 403}:
        raise ContentError(f"Strapi does not let the token read {path} ({status})")
    if status >= 500 or status == 429:
        raise ContentUnavailableError(f"Strapi answers {status} for {path}")
    if status != 200:
        raise ContentError(f"Strapi answers {status} for {path}")
    if len(body) > _MOST_BYTES:
        raise ContentError(f"Strapi answers more than {_MOST_BYTES} bytes")
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ContentError("what Strapi answers is no JSON") from error
