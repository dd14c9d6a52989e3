"""Running the scripts of carts: where each cart lies, and how certain a change is before it is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from cache.names import Names
from cache.redis_link import Argument, AwayError, RedisLink
from cache.scripts import Script
from cart import change_scripts as scripts
from cart.durability import Durability, Fsync, check
from cart.ids import FIRST_ORDER_NUMBER, PARTITIONS, partition_of_cart
from cart.model import Cart
from cart.redis_reading import pack, read_cart
from cart.rules import MILLIONTHS, CartRules
from cart.store import CartClosedError, CartNotFoundError, CartsUnavailableError


class RedisServer:
    """Runs scripts, each in the slot of its cart. All methods raise `CartsUnavailableError` when that does not work.

    ``seconds``: how long Redis may take for one step, the wait for the disk not counted, which has ``fsync_seconds``.
    """

    def __init__(
        self,
        link: RedisLink,
        namespace: str,
        *,
        rules: CartRules | None = None,
        durability: Durability = "fsync",
        seconds: float = 0.5,
        fsync_seconds: float = 2.5,
    ) -> None:
        Names(namespace)  # is it one?
        self._namespace = namespace
        self._fsync_seconds = fsync_seconds
        self.rules = rules or CartRules()
        self._link = link
        self._durability: Durability = durability
        self._fsync = Fsync(durability, fsync_seconds)
        self._seconds = seconds
        self._due = [f"{{{namespace}:cart:{one:02}}}:due" for one in range(PARTITIONS)]
        self._rules = [_packed(self.rules, one, durable=self._fsync.needed) for one in range(PARTITIONS)]

    def with_rules(self, rules: CartRules) -> Self:
        """The same carts, by other rules."""
        return type(self)(
            self._link,
            self._namespace,
            rules=rules,
            durability=self._durability,
            seconds=self._seconds,
            fsync_seconds=self._fsync_seconds,
        )

    async def check(self) -> None:
        await check(self._link, self._durability, self._seconds)

    async def find(self, cart_id: str) -> Cart | None:
        partition = partition_of_cart(cart_id)
        if partition is None:
            return None
        (found,) = await self.read(scripts.FIND, partition, cart_id)
        return read_cart(found)

    async def find_many(self, cart_ids: Sequence[str]) -> dict[str, Cart]:
        by_partition: dict[int, list[str]] = {}
        for cart_id in dict.fromkeys(cart_ids):
            if (partition := partition_of_cart(cart_id)) is not None:
                by_partition.setdefault(partition, []).append(cart_id)
        answers = await self.read_all(scripts.FIND, by_partition)
        carts = [cart for answer in answers for found in answer if (cart := read_cart(found)) is not None]
        by_id = {cart.id: cart for cart in carts}
        return {cart_id: by_id[cart_id] for cart_id in cart_ids if cart_id in by_id}

    async def read(self, script: Script, partition: int, *arguments: Argument) -> Any:
        try:
            return await self._link.script(self._seconds, script, self._due[partition], *arguments)
        except AwayError as error:
            raise CartsUnavailableError("Redis is away") from error

    async def read_all(self, script: Script, arguments: Mapping[int, Sequence[Argument]]) -> list[Any]:
        """What a script that only reads says in several partitions."""
        calls = [(script, (self._due[partition], *rest)) for partition, rest in arguments.items()]
        try:
            return await self._link.scripts(self._seconds, calls)
        except AwayError as error:
            raise CartsUnavailableError("Redis is away") from error

    async def write(self, script: Script, partition: int | None, cart_id: str, *arguments: Argument) -> Any:
        """What a script that changes things says, when that is as certain as it is to be."""
        if partition is None:
            return None  # no cart has such an id
        every = (self._due[partition], self._rules[partition], cart_id, *arguments)
        try:
            if not self._fsync.needed:
                return await self._link.script(self._seconds, script, *every)
            seconds = self._seconds + self._fsync.seconds
            answer, synced = await self._link.script_then(seconds, self._fsync.command, script, *every)
        except AwayError as error:
            raise CartsUnavailableError("Redis is away") from error
        self._fsync.accept(synced)
        return answer

    async def change(self, script: Script, cart_id: str, *arguments: Argument) -> Any:
        """The same for one cart. Raises `CartNotFoundError`, `CartClosedError`."""
        answer = await self.write(script, partition_of_cart(cart_id), cart_id, *arguments)
        if not answer:
            raise CartNotFoundError(cart_id)
        if isinstance(answer, list) and answer[0] == b"NOT_OPEN":
            raise CartClosedError(told(answer[1]))
        return answer


def told(answer: Any) -> Cart:
    """A cart that is there."""
    cart = read_cart(answer)
    if cart is None:
        raise CartsUnavailableError("Redis told of no cart where there is one")
    return cart


def _packed(rules: CartRules, partition: int, *, durable: bool) -> bytes:
    limits = rules.limits
    return pack(
        {
            "durable": durable,
            "partition": partition,
            "partitions": PARTITIONS,
            "first_number": FIRST_ORDER_NUMBER,
            "lines": limits.lines,
            "quantity": limits.quantity * MILLIONTHS,
            "carts": limits.carts,
            "remember_most": max(rules.remember_most, limits.batch),
            **{
                name: round(seconds * 1000)
                for name, seconds in {
                    "remember": rules.remember_seconds,
                    "owed": rules.owed_seconds,
                    "delay": rules.delay,
                    "delay_most": rules.delay_most,
                    "guest": rules.guest,
                    "customer": rules.customer,
                    "closed": rules.closed,
                    "longest": rules.longest,
                }.items()
            },
        }
    )
