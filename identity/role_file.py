"""Reads ``roles.toml``: what it says is checked against the schema, and told with line and column if it is wrong."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any, Final

from identity.filter_parser import FilterSyntaxError, parse
from identity.filters import NOTHING, Filter
from identity.roles import GUEST_ROLE, Definitions, Granted, PriceRights, Role
from identity.toml_places import Path, Place, Places
from identity.visibility import SchemaFields, UnknownFieldError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?(@[a-z]+)?")
_TOP: Final = ("language", "guarded", "roles")
_ROLE: Final = ("title", "documents", "fields", "pricelists", "staff", "granted")
_GRANTED: Final = ("groups", "partner_categories", "pricelists", "claims", "signed_in", "everyone")
_SYNTAX: Final = re.compile(r"(?P<reason>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
_OPEN: Final = """
[roles.guest]
documents = "all"
fields = "all"
pricelists = "own"
granted.everyone = true
"""
_ALL: Final = "all"
_OWN: Final = "own"


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing that is wrong, and where (line and column from 1)."""

    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


class RoleFileError(Exception):
    """The file is refused as a whole. ``str()`` is a line for each problem, as compilers write them."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(f"{source}:{one.line}:{one.column}: {one.reason}" for one in self.problems))


def read_roles(path: FilePath, schema: SchemaFields) -> Definitions:
    """The roles of a file. Raises `RoleFileError` for what it says, and OSError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise RoleFileError(str(path), [Problem(line, 1, "not UTF-8")]) from error
    return parse_roles(text, schema, source=str(path))


def parse_roles(text: str, schema: SchemaFields, *, source: str = "roles.toml") -> Definitions:
    """The roles of a text in TOML. Raises `RoleFileError`, with everything that is wrong."""
    text = text.replace("\r\n", "\n")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RoleFileError(source, [_syntax(str(error), text)]) from error
    reader = _Reader(Places(text), schema)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    definitions = reader.definitions(content, version)
    if reader.problems:
        raise RoleFileError(source, reader.problems)
    return definitions


def open_roles(schema: SchemaFields) -> Definitions:
    """The roles of a shop without a role file: everybody sees everything, and their own prices."""
    return parse_roles(_OPEN, schema, source="no role file")


def _syntax(message: str, text: str) -> Problem:
    match = _SYNTAX.fullmatch(message)
    if match is None:
        return Problem(1, 1, message)
    if match["line"] is None:
        last = text.rstrip("\n").split("\n")
        return Problem(len(last), len(last[-1]) + 1, match["reason"])
    return Problem(int(match["line"]), int(match["column"]), match["reason"])


