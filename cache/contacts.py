"""The contacts of buyers, kept for as long as customers are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from adapters.base import OdooAdapter
from adapters.records.contacts import Contact, ContactKind
from cache.customers import LIFE
from cache.dependencies import Dependencies
from cache.kinds import Kind, key_of
from cache.loading import Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket
from cache.tags import ALL_CUSTOMERS, customer_tag

_CONTACTS: Final = Kind[tuple[Contact, ...]]("contacts", tuple[Contact, ...], LIFE)


@dataclass(frozen=True)
class Family:
    """A buyer, their addresses and contact persons: all active contacts of one commercial partner, newest first.

    ``contacts`` is empty where there is no such buyer, or none that is active.
    """

    buyer_id: int
    contacts: Sequence[Contact] = ()

    @cached_property
    def _by_id(self) -> Mapping[int, Contact]:
        return {contact.id: contact for contact in self.contacts}

    @property
    def buyer(self) -> Contact | None:
        return self._by_id.get(self.buyer_id)

    def get(self, contact_id: int | None) -> Contact | None:
        """One of them; None for who is not of this buyer."""
        return None if contact_id is None else self._by_id.get(contact_id)

    def children(self, contact_id: int) -> Iterator[Contact]:
        """Those right below one of them, as Odoo lists them: by name."""
        found = (contact for contact in self.contacts if contact.parent_id == contact_id)
        return iter(sorted(found, key=lambda contact: (contact.name.casefold(), contact.id)))

    def first(self, kind: ContactKind, contact_id: int) -> Contact | None:
        """The first address of a kind: one's own, else the buyer's."""
        for owner_id in dict.fromkeys((contact_id, self.buyer_id)):
            for contact in self.children(owner_id):
                if contact.kind == kind:
                    return contact
        return None


class Contacts:
    """Families as one request reads them: each once, from the cache, else by one read of Odoo's contacts and users.

    While Odoo is away, what was known for up to a week stands in, and ``dependencies`` tell so. All methods raise
    OdooError when nothing is known.
    """

    def __init__(self, cache: RecordCache, dependencies: Dependencies) -> None:
        self._cache = cache
        self._dependencies = dependencies
        self._known: dict[tuple[int, int], Family] = {}

    async def family(self, buyer_id: int, company_id: int) -> Family:
        """``company_id``: the shop's company for which fiscal position, payment term and pricelist are told."""
        known = self._known.get((buyer_id, company_id))
        if known is None:
            known = self._known[buyer_id, company_id] = await self._read(buyer_id, company_id)
        return known

    async def family_now(self, buyer_id: int, company_id: int) -> Family:
        """As Odoo says right now: to be asked before something is changed."""
        adapter = await self._cache.adapter()
        return Family(buyer_id, await adapter.addresses(buyer_id, company_id=company_id, persons=True))

    def forget(self) -> None:
        """Something was changed: it is read anew."""
        self._known.clear()

    async def _read(self, buyer_id: int, company_id: int) -> Family:
        async def load(adapter: OdooAdapter, _: list[int], __: Ticket | None) -> Mapping[int, tuple[Contact, ...]]:
            found = await adapter.addresses(buyer_id, company_id=company_id, persons=True)
            return {buyer_id: tuple(found)} if found else {}

        def tags(_: int, found: tuple[Contact, ...] | None) -> Iterable[str]:
            return {ALL_CUSTOMERS, customer_tag(buyer_id), *(customer_tag(contact.id) for contact in found or ())}

        wanted = Wanted(_CONTACTS, {buyer_id: key_of(_CONTACTS, company_id, buyer_id)}, load, tags)
        # a reader of its own: one that goes on would hold what was read before a change
        found = await RecordReader(self._cache, self._dependencies).one(wanted)
        return Family(buyer_id, found or ())
