"""The account part of the schema in front of a double, with sessions that stand in memory."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, execute, parse, validate
from msgspec import structs

import identity
from adapters.base import OdooAdapter
from cache.record_cache import RecordCache
from cache.reference import Reference
from cache.solo import SoloStore
from identity.clients import throttled_as
from identity.facts import identity_of
from identity.identity import Identity, acting_for, guest_of
from identity.memory_tries import MemoryTries
from identity.policy import Policies
from identity.role_file import parse_roles
from identity.roles import Definitions
from identity.sessions import Session
from identity.throttle import REQUEST_LIMITS, Attempt, LoginThrottle
from identity.visibility import SchemaFields
from resolvers.checkout_contacts import CheckoutContacts
from resolvers.context import RequestContext, Services
from resolvers.errors import ForbiddenError, NotFoundError
from resolvers.execution import planned_executor
from resolvers.outcomes import Outcomes
from resolvers.prices import PriceTables
from resolvers.schema import build_schema
from resolvers.signing_in import Visit
from server.answers import told_all
from tests.adapters.customers import Shop, shop

ROLES = Path(identity.__file__).parent / "roles.example.toml"
ADDRESS = "198.51.100.7"


@cache
def schema() -> GraphQLSchema:
    return build_schema()


#: one for all, as an application has
executor = cache(planned_executor)


@cache
def definitions() -> Definitions:
    """The example's roles."""
    return parse_roles(ROLES.read_text(encoding="utf-8"), SchemaFields.of(schema()))


@dataclass
class Answer:
    """What was answered. ``data`` of a whole answer; ``errors`` as a client sees them."""

    whole: Any
    errors: list[dict[str, Any]]

    @property
    def data(self) -> Any:
        assert not self.errors, self.errors
        return self.whole

    @property
    def told(self) -> tuple[str, str]:
        """Code and message of the only error."""
        (error,) = self.errors
        return error["extensions"]["code"], error["message"]


@dataclass
class Standing:
    """A `resolvers.signing_in.SignIns` that keeps its sessions in memory, by their ids."""

    adapter: OdooAdapter
    throttle: LoginThrottle = field(default_factory=lambda: LoginThrottle(MemoryTries(), patience=0.0))
    requests: LoginThrottle = field(default_factory=lambda: LoginThrottle(MemoryTries(REQUEST_LIMITS), patience=0.0))
    sessions: dict[str, Session] = field(default_factory=dict)

    def attempt(self, context: Visit, account: str) -> AbstractAsyncContextManager[Attempt]:
        address = throttled_as(ip_address(context.client_address)) if context.client_address else None
        return self.throttle.attempt(account, address)

    async def begin(self, context: Visit, identity: Identity, *, issuer: str = "", sid: str = "") -> None:
        old = self.sessions.pop(context.session_id or "", None)
        new = secrets.token_urlsafe(32)
        values = {} if old is None else old.values
        self.sessions[new] = Session(new, identity, issuer, sid, 0.0, 0.0, 600.0, 0.0, 0.0, values)
        context.become(identity, self.sessions[new], new)

    async def session(self, context: Visit) -> Session:
        if context.session is None:
            await self.begin(context, guest_of(definitions()))
        assert context.session is not None
        return context.session

    async def keep(self, context: Visit, values: Mapping[str, str | None]) -> None:
        session = await self.session(context)
        kept = {name: value for name, value in {**session.values, **values}.items() if value is not None}
        self.sessions[session.digest] = context.session = replace(session, values=kept)

    async def count_contact(self, context: Visit) -> None:
        """As many as they like: how many there may be is told where sessions are the shop's own."""

    async def end(self, context: Visit) -> None:
        self.sessions.pop(context.session_id or "", None)
        await self.begin(context, guest_of(definitions()))

    async def end_all_of(self, context: Visit, partner_id: int, *, keep_own: bool) -> None:
        for session_id, session in list(self.sessions.items()):
            one = session.identity
            partners = {one.partner_id, one.acted_by.partner_id if one.acted_by else None}
            if partner_id in partners and not (keep_own and session_id == context.session_id):
                del self.sessions[session_id]

    async def facts(self, partner_id: int | None = None, user_id: int | None = None) -> Identity | None:
        customer = await self.adapter.customer(partner_id=partner_id, user_id=user_id)
        if customer is None or not customer.active or customer.kind in {"public", "contact"}:
            return None
        return identity_of(definitions(), customer, subject=f"odoo:{customer.user_id}")

    async def act_for(self, context: Visit, partner_id: int) -> Identity:
        if not context.identity.staff:
            raise ForbiddenError("This is for the shop's staff.")
        customer = await self.facts(partner_id=partner_id)
        if customer is None:
            raise NotFoundError("There is no such customer.")
        await self.begin(context, acting_for(context.identity, customer))
        return context.identity

    def access_token(self, context: Visit) -> tuple[str, float] | None:
        return None if context.identity.is_guest else (f"token of {context.identity.subject}", 300.0)


