"""A folder of files as a content source: Markdown with a head in TOML, and JSON.

    <folder>/fr/pages/about.md            /about; or what ``slug`` says
    <folder>/fr/banners/summer.md
    <folder>/fr/products/flea-care.json   ``skus`` or ``slugs`` tell to which products it belongs
    <folder>/fr/menus/footer.json

A file of the same name in another language is its translation. A file that is none is left out, and logged.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import structlog

from content.parsing import banner_of, menu_of, page_of, product_content_of
from content.records import Content
from content.source import ContentError, ContentUnavailableError, candidates

T = TypeVar("T")

log = structlog.get_logger(__name__)

_MARK: Final = "+++"
#: a file larger than this, or more files than this in a language, are a mistake
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_FILES: Final = 5_000


class FolderSource:
    """Reads the files anew each time. ``told``: what is wrong is logged once for each state of a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: dict[Path, float] = {}

    async def read(self, lang: str) -> Content:
        return await asyncio.to_thread(self._read, lang)

    async def close(self) -> None:
        """Nothing is open."""

    def _read(self, lang: str) -> Content:
        if not self._folder.is_dir():
            raise ContentUnavailableError(f"there is no folder {self._folder}")
        home = next((one for name in candidates(lang) if (one := self._folder / name).is_dir()), None)
        if home is None:
            return Content(lang)
        return Content(
            lang,
            pages=self._all(home / "pages", lambda values, name: page_of(values, key=name, slug=f"/{name}")),
            menus=self._all(home / "menus", lambda values, name: menu_of(values, name=name)),
            banners=self._all(home / "banners", lambda values, name: banner_of(values, key=name)),
            products=self._all(home / "products", lambda values, _: product_content_of(values)),
        )

    def _all(self, folder: Path, make: Callable[[dict[str, Any], str], T]) -> tuple[T, ...]:
        """What the files of a folder and below make, in the order of their names."""
        found = []
        for file in _files(folder):
            try:
                values = _values(file)
                found.append(make(values, file.relative_to(folder).with_suffix("").as_posix()))
            except (ContentError, OSError, ValueError, msgspec.MsgspecError) as error:
                self._tell(file, error)
        return tuple(found)

    def _tell(self, file: Path, error: Exception) -> None:
        try:
            written = file.stat().st_mtime
        except OSError:  # it is gone meanwhile
            return
        if self._told.get(file) != written:
            self._told[file] = written
            log.warning("content.file_left_out", file=str(file), reason=str(error))


def _files(folder: Path) -> Iterator[Path]:
    found = sorted(one for one in folder.rglob("*") if one.suffix in {".md", ".json"} and one.is_file())
    if len(found) > MOST_FILES:
        log.warning("content.too_many_files", folder=str(folder), files=len(found), read=MOST_FILES)
    return iter(found[:MOST_FILES])


def _values(file: Path) -> dict[str, Any]:
    """What a file says. Raises ContentError, OSError, ValueError, msgspec.MsgspecError."""
    if file.stat().st_size > MOST_BYTES:
        raise ContentError(f"larger than {MOST_BYTES} bytes")
    text = file.read_text(encoding="utf-8")
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    values = _of_markdown(text) if file.suffix == ".md" else msgspec.json.decode(text)
    if not isinstance(values, dict):
        raise ContentError("not an object")
    return {"updated_at": written, **values}


def _of_markdown(text: str) -> dict[str, Any]:
    """The head between two lines of ``+++``, and the text after it."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != _MARK:
        return {"markdown": text}
    end = next((place for place, line in enumerate(lines[1:], 1) if line.strip() == _MARK), None)
    if end is None:
        raise ContentError(f"its head has no end: a line {_MARK}")
    return {**tomllib.loads("".join(lines[1:end])), "markdown": "".join(lines[end + 1 :]).strip()}
