"""What is kept of payments that were begun for a cart: where the cart is, as durable as it is.

Under the partition's prefix (see `cart.lua`): ``y:<cart>`` (string).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

import msgspec

from adapters.records.payments import StartedPayment
from cache.scripts import Script
from cart.ids import partition_of_cart
from cart.lua import READING, WRITING
from cart.model import CartStruct
from cart.redis_server import RedisServer
from cart.store import CartStore

#: seconds for which payments that were begun can be gone on with, after the last
KEPT_SECONDS: Final = 86_400.0
#: of one cart: whoever begins more has left the first
MOST: Final = 16

READ: Final = Script(READING + "return redis.call('GET', P .. 'y:' .. ARGV[1])", keys=1)
# ARGV: rules, cart, what is kept, for how many milliseconds.
KEEP: Final = Script(WRITING + "redis.call('SET', P .. 'y:' .. id, ARGV[3], 'PX', ARGV[4]) return 1", keys=1)


class KeptPayment(CartStruct, frozen=True):
    """A payment of a cart, of all that its order costs, as it was begun.

    ``version``: of the cart. ``amount`` in ``currency`` (ISO 4217). ``mark``: our name of this beginning, in Odoo's
    transaction too. ``started``: None as long as Odoo has not answered: then nobody can make the payment.
    """

    cart: str
    version: int
    order_id: int
    provider_id: int
    provider_code: str
    method_id: int
    tokenize: bool
    amount: Decimal
    currency: str
    mark: str
    started: StartedPayment | None = None

    @property
    def reference(self) -> str | None:
        return None if self.started is None else self.started.reference


Begun = tuple[KeptPayment, ...]


def with_payment(begun: Begun, payment: KeptPayment) -> Begun:
    """The payments of a cart, the last begun at the end, with this one: anew, or as it is by now."""
    others = tuple(one for one in begun if one.mark != payment.mark)
    return (*others, payment)[-MOST:]


class PaymentStore(Protocol):
    """Payments that were begun, by cart. Raises `cart.store.CartsUnavailableError`."""

    async def read(self, cart_id: str) -> Begun:
        """What was begun for this cart, the last at the end; nothing for a day, or by another release: nothing."""
        ...

    async def keep(self, cart_id: str, begun: Begun) -> None:
        """In the place of what was kept. For whoever has the cart's lease: nobody else writes meanwhile."""
        ...


class MemoryPayments:
    """A `PaymentStore` in one process, for where there is no Redis. ``clock``: Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Begun]] = {}

    async def read(self, cart_id: str) -> Begun:
        until, begun = self._kept.get(cart_id, (0.0, ()))
        return begun if until > self._clock() else ()

    async def keep(self, cart_id: str, begun: Begun) -> None:
        now = self._clock()
        for gone in [one for one, (until, _) in self._kept.items() if until <= now]:
            del self._kept[gone]
        self._kept[cart_id] = (now + KEPT_SECONDS, begun)


class RedisPayments:
    """A `PaymentStore` beside carts in Redis or Valkey."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def read(self, cart_id: str) -> Begun:
        partition = partition_of_cart(cart_id)
        kept = None if partition is None else await self._server.read(READ, partition, cart_id)
        try:
            return () if not kept else _decoder.decode(kept)
        except msgspec.MsgspecError:
            return ()

    async def keep(self, cart_id: str, begun: Begun) -> None:
        partition, milliseconds = partition_of_cart(cart_id), round(KEPT_SECONDS * 1000)
        await self._server.write(KEEP, partition, cart_id, _encoder.encode(begun), milliseconds)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Begun)


def payments_beside(carts: CartStore) -> PaymentStore:
    """Where these carts are kept."""
    return RedisPayments(carts) if isinstance(carts, RedisServer) else MemoryPayments()