@dataclass
class Visitor:
    """A browser: it keeps the id of its session."""

    desk: Desk
    address: str = ADDRESS
    session_id: str | None = None

    async def ask(self, text: str, **variables: Any) -> Answer:
        """An operation, validated and executed as the server does it."""
        document = parse(text)
        assert validate(schema(), document) == []
        session = self.desk.signs.sessions.get(self.session_id or "")
        context = RequestContext(
            services=self.desk.services,
            identity=guest_of(definitions()) if session is None else session.identity,
            session=session,
            session_id=None if session is None else self.session_id,
            client_address=self.address,
            signing_in=self.desk.signs if self.desk.is_open else None,
            checkout=self.desk.checkout,
            kept=False,
        )
        running = execute(
            schema(), document, context_value=context, variable_values=variables, executor_class=executor()
        )
        result = running if isinstance(running, ExecutionResult) else await running
        if context.session_id is not None:
            self.session_id = context.session_id
        return Answer(result.data, told_all(result.errors or [], "request"))

    async def log_in(self, email: str, password: str) -> Visitor:
        await self.ask(LOGIN, email=email, password=password)
        assert self.identity is not None
        assert not self.identity.is_guest
        return self

    @property
    def identity(self) -> Identity | None:
        """Who they are by their session; None without one."""
        session = self.desk.signs.sessions.get(self.session_id or "")
        return None if session is None else session.identity

    def refreshed(self, **changes: Any) -> None:
        """Change what their session says of them."""
        session = self.desk.signs.sessions[self.session_id or ""]
        changed = structs.replace(session.identity, **changes)
        self.desk.signs.sessions[session.digest] = Session(
            session.digest, changed, session.issuer, session.sid, 0.0, 0.0, 600.0, 0.0, 0.0, {}
        )


@dataclass
class Desk:
    """The shop's account part. ``invalidated``: tags that were. ``is_open``: can anybody sign in at all?

    ``checkout``: whom carts are for, where that does not stand in sessions.
    """

    odoo: Shop
    services: Services
    signs: Standing
    invalidated: list[str]
    is_open: bool = True
    checkout: CheckoutContacts | None = None

    def visitor(self, address: str = ADDRESS) -> Visitor:
        return Visitor(self, address)


LOGIN = """
mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { user { id name email partner { id name isPublic email phone vat } } }
}
"""


@asynccontextmanager
async def desk(
    version: str, change: Callable[[Any], None] | None = None, *, kept_bytes: int = 0
) -> AsyncIterator[Desk]:
    """The account part in front of a double of its own.

    ``change``: of the double, before anything is read. ``kept_bytes``: of the records that are kept.
    """
    async with shop(version, change=change) as odoo:
        store = SoloStore(local_bytes=kept_bytes)
        invalidated: list[str] = []

        async def adapter() -> OdooAdapter:
            return odoo.adapter

        async def invalidate(tags: frozenset[str]) -> bool:
            invalidated.extend(sorted(tags))
            return await store.invalidate(tags)

        reference = Reference(adapter, store)
        services = Services(
            adapter=adapter,
            reference=reference,
            records=RecordCache(store, adapter),
            prices=PriceTables(),
            outcomes=Outcomes(),
            invalidate=invalidate,
            policies=Policies(definitions()),
        )
        try:
            yield Desk(odoo, services, Standing(odoo.adapter), invalidated)
        finally:
            await reference.close()
            await store.close()
