"""Orders to place: carts over a double, prices that are given, and a process that can die at any step."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from adapters.records.orders import PushedLine
from cart.memory_carts import MemoryCarts
from cart.model import Cart
from cart.placement import Placement, Wish
from cart.placing import Outcome, Placer, PlacingRules
from cart.pushing import Buyer, LinePrice, PricedCart
from cart.store import CartStore
from tests.adapters.orders import ORDER, Till, till
from tests.cart.places import add, customer

UNIT = Decimal("5.5")


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class DiedError(BaseException):
    """The process is dead: nothing that it would do is done."""


@dataclass
class Life:
    """Of a process. ``after``: it dies with the step of that number; ``before``: that step itself is not done."""

    after: int | None = None
    before: bool = False
    steps: list[str] = field(default_factory=list)
    dead: bool = False

    def of(self, one: Any) -> Any:
        """The same, for as long as the process lives."""
        return _Mortal(self, one)


class _Mortal:
    def __init__(self, life: Life, one: Any) -> None:
        self._life = life
        self._one = one

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._one, name)
        life = self._life

        async def step(*args: Any, **more: Any) -> Any:
            if life.dead:
                raise DiedError
            life.steps.append(name)
            last = len(life.steps) == life.after
            if last and life.before:
                life.dead = True
                raise DiedError
            answer = await method(*args, **more)
            if last or life.dead:
                life.dead = True
                raise DiedError
            return answer

        return step


@dataclass
class GivenPrices:
    """What lines cost; ``live``: otherwise by now, by variant. ``free``: of variants; ``gone``: not for sale."""

    till: Till
    partner: int | None
    live: dict[int, Decimal] = field(default_factory=dict)
    free: dict[int, Decimal] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    asked: int = 0

    async def priced(self, cart: Cart, *, live: bool = False) -> PricedCart:
        self.asked += live
        lines = {line.number: self._line(line.number, line.variant_id, line.quantity, live) for line in cart.lines}
        total = sum((line.price_total for line in lines.values()), Decimal(0))
        return PricedCart(Buyer(self.partner, self.partner), "EUR", lines, total)

    def _line(self, number: int, variant_id: int, quantity: Decimal, live: bool) -> LinePrice:
        if live and variant_id in self.gone:
            nothing = Decimal(0)
            return LinePrice(number, 0, nothing, nothing, nothing, nothing, problem="GONE")
        unit = self.live.get(variant_id, UNIT) if live else UNIT
        total = unit * quantity
        free = self.free.get(variant_id) if live else None
        return LinePrice(number, self.till.uoms[variant_id], unit, Decimal(0), total, total, free)


class OdoosPrices(GivenPrices):
    """What Odoo itself makes of the lines, in an order of its own: nothing is ever otherwise."""

    def __init__(self, opened: Till, partner: int | None) -> None:
        super().__init__(opened, partner)
        self._totals: dict[tuple[Any, ...], dict[int, Decimal]] = {}

    async def priced(self, cart: Cart, *, live: bool = False) -> PricedCart:
        given = await super().priced(cart, live=live)
        totals = await self._of_odoo(cart)
        lines = {
            number: line if line.problem else replace(line, price_subtotal=totals[number], price_total=totals[number])
            for number, line in given.lines.items()
        }
        return replace(given, lines=lines, amount_total=sum((one.price_total for one in lines.values()), Decimal(0)))

    async def _of_odoo(self, cart: Cart) -> dict[int, Decimal]:
        asked = tuple((line.number, line.variant_id, line.quantity) for line in cart.lines)
        if asked not in self._totals:
            lines = [
                PushedLine(
                    number=number,
                    variant_id=variant_id,
                    quantity=quantity,
                    uom_id=self.till.uoms[variant_id],
                    price_unit=UNIT,
                )
                for number, variant_id, quantity in asked
            ]
            order = await self.till.adapter.push_cart(self.till.cart(*lines))
            self._totals[asked] = {line.number: line.price_total for line in order.lines if line.number is not None}
        return self._totals[asked]


@dataclass
class Counter:
    """Where orders are placed: carts and their clock, and Odoo."""

    till: Till
    carts: CartStore
    clock: Clock
    prices: GivenPrices

    async def filled(self, *quantities: str) -> Cart:
        """A cart with so many of each of the first products."""
        cart = await self.carts.current(customer(), create=True)
        assert cart is not None
        changes = [add(variant, quantity) for variant, quantity in zip(self.till.variants, quantities, strict=False)]
        filled = (await self.carts.apply(cart.id, changes)).cart
        await self.prices.priced(filled)  # while Odoo is as it was
        return filled

    def placer(self, life: Life | None = None, **rules: Any) -> Placer:
        """As another process has it."""
        alive = life or Life()
        adapter = alive.of(self.till.adapter)

        async def provider() -> Any:
            return adapter

        return Placer(alive.of(self.carts), provider, PlacingRules(**rules), clock=self.clock)

    async def place(self, cart: Cart, key: str | None = None, **more: Any) -> Outcome:
        return await self.placer().place(cart.id, Wish(**more), self.prices, key=key, version=cart.version)

    async def orders(self, cart: Cart) -> list[dict[str, Any]]:
        """What Odoo has of the cart."""
        args = {"domain": [["origin", "=", cart.id]], "fields": ["state", "name", "amount_total", "order_line"]}
        return list(await self.till.raw(ORDER, "search_read", args=args))

    async def ordered(self, cart: Cart) -> dict[int, Decimal]:
        """Quantities of the one order of the cart, by product."""
        (order,) = await self.orders(cart)
        rows = await self.till.lines(order["id"])
        return {row["product_id"][0]: Decimal(str(row["product_uom_qty"])) for row in rows}


def wanted(cart: Cart) -> dict[int, Decimal]:
    return {line.variant_id: line.quantity for line in cart.lines}


def placed(outcome: Outcome) -> Placement:
    """Of an outcome without changes."""
    assert outcome.placement is not None, outcome.changes
    return outcome.placement


def key() -> str:
    return uuid.uuid4().hex


@asynccontextmanager
async def counter(version: str, prices: Callable[[Till], GivenPrices] | None = None) -> AsyncIterator[Counter]:
    """A counter over a double; by default with the prices that Odoo itself makes."""
    async with till(version) as opened:
        clock = Clock()
        made = prices(opened) if prices is not None else OdoosPrices(opened, opened.partner)
        yield Counter(opened, MemoryCarts(clock=clock), clock, made)
