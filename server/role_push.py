"""``headless-odoo roles push``: the roles of the role file in the security plugin of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.errors import OdooError
from cache.tables import ShopTables, load_labels, load_shop
from identity.filter_words import Vocabulary
from identity.issuers import issuers_from
from identity.roles import Definitions
from search.engine import EngineError
from search.reading import languages
from search.security import Called, UnspeakableError, Wanted, wanted_security
from search.security_grants import TooManyGrantsError
from search.security_push import Change, Plan, Security, SecurityError
from server.index_commands import DIFFERS, FINE, Parts, open_parts
from server.role_commands import read_definitions
from server.saying import FAILED, refused, say
from server.settings import Settings

#: lines of a plan that are printed
_MOST_LINES: Final = 60
_SIGNS: Final = {"add": "+", "change": "~", "remove": "-"}


@dataclass(frozen=True, slots=True)
class PushOptions:
    """``look_only``: write nothing. ``roles_claim``: from which claim of tokens the engine takes backend roles.

    ``every``: seconds between two looks; 0: one look and no more.
    """

    look_only: bool = False
    accept_wider: bool = False
    roles_claim: str = "roles"
    every: float = 0


async def push_roles(settings: Settings, options: PushOptions) -> int:
    """Returns the exit code: `DIFFERS` where nothing was to be written and the engine differs."""
    while True:
        code = await _look(settings, options)
        if not options.every:
            return code
        await asyncio.sleep(options.every)  # also after a failure: the next look finds it all


async def _look(settings: Settings, options: PushOptions) -> int:
    definitions = read_definitions(settings.roles_file)
    if definitions is None:
        return FAILED
    try:
        async with open_parts(settings) as parts:
            wanted = await _wanted(settings, options, definitions, parts)
            security = Security(parts.indexes.engine, settings.opensearch_prefix)
            plan = await security.plan(wanted)
            _print_plan(plan)
            if options.look_only:
                return DIFFERS if plan.changes or (plan.wider and not options.accept_wider) else FINE
            if plan.wider and not options.accept_wider:
                return refused("nothing was written, as the engine would show more than the shop (--accept-wider)")
            await security.apply(plan)
            say(f"{len(plan.changes)} written, {plan.kept} as they were")
            return FINE
    except OdooError as error:
        return refused(f"Odoo: {error}")
    except EngineError as error:
        return refused(f"OpenSearch: {error}")
    except (SecurityError, UnspeakableError, TooManyGrantsError, LookupError, OSError, ValueError) as error:
        return refused(str(error))


async def _wanted(settings: Settings, options: PushOptions, definitions: Definitions, parts: Parts) -> Wanted:
    adapter = parts.catalogue.adapter
    tables = await load_shop(adapter)
    langs = languages(tables)
    labels = await load_labels(adapter, definitions.language or _default_language(tables, langs[0]))
    words = Vocabulary.of(labels, tables.category_parents)
    called = Called(settings.opensearch_prefix, names_in_tokens(settings, definitions, options.roles_claim))
    return wanted_security(definitions, words, tables, langs, called)


def _default_language(tables: ShopTables, first: str) -> str:
    return tables.websites[0].default_language if tables.websites else first


def names_in_tokens(settings: Settings, definitions: Definitions, roles_claim: str) -> Mapping[str, tuple[str, ...]]:
    """How the tokens of customers name each role in the claim that the engine reads. Raises ValueError.

    By the values of that claim that the role is granted by; and, where all tokens are the shop's own, by its name. Of
    other issuers the name alone is nobody's word that the role is granted.
    """
    try:
        only_ours = settings.issuers is None or not issuers_from(settings.issuers.get_secret_value())
    except ValueError as error:
        raise ValueError(f"HEADLESS_ODOO_ISSUERS: {error}") from None
    return {
        name: (*((name,) if only_ours else ()), *sorted(role.granted.claims.get(roles_claim, ())))
        for name, role in definitions.roles.items()
    }


def _print_plan(plan: Plan) -> None:
    lines = [_line(change) for change in plan.changes]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"… and {len(lines) - _MOST_LINES} more"]
    for line in [*lines, *(f"wider: {one}" for one in plan.wider)]:
        say(line)
    if not plan.changes:
        say("the engine is as the role file has it")


def _line(change: Change) -> str:
    return f"{_SIGNS[change.action]} {change.name}" + (f": {', '.join(change.what)}" if change.what else "")
