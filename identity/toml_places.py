"""Where the values of a TOML file stand: `tomllib` tells what they are, and not where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys of tables and indexes of lists, from the top."""


class Place(NamedTuple):
    """Line and column, both counted from 1."""

    line: int
    column: int


class _Span(NamedTuple):
    """Where a value begins, and where the characters of a text do, if none of them is escaped."""

    start: int
    text: int | None


class Places:
    """The places of a file that `tomllib` has read without errors; of any other file some may lack."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._spans: Mapping[Path, _Span] = _Scanner(source).scan()

    def of(self, path: Path) -> Place:
        """Where the value of the path begins; a table begins with its name."""
        return self.at(self._nearest(path).start)

    def within(self, path: Path, offset: int) -> Place:
        """Where a character of the text at the path stands; if that is not known, where the text begins."""
        span = self._nearest(path)
        return self.at(span.start if span.text is None else span.text + offset)

    def at(self, offset: int) -> Place:
        """The place of a character of the file."""
        before = self._source[:offset]
        return Place(before.count("\n") + 1, offset - before.rfind("\n"))

    def _nearest(self, path: Path) -> _Span:
        while path and path not in self._spans:
            path = path[:-1]
        return self._spans.get(path, _Span(0, None))


_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN: Final = re.compile(r"[^,\]}\n#]*")
_STRINGS: Final = (
    re.compile(r'"""\r?\n?(?P<text>(?:[^\\]|\\.)*?"{0,2})"""(?!")', re.DOTALL),
    re.compile(r"'''\r?\n?(?P<text>.*?'{0,2})'''(?!')", re.DOTALL),
    re.compile(r'"(?P<text>(?:[^"\\\n]|\\.)*)"'),
    re.compile(r"'(?P<text>[^'\n]*)'"),
)


class _Scanner:
    """Walks through the file once. What it does not understand it steps over."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._spans: dict[Path, _Span] = {}
        self._lengths: dict[Path, int] = {}

    def scan(self) -> dict[Path, _Span]:
        table: Path = ()
        while self._skip(_BLANK) < len(self._source):
            start = self._at
            if self._accept("[["):
                table = self._element(self._key())
                self._spans.setdefault(table, _Span(start, None))
                self._accept("]]")
            elif self._accept("["):
                table = self._resolved(self._key())
                self._spans.setdefault(table, _Span(start, None))
                self._accept("]")
            else:
                self._pair(table)
            if self._at == start:
                self._at += 1
        return self._spans

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._source, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _accept(self, sign: str) -> bool:
        found = self._source.startswith(sign, self._at)
        self._at += len(sign) * found
        return found

    def _step(self, before: int) -> None:
        """Over a comma; or over anything, where nothing was understood."""
        if not self._accept(",") and self._at == before:
            self._at += 1

    def _element(self, path: Path) -> Path:
        """Of a list of tables, the next."""
        parent = (*self._resolved(path[:-1]), *path[-1:])
        index = self._lengths.get(parent, 0)
        self._lengths[parent] = index + 1
        return (*parent, index)

    def _resolved(self, path: Path) -> Path:
        """With the index of the last table, where a part of the path is a list of tables."""
        found: Path = ()
        for part in path:
            found = (*found, part)
            if found in self._lengths:
                found = (*found, self._lengths[found] - 1)
        return found

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            match = self._string()
            if match is not None:
                parts.append(match.group("text"))
            else:
                self._skip(_BARE)
                parts.append(self._source[start : self._at])
            self._skip(_SPACE)
            if not self._accept("."):
                return tuple(parts)

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._key())
        if self._accept("="):
            for length in range(len(table) + 1, len(path)):
                self._spans.setdefault(path[:length], _Span(start, None))
            self._value(path)

    def _string(self) -> re.Match[str] | None:
        for pattern in _STRINGS:
            match = pattern.match(self._source, self._at)
            if match is not None:
                self._at = match.end()
                return match
        return None

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        start = self._at
        match = self._string()
        if match is not None:
            escaped = match.group().startswith('"') and "\\" in match.group("text")
            self._spans[path] = _Span(start, None if escaped else match.start("text"))
            return
        self._spans[path] = _Span(start, None)
        if self._accept("["):
            self._list(path)
        elif self._accept("{"):
            while self._skip(_BLANK) < len(self._source) and not self._accept("}"):
                before = self._at
                self._pair(path)
                self._skip(_BLANK)
                self._step(before)
        else:
            self._skip(_PLAIN)

    def _list(self, path: Path) -> None:
        index = 0
        while self._skip(_BLANK) < len(self._source) and not self._accept("]"):
            before = self._at
            self._value((*path, index))
            index += 1
            self._skip(_BLANK)
            self._step(before)
