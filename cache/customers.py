"""What Odoo says of customers, kept for as long as their roles and prices may lag behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from adapters.base import OdooAdapter
from adapters.errors import OdooRejectedError
from adapters.records.customers import Customer
from cache.dependencies import Dependencies
from cache.kinds import Kind, Life, key_of
from cache.loading import Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket
from cache.tags import ALL_CUSTOMERS, customer_tag

#: fresh for less than a minute: within one, what changed in Odoo without a trace is in force
LIFE: Final = Life(45.0, 7 * 86_400.0)


class KnownCustomer(Struct, frozen=True, array_like=True):
    """``read``: when it was begun to ask Odoo (Unix seconds). ``shut``: there is an account, and it was closed."""

    read: float
    customer: Customer | None = None
    shut: bool = False


_CUSTOMER: Final = Kind[KnownCustomer]("customer", KnownCustomer, LIFE)


class Customers:
    """Customers by contact or address: at most one round trip to Redis, and Odoo is asked once in a while.

    While Odoo is away, what was known for up to a week stands in. All methods raise OdooError when nothing is known.
    """

    def __init__(self, cache: RecordCache) -> None:
        self._cache = cache

    async def of_partner(self, partner_id: int) -> KnownCustomer | None:
        """None: there is no such contact. An archived one is told as such."""

        async def load(adapter: OdooAdapter, _: list[int], __: Ticket | None) -> Mapping[int, KnownCustomer]:
            read = self._cache.clock()
            found = await adapter.customer(partner_id=partner_id)
            return {} if found is None else {partner_id: KnownCustomer(read, found)}

        def tags(_: int, known: KnownCustomer | None) -> Iterable[str]:
            return {customer_tag(partner_id), *_tags(known)}

        return await self._reader().one(Wanted(_CUSTOMER, {partner_id: key_of(_CUSTOMER, partner_id)}, load, tags))

    async def of_email(self, email: str) -> KnownCustomer | None:
        """The customer whose account an address means; None: there is none. It has to be known to be theirs."""
        address = email.strip().casefold()

        async def load(adapter: OdooAdapter, _: list[str], __: Ticket | None) -> Mapping[str, KnownCustomer]:
            read = self._cache.clock()
            try:
                account = await adapter.find_account(address)
            except OdooRejectedError:
                return {address: KnownCustomer(read, shut=True)}
            if account is None:
                return {}
            return {address: KnownCustomer(read, await adapter.customer(user_id=account.user_id))}

        def tags(_: str, known: KnownCustomer | None) -> Iterable[str]:
            return _tags(known)

        keys = {address: key_of(_CUSTOMER, "email", address)}
        return await self._reader().one(Wanted(_CUSTOMER, keys, load, tags))

    async def renew(self) -> bool:
        """Have all customers read anew, in every process. False while Redis is away."""
        return await self._cache.store.invalidate({ALL_CUSTOMERS})

    def _reader(self) -> RecordReader:
        return RecordReader(self._cache, Dependencies())


def _tags(known: KnownCustomer | None) -> set[str]:
    customer = known.customer if known is not None else None
    if customer is None:
        return {ALL_CUSTOMERS}
    return {ALL_CUSTOMERS, customer_tag(customer.partner_id), customer_tag(customer.commercial_partner_id)}
