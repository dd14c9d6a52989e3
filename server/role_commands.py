"""``headless-odoo roles``: what a role file says, who has which role and why, and having it asked again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooError
from adapters.records.customers import Customer
from cache.customers import Customers
from cache.record_cache import RecordCache
from identity.facts import facts_of
from identity.filters import EVERYTHING, NOTHING, Filter, text_of
from identity.redis_sessions import RedisSessions
from identity.role_file import RoleFileError, open_roles, read_roles
from identity.roles import Definitions, Granted, PriceRights, Role, grants, reasons
from identity.sessions import Sessions, SessionsUnavailableError
from identity.visibility import SchemaFields
from resolvers.schema import build_schema
from server.app import open_adapter
from server.metrics import Metrics
from server.saying import refused, say
from server.settings import Settings
from server.stores import open_link, open_store


def check_roles(path: Path) -> int:
    """``roles check FILE``. Returns the exit code: 0 when the file is good, else 1, and why on standard error."""
    definitions = read_definitions(path)
    if definitions is None:
        return 1
    say(f"{path}: {len(definitions.roles)} roles: {', '.join(sorted(definitions.roles))}")
    return 0


def show_roles(path: Path | None) -> int:
    """``roles show [FILE]``. Returns the exit code."""
    definitions = read_definitions(path)
    if definitions is None:
        return 1
    if path is None:
        say("no role file: everybody sees everything, and their own prices")
    say(f"hidden unless a role shows them: fields of {', '.join(sorted(definitions.guarded)) or 'nothing'}")
    for role in definitions.roles.values():
        say("\n".join(["", *_described(role, definitions)]))
    return 0


async def explain_roles(settings: Settings, whom: str) -> int:
    """``roles explain WHOM``: the login, address or contact's id of a customer. Returns the exit code."""
    definitions = read_definitions(settings.roles_file)
    if definitions is None:
        return 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    adapter: OdooAdapter | None = None
    try:
        adapter = await open_adapter(settings, Metrics())()
        customer = await _customer(adapter, whom)
    except OdooError as error:
        return refused(f"Odoo: {error}")
    finally:
        if adapter is not None:
            await adapter.close()
    if customer is None:
        return refused(f"There is no customer {whom!r}.")
    say("\n".join(_explained(customer, definitions)))
    return 0


async def refresh_roles(settings: Settings) -> int:
    """``roles refresh``: roles, prices and names of all who are signed in are asked again at their next request."""
    opened = open_link(settings)
    if opened is None:
        return refused("HEADLESS_ODOO_REDIS_URL is not set: what one process knows, others cannot reach.")
    link, names = opened
    store = open_store(settings)
    try:
        # what Odoo said first: who is asked for after that must not be found as it was
        done = await Customers(RecordCache(store, _no_odoo)).renew()
        await Sessions(RedisSessions(link, names, seconds=2.0), store).renew_facts()
    except SessionsUnavailableError:
        done = False
    finally:
        await store.close()
        await link.close()
    if not done:
        return refused("Redis does not answer; nothing was refreshed.")
    say("everybody is asked for again at their next request")
    return 0


async def _no_odoo() -> OdooAdapter:
    raise NotImplementedError  # nothing is read


async def _customer(adapter: OdooAdapter, whom: str) -> Customer | None:
    if whom.isdecimal():
        return await adapter.customer(partner_id=int(whom))
    account = await adapter.find_account(whom)
    return None if account is None else await adapter.customer(user_id=account.user_id)


def read_definitions(path: Path | None) -> Definitions | None:
    """The roles of a file, or those without one; None when it is not good: why is told on standard error."""
    fields = SchemaFields.of(build_schema())
    try:
        return open_roles(fields) if path is None else read_roles(path, fields)
    except RoleFileError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201
    except OSError as error:
        refused(f"{path}: {error.strerror}")
    return None


def _described(role: Role, definitions: Definitions) -> Iterable[str]:
    yield f"{role.name}" + (f" ({role.title})" if role.title else "") + (", staff" if role.staff else "")
    yield f"  products: {_products(role.documents)}"
    yield f"  fields:   {_fields(role, definitions)}"
    yield f"  prices:   {_prices(role.prices)}"
    yield f"  granted:  {_granted(role.granted)}"


def _products(documents: Filter) -> str:
    if documents == EVERYTHING:
        return "all"
    return "none" if documents == NOTHING else text_of(documents)


def _fields(role: Role, definitions: Definitions) -> str:
    every = {f"{kind}.{name}" for kind in definitions.guarded for name in definitions.schema.types[kind]}
    return "all" if every and every <= role.fields else ", ".join(sorted(role.fields)) or "none"


def _prices(prices: PriceRights) -> str:
    if prices.all:
        return "of every pricelist"
    told = [*(["their own"] if prices.own else []), *(f"of pricelist {one}" for one in sorted(prices.ids))]
    return ", ".join(told) or "none"


def _granted(granted: Granted) -> str:
    told = [
        *(["everyone"] if granted.everyone else []),
        *(["every customer"] if granted.signed_in else []),
        *(f"group {one}" for one in sorted(granted.groups, key=str)),
        *(f"partner category {one}" for one in sorted(granted.partner_categories, key=str)),
        *(f"pricelist {one}" for one in sorted(granted.pricelists)),
        *(f"claim {name} {one}" for name, values in granted.claims.items() for one in sorted(values)),
    ]
    return ", ".join(told) or "to nobody"


def _explained(customer: Customer, definitions: Definitions) -> Iterable[str]:
    facts = facts_of(customer)
    yield f"{customer.name} (contact {customer.partner_id}, {customer.kind}{'' if customer.active else ', archived'})"
    yield f"  buys for:   {customer.commercial_name} ({customer.commercial_partner_id})"
    yield f"  pricelist:  {customer.pricelist_id or 'the website’s'}"
    yield f"  groups:     {', '.join(one.xml_id or one.name for one in customer.groups) or 'none'}"
    yield f"  categories: {', '.join(one.name for one in customer.categories) or 'none'}"
    held = grants(definitions, facts)
    for role in definitions.roles.values():
        why = reasons(role.granted, facts) or (["has no other role"] if role.name in held else [])
        yield f"  {'has' if role.name in held else 'has not'} {role.name}" + (f": {', '.join(why)}" if why else "")
    if any(role.granted.claims for role in definitions.roles.values()):
        yield "  (a token may grant more, by its claims)"
    yield f"  at {time.strftime('%Y-%m-%d %H:%M:%S')}"
