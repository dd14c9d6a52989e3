"""A shop whose carts are brought to an Odoo double, step by step or by workers, and what stands in Odoo then."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from adapters.errors import OdooError
from adapters.records.orders import Order
from cart.model import Cart, Owner, Transaction
from cart.rules import CartRules
from cart.store import CartStore
from cart.sync_cart import CartSyncing, Held, Outcome
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules
from cart.worker import CartWorker
from demo.double import Double
from demo.wholesale import generate
from resolvers.cart_owners import OwnersPrices
from resolvers.context import Services, website_of
from tests.cart.places import add
from tests.support.processes import Clock, Process, fresh_namespace, process
from tests.support.waiting import until

VERSIONS = ("10.0", "14.0", "19.0")
AT_ONCE = CartRules(delay=0.0, delay_most=0.0)
#: quick, so that tests are
RULES = SyncRules(
    idle=0.02, first_retry=0.05, longest_retry=0.2, away_first=0.05, away_longest=0.2, ping=2.0, tries=4, grace=5.0
)
ORDER, LINE = "sale.order", "sale.order.line"
#: how orders are made and changed
WRITES = frozenset({"load", "write", "web_save"})

Call = Callable[[], Awaitable[Any]]
Tamper = Callable[[Call, str, str], Awaitable[Any]]


@dataclass
class Desk:
    """``variants``: for sale. ``partner``: a customer's contact. ``differences``: of lines, as workers told."""

    process: Process
    services: Services
    rules: SyncRules
    variants: list[int]
    partner: int
    website: int
    differences: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def double(self) -> Double:
        return self.process.double

    @property
    def carts(self) -> CartStore:
        return self.services.carts

    def syncing(self, rules: SyncRules | None = None, **parts: Any) -> CartSyncing:
        """As each worker has one."""
        wanted = rules or self.rules
        values: dict[str, Any] = {
            "carts": self.carts,
            "adapter": self.services.adapter,
            "prices": OwnersPrices(self.services),
            "requests": self.services.placer,
            "gate": OdooGate(self.services.adapter, wanted),
            "rules": wanted,
            "on_difference": self.differences.append,
        }
        return CartSyncing(**{**values, **parts})

    def worker(self, rules: SyncRules | None = None, **parts: Any) -> CartWorker:
        def count(outcome: Outcome, _: float) -> None:
            self.outcomes[outcome] += 1

        return CartWorker(parts.get("carts", self.carts), self.syncing(rules, **parts), on_outcome=count)

    @asynccontextmanager
    async def working(self, workers: int = 1, rules: SyncRules | None = None) -> AsyncIterator[None]:
        """While some workers run."""
        started = [self.worker(rules) for _ in range(workers)]
        for worker in started:
            worker.start()
        try:
            yield
        finally:
            for worker in started:
                await worker.close()

    async def is_due(self, cart: Cart) -> bool:
        return cart.id in await self.carts.due(1000)

    async def settled(self) -> None:
        """Until nothing is due or on its way."""

        async def done() -> bool:
            counts = await self.carts.counts()
            return not counts.due + counts.waiting

        await until(done)

    async def bring(self, cart: Cart, **parts: Any) -> Outcome:
        """Bring one cart to Odoo, due or not."""
        return await self.syncing(**parts).bring(Held(cart.id), only_due=False)

    async def filled(self, *transactions: Transaction, owner: Owner | None = None) -> Cart:
        """A cart of the customer (or of ``owner``), with two products if nothing else is said."""
        cart = await self.carts.create(owner or self.customer())
        return await self.change(cart, *(transactions or (add(self.variants[0], 2), add(self.variants[1]))))

    async def change(self, cart: Cart, *transactions: Transaction) -> Cart:
        applied = await self.carts.apply(cart.id, transactions)
        assert all(one.status == "APPLIED" for one in applied.results), applied.results
        return applied.cart

    async def now(self, cart: Cart) -> Cart:
        found = await self.carts.find(cart.id)
        assert found is not None
        return found

    def customer(self, login: str = "vet1@customer.example") -> Owner:
        return Owner(kind="customer", key=str(partner_of(self.double, login)), website_id=self.website)

    def guest(self) -> Owner:
        return Owner(kind="guest", key=uuid4().hex, website_id=self.website)

    # -- in Odoo --------------------------------------------------------------------------------------------------

    async def order(self, cart: Cart) -> Order | None:
        """The order of a cart as Odoo has it, whatever is remembered of it."""
        adapter = await self.services.adapter()
        return (await adapter.cart_orders([cart.id])).get(cart.id)

    async def quantities(self, cart: Cart) -> dict[tuple[int, int], Decimal]:
        """(line's number, variant) -> quantity, in Odoo."""
        order = await self.order(cart)
        assert order is not None
        return quantities(order)

    def rows(self, cart: Cart, *states: str) -> list[Mapping[str, Any]]:
        """All orders in Odoo that bear a cart's UUID."""
        table = self.double.db.table(ORDER)
        found = [table.get(one) for one in table.find("origin", [cart.id])]
        return [row for row in found if row is not None and (not states or row["state"] in states)]

    async def as_people(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        """As people of the shop do in Odoo."""
        return await self.process.wire.call(model, method, *arguments, **named)

    @contextmanager
    def calls(self) -> Iterator[list[tuple[str, str]]]:
        """(model, method) of what is asked of Odoo inside."""
        wire: Any = self.process.wire
        call, made = wire.call, []

        async def counted(model: str, method: str, *arguments: Any, **named: Any) -> Any:
            made.append((model, method))
            return await call(model, method, *arguments, **named)

        wire.call = counted
        try:
            yield made
        finally:
            del wire.call

    @contextmanager
    def tampered(self, tamper: Tamper) -> Iterator[None]:
        """While calls to Odoo are made by ``tamper(call, model, method)``, where ``await call()`` makes one."""
        wire: Any = self.process.wire
        made = wire.call

        async def tampered(model: str, method: str, *arguments: Any, **named: Any) -> Any:
            return await tamper(lambda: made(model, method, *arguments, **named), model, method)

        wire.call = tampered
        try:
            yield
        finally:
            wire.call = made

    def failing(self, error: OdooError, *, times: int = 1_000_000, after: bool = False) -> Any:
        """While so many writes to orders end with an error; ``after``: they were made all the same."""
        left = [times]

        async def fail(call: Call, model: str, method: str) -> Any:
            if model != ORDER or method not in WRITES or left[0] <= 0:
                return await call()
            left[0] -= 1
            if after:
                await call()
            raise error

        return self.tampered(fail)


def quantities(order: Order) -> dict[tuple[int, int], Decimal]:
    return {(line.number or 0, line.variant_id or 0): line.quantity for line in order.lines if line.kind == "product"}


def wanted(cart: Cart) -> dict[tuple[int, int], Decimal]:
    """What is to stand in Odoo."""
    return {(line.number, line.variant_id): line.quantity for line in cart.lines}


def partner_of(double: Double, login: str) -> int:
    users = double.db.table("res.users")
    row = users.get(next(iter(users.find("login", [login]))))
    assert row is not None
    return int(row["partner_id"])


def random_transactions(variants: list[int], lines: int, rng: random.Random) -> list[Transaction]:
    chosen = rng.sample(variants, min(lines, len(variants)))
    return [add(one, rng.choice((1, 1, 2, 3, 5, 10, 12, 25, 60))) for one in chosen]


@asynccontextmanager
async def desk(
    version: str,
    redis_url: str | None = None,
    *,
    namespace: str | None = None,
    products: int = 30,
    rules: SyncRules = RULES,
    **settings: Any,
) -> AsyncIterator[Desk]:
    """Over a double of its own. Without ``redis_url`` carts and records are kept in the process."""
    double = Double(generate(version, products=products, pricelists=12))
    values = {"local_cache_bytes": 32_000_000, "cart_durability": "memory", **settings}
    clock = Clock(datetime.now(UTC))
    async with process(double, redis_url, namespace or fresh_namespace(), clock=clock, **values) as started:
        kept: Services = started.app.state.services
        carts: Any = kept.carts
        carts = carts.with_rules(AT_ONCE) if redis_url else type(carts)(AT_ONCE)
        services = replace(kept, carts=carts)
        sold = await started.ask(
            "{ products(pageSize: 100, sort: { id: ASC }) { products { productVariants { id } } } }"
        )
        variants = [one["id"] for product in sold["products"]["products"] for one in product["productVariants"] or ()]
        website = website_of(await services.reference.shop(), None).id
        yield Desk(started, services, rules, variants, partner_of(double, "vet1@customer.example"), website)