class _Reader:
    """Collects problems; what is wrong is read as nothing."""

    def __init__(self, places: Places, schema: SchemaFields) -> None:
        self.problems: list[Problem] = []
        self._places = places
        self._schema = schema
        self._guarded: frozenset[str] = frozenset()

    def definitions(self, content: Mapping[str, Any], version: str) -> Definitions:
        self._keys(content, (), _TOP)
        self._guarded = self._types(content.get("guarded", ["Product"]))
        language = self._text(content, ("language",))
        if "language" in content and not _LANGUAGE.fullmatch(language):
            self._wrong(("language",), f"{language!r} is no language of Odoo, such as en_US")
        roles = self._table(content, ("roles",))
        self._names(roles)
        if GUEST_ROLE not in roles:
            self._wrong(("roles",), f"no role {GUEST_ROLE}: whoever has no role has that one")
        return Definitions(
            roles={name: self._role(name, ("roles", name), self._table(roles, ("roles", name))) for name in roles},
            schema=self._schema,
            guarded=self._guarded,
            language=language or None,
            version=version,
        )

    def _role(self, name: str, path: Path, role: Mapping[str, Any]) -> Role:
        self._keys(role, path, _ROLE)
        return Role(
            name=name,
            title=self._text(role, (*path, "title")),
            documents=self._documents(role, (*path, "documents")),
            fields=self._fields(role.get("fields", []), (*path, "fields")),
            prices=self._prices(role.get("pricelists", []), (*path, "pricelists")),
            staff=self._flag(role, (*path, "staff")),
            granted=self._granted(self._table(role, (*path, "granted")), (*path, "granted")),
        )

    def _documents(self, role: Mapping[str, Any], path: Path) -> Filter:
        try:
            return parse(self._text(role, path))
        except FilterSyntaxError as error:
            self._problem(self._places.within(path, error.offset), error.reason)
            return NOTHING

    def _fields(self, value: object, path: Path) -> frozenset[str]:
        if value == _ALL:
            return frozenset(
                f"{type_name}.{field}" for type_name in self._guarded for field in self._schema.types[type_name]
            )
        found: set[str] = set()
        for index, pattern in self._items(value, path, str, 'field names such as "Product.stock", or "all"'):
            type_name = pattern.partition(".")[0]
            try:
                found |= self._schema.matching(pattern)
            except UnknownFieldError as error:
                near = get_close_matches(pattern, self._field_names(type_name), 1)
                self._wrong((*path, index), f"{error}" + (f"; meant {near[0]}?" if near else ""))
                continue
            if type_name not in self._guarded:
                self._wrong((*path, index), f'fields of {type_name} are seen by all; add it to "guarded" to hide them')
        return frozenset(found)

    def _field_names(self, type_name: str) -> list[str]:
        return [f"{type_name}.{field}" for field in self._schema.types.get(type_name, ())]

    def _types(self, value: object) -> frozenset[str]:
        found = set()
        for index, name in self._items(value, ("guarded",), str, "names of types"):
            if name in self._schema.types:
                found.add(name)
            else:
                self._wrong(("guarded", index), f'no type "{name}" in the schema')
        return frozenset(found)

    def _prices(self, value: object, path: Path) -> PriceRights:
        if isinstance(value, str) and value in {_ALL, _OWN}:
            return PriceRights(own=value == _OWN, all=value == _ALL)
        ids: set[int] = set()
        own = False
        for index, one in self._items(value, path, (int, str), 'ids of pricelists, "own", or "all"'):
            if isinstance(one, int):
                ids.add(one)
            elif one == _OWN:
                own = True
            else:
                self._wrong((*path, index), f'{one!r} is neither the id of a pricelist nor "own"')
        return PriceRights(frozenset(ids), own=own)

    def _granted(self, table: Mapping[str, Any], path: Path) -> Granted:
        self._keys(table, path, _GRANTED)
        claims = self._table(table, (*path, "claims"))
        return Granted(
            groups=self._words(table.get("groups", []), (*path, "groups"), "ids or XML ids of groups"),
            partner_categories=self._words(
                table.get("partner_categories", []), (*path, "partner_categories"), "ids or names of partner categories"
            ),
            pricelists=frozenset(
                one for _, one in self._items(table.get("pricelists", []), (*path, "pricelists"), int, "pricelist ids")
            ),
            claims={
                name: frozenset(str(one) for one in self._words(values, (*path, "claims", name), "values of the claim"))
                for name, values in claims.items()
            },
            signed_in=self._flag(table, (*path, "signed_in")),
            everyone=self._flag(table, (*path, "everyone")),
        )

    def _words(self, value: object, path: Path, what: str) -> frozenset[int | str]:
        return frozenset(one for _, one in self._items(value, path, (int, str), what))

    # --- the shapes of TOML

    def _items(self, value: object, path: Path, kind: Any, what: str) -> list[tuple[int, Any]]:
        """The items of a list, with their indexes; those of another kind, empty or there twice are problems."""
        if not isinstance(value, list):
            self._wrong(path, f"expected a list of {what}")
            return []
        good = []
        for index, one in enumerate(value):
            if not isinstance(one, kind) or isinstance(one, bool) or one == "":
                self._wrong((*path, index), f"expected {what}")
            elif one in value[:index]:
                self._wrong((*path, index), f"{one!r} is there twice")
            else:
                good.append((index, one))
        return good

    def _table(self, parent: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._of_kind(parent, path, dict, "a table", dict)
        return found

    def _text(self, parent: Mapping[str, Any], path: Path) -> str:
        return str(self._of_kind(parent, path, str, "a text", str))

    def _flag(self, parent: Mapping[str, Any], path: Path) -> bool:
        return bool(self._of_kind(parent, path, bool, "true or false", bool))

    def _of_kind(self, parent: Mapping[str, Any], path: Path, kind: type, what: str, default: Callable[[], Any]) -> Any:
        name = path[-1]
        if name not in parent:
            return default()
        if isinstance(parent[str(name)], kind):
            return parent[str(name)]
        self._wrong(path, f"{name} is {what}")
        return default()

    def _keys(self, table: Mapping[str, Any], path: Path, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, 1)
                self._wrong((*path, key), f'"{key}" means nothing here' + (f"; meant {near[0]}?" if near else ""))

    def _names(self, roles: Mapping[str, Any]) -> None:
        """Two roles in other capitals are taken for a slip: tokens and directories often do not tell them apart."""
        seen: dict[str, str] = {}
        for name in roles:
            if not _NAME.fullmatch(name):
                self._wrong(("roles", name), f"{name!r} is no name of a role: letters, digits and . _ : -")
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                self._wrong(("roles", name), f"the roles {other} and {name} differ in capitals alone")

    def _wrong(self, path: Path, reason: str) -> None:
        self._problem(self._places.of(path), reason)

    def _problem(self, place: Place, reason: str) -> None:
        self.problems.append(Problem(place.line, place.column, reason))
