"""Bringing the engine's security to what it has to be: only what differs is written, and only what was made here."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from search.engine import Engine, EngineRefusedError, translated
from search.security import Wanted, begin, mapping_body, mark, role_body

#: as the plugin answers it: all roles, or all mappings, by name
Stored: TypeAlias = Mapping[str, Mapping[str, Any]]
Operation: TypeAlias = dict[str, Any]

_ROLES: Final = "/_plugins/_security/api/roles"
_MAPPINGS: Final = "/_plugins/_security/api/rolesmapping"
_RIGHTS: Final = (
    "the user may not change the engine's security: give it the role security_rest_api_access,"
    " or the permissions restapi:admin/roles and restapi:admin/rolesmapping"
)
_NO_RIGHTS: Final = frozenset({401, 403})
_NO_PLUGIN: Final = frozenset({400, 404, 405})
_CONFLICT: Final = 409
#: changes in one request: a mapping takes the plugin a quarter of a second, and meanwhile somebody else may change one
_AT_ONCE: Final = 25
_TRIES: Final = 6
_PAUSE: Final = 0.5
#: for one request: the plugin reads its whole configuration anew
_SECONDS: Final = 120
_PARTS: Final[Mapping[str, str]] = {
    "index_patterns": "indexes",
    "dls": "documents",
    "fls": "fields",
    "allowed_actions": "actions",
    "masked_fields": "masked fields",
}


class SecurityError(Exception):
    """The engine's security could not be read or changed, and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a role, for people. ``what``: the parts of it that are others."""

    action: Literal["add", "change", "remove"]
    name: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written. ``wider``: what the engine would show then and the shop does not."""

    changes: tuple[Change, ...]
    wider: tuple[str, ...]
    kept: int
    _unmap: list[Operation] = field(repr=False)
    _roles: list[Operation] = field(repr=False)
    _map: list[Operation] = field(repr=False)

    def steps(self) -> Iterator[tuple[str, list[Operation]]]:
        """Where, and what is written at once. In this order nobody ever sees more than before or after."""
        for path, operations in ((_MAPPINGS, self._unmap), (_ROLES, self._roles), (_MAPPINGS, self._map)):
            for start in range(0, len(operations), _AT_ONCE):
                yield path, operations[start : start + _AT_ONCE]


@dataclass(frozen=True, slots=True)
class Security:
    """The security plugin of an engine. All methods raise SecurityError, EngineUnavailableError."""

    engine: Engine
    prefix: str

    async def plan(self, wanted: Wanted) -> Plan:
        """What differs from what is wanted. Nothing is written."""
        roles, mappings = await self._read(_ROLES), await self._read(_MAPPINGS)
        return planned(wanted, roles, mappings, self.prefix)

    async def apply(self, plan: Plan) -> None:
        """Write it. Broken off, what is left is found by the next plan."""
        for path, operations in plan.steps():
            await self._patch(path, operations)

    async def _patch(self, path: str, operations: Sequence[Operation]) -> None:
        """All of them or none; again, while somebody else changes the same kind of things."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with translated():
                    await self._request("PATCH", path, list(operations))
            except EngineRefusedError as error:
                if error.status != _CONFLICT or attempt == _TRIES:
                    raise SecurityError(_explained(error)) from error
            else:
                return
            await asyncio.sleep(_PAUSE * attempt * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, no secret

    async def _read(self, path: str) -> Stored:
        try:
            async with translated():
                found: Stored = await self._request("GET", path)
                return found
        except EngineRefusedError as error:
            raise SecurityError(_explained(error)) from error

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        params = {"request_timeout": _SECONDS}
        return await self.engine.client.transport.perform_request(method, path, params=params, body=body)


def _explained(error: EngineRefusedError) -> str:
    if error.status in _NO_RIGHTS:
        return _RIGHTS
    if error.status in _NO_PLUGIN:
        return f"the engine seems to have no security plugin, or another one ({error})"
    if error.status == _CONFLICT:
        return "somebody else changed the engine's security at the same time; try again"
    return str(error)


# -- comparing ------------------------------------------------------------------------------------------------


def planned(wanted: Wanted, roles: Stored, mappings: Stored, prefix: str) -> Plan:
    """What leads from what is there to what is wanted. Raises SecurityError where others' roles are in the way."""
    ours = {name for name in (*roles, *mappings) if name.startswith(begin(prefix))}
    strange = sorted(name for name in ours if not _made_here(name, roles, mappings, prefix))
    if strange:
        raise SecurityError(f"not made here, but in the way; rename or delete it first: {', '.join(strange)}")
    by_name = {role.name: role for role in wanted.roles}
    changes: list[Change] = []
    unmap: list[Operation] = []
    written: list[Operation] = []
    mapped: list[Operation] = []
    for name in sorted(ours - by_name.keys()):
        changes.append(Change("remove", name))
        unmap += [_operation("remove", name)] if name in mappings else []
        written += [_operation("remove", name)] if name in roles else []
    for name, role in sorted(by_name.items()):
        body, mapping = role_body(role, prefix), mapping_body(role, prefix)
        what = [*_differing(body, roles.get(name)), *_differing_mapping(mapping, mappings.get(name))]
        if not what:
            continue
        changes.append(Change("change", name, tuple(what)) if name in roles else Change("add", name))
        if what != ["who has it"]:
            written.append(_operation("add", name, body))
        if "who has it" in what:
            unmap += [_operation("remove", name)] if name in mappings else []
            mapped.append(_operation("add", name, mapping))
    foreign = tuple(_foreign(wanted, roles, mappings, ours))
    return Plan(
        changes=tuple(changes),
        wider=(*wanted.wider, *foreign),
        kept=len(by_name) - sum(one.action != "remove" for one in changes),
        _unmap=unmap,
        _roles=written,
        _map=mapped,
    )


def _made_here(name: str, roles: Stored, mappings: Stored, prefix: str) -> bool:
    there = [stored[name] for stored in (roles, mappings) if name in stored]
    return all(one.get("description") == mark(prefix) for one in there)


def _differing(body: Mapping[str, Any], stored: Mapping[str, Any] | None) -> list[str]:
    if stored is None:
        return ["all"]
    grants = stored.get("index_permissions") or []
    others = [_plain(stored.get(key)) == _plain(body[key]) for key in ("cluster_permissions", "tenant_permissions")]
    if len(grants) != 1 or not all(others):
        return ["permissions"]
    (grant,), (there,) = body["index_permissions"], grants
    return [called for key, called in _PARTS.items() if _plain(grant[key]) != _plain(there.get(key))]


def _differing_mapping(body: Mapping[str, Any], stored: Mapping[str, Any] | None) -> list[str]:
    keys = ("backend_roles", "and_backend_roles", "hosts", "users")
    same = stored is not None and all(_plain(body[key]) == _plain(stored.get(key)) for key in keys)
    return [] if same else ["who has it"]


def _plain(value: Any) -> Any:
    """The order in lists says nothing."""
    return value if isinstance(value, str) else sorted(value or [])


def _operation(action: str, name: str, value: Mapping[str, Any] | None = None) -> Operation:
    """Of RFC 6902."""
    path = f"/{name.replace('~', '~0').replace('/', '~1')}"
    return {"op": action, "path": path} | ({} if value is None else {"value": dict(value)})


# -- roles of others ------------------------------------------------------------------------------------------


def _foreign(wanted: Wanted, roles: Stored, mappings: Stored, ours: set[str]) -> Iterator[str]:
    """Roles of others that whoever has ours has too, and that reach the same indexes: the engine shows the union."""
    for name, role in sorted(roles.items()):
        if name in ours or not any(_reaches(one, wanted.aliases) for one in role.get("index_permissions") or []):
            continue
        if any(_means(mappings.get(name, {}), wanted.backend_roles)):
            yield f"the engine's own role {name} is had by the same people and reaches the same indexes"


def _reaches(grant: Mapping[str, Any], aliases: Iterable[str]) -> bool:
    patterns = [_pattern(one) for one in grant.get("index_patterns") or []]
    # an alias is reached by its own name, and by that of an index behind it
    names = [name for alias in aliases for name in (alias, f"{alias}-20000101000000")]
    return any(pattern.fullmatch(name) for pattern in patterns for name in names)


def _means(mapping: Mapping[str, Any], backend_roles: Iterable[str]) -> Iterator[bool]:
    for key in ("users", "hosts"):
        yield any(one.strip("*") == "" for one in mapping.get(key) or [])
    for one in mapping.get("backend_roles") or []:
        yield any(_pattern(one).fullmatch(role) for role in backend_roles)
    every: Sequence[str] = mapping.get("and_backend_roles") or []
    yield bool(every) and all(any(_pattern(one).fullmatch(role) for role in backend_roles) for one in every)


def _pattern(text: str) -> re.Pattern[str]:
    """As the plugin reads it: ``*``, ``?``, or ``/…/`` for a regular expression."""
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        try:
            return re.compile(text[1:-1])
        except re.error:
            return re.compile(".*")  # its language is Java's: better told once too often
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in text))
