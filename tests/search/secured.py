"""A shop whose roles are in the engine's security too, and who asks the engine by them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from opensearchpy import AsyncOpenSearch

from adapters.records import Product
from cache.tables import ShopTables, load_labels, load_shop
from identity.filter_words import Vocabulary
from identity.policy import EffectivePolicy, compiled
from identity.role_file import parse_roles, read_roles
from identity.roles import Definitions
from identity.visibility import SchemaFields
from resolvers.schema import build_schema
from search.engine import Operation
from search.fields import source_fields
from search.security import SCOPE_FIELDS, Called, Wanted, wanted_security
from search.security_grants import own_prices
from search.security_push import Plan, Security
from tests.search.shop import LANGS, IndexedShop
from tests.support.issuer import Key, key_of, sign
from tests.support.opensearch import Space

PROFILES: Final = Path(__file__).parent / "profiles.toml"
SCHEMA: Final = SchemaFields.of(build_schema())
#: (path, value) of each value of a document
Leaves = frozenset[tuple[str, Any]]


def roles_of(text: str) -> Definitions:
    return parse_roles(text, SCHEMA)


def ten_profiles() -> Definitions:
    return read_roles(PROFILES, SCHEMA)


@dataclass(eq=False)
class SecuredShop:
    """``documents``: all that is indexed, as the administrator has it. ``key``: signs tokens that the engine takes."""

    shop: IndexedShop
    space: Space
    tables: ShopTables
    words: Vocabulary
    products: Mapping[int, Product]
    key: Key
    documents: Mapping[int, Mapping[str, Any]]

    def __post_init__(self) -> None:
        self._leaves = {id_: leaves(document) for id_, document in self.documents.items()}
        self._paths = frozenset(path for found in self._leaves.values() for path, _ in found)

    @classmethod
    async def of(cls, shop: IndexedShop, space: Space) -> SecuredShop:
        tables = await load_shop(shop.adapter)
        labels = await load_labels(shop.adapter, "en_US")
        documents = await shop.documents()
        products = await shop.adapter.products(sorted(documents), LANGS[0])
        return cls(
            shop=shop,
            space=space,
            tables=tables,
            words=Vocabulary.of(labels, tables.category_parents),
            products={one.id: one for one in products},
            key=key_of("RS256", "ours"),
            documents=documents,
        )

    @property
    def prefix(self) -> str:
        return self.shop.indexes.names.prefix

    @property
    def alias(self) -> str:
        return self.shop.indexes.names.alias(LANGS[0])

    @property
    def security(self) -> Security:
        return Security(self.shop.engine, self.prefix)

    def called(self, **also: Sequence[str]) -> Called:
        return Called(self.prefix, also)

    def wanted(self, definitions: Definitions, **also: Sequence[str]) -> Wanted:
        return wanted_security(definitions, self.words, self.tables, LANGS, self.called(**also))

    async def push(self, definitions: Definitions, **also: Sequence[str]) -> Plan:
        plan = await self.security.plan(self.wanted(definitions, **also))
        await self.security.apply(plan)
        return plan

    async def change(self, product_id: int, **changed: Any) -> None:
        """Write into the documents of a product, whatever Odoo says."""
        names = [self.shop.indexes.names.alias(lang) for lang in LANGS]
        await self.shop.engine.bulk([Operation("update", name, product_id, changed) for name in names])
        self.documents = await self.shop.documents()
        self.__post_init__()

    # -- what the shop shows ----------------------------------------------------------------------------------

    def policy(self, definitions: Definitions, roles: Iterable[str]) -> EffectivePolicy:
        return compiled(definitions, roles, self.words)

    def shown(
        self, definitions: Definitions, roles: Iterable[str], own: int | None, *, scope: bool = False
    ) -> dict[int, Leaves]:
        """What the shop shows of each product. ``scope``: with the fields that the engine needs to show besides."""
        policy = self.policy(definitions, roles)
        fields = source_fields(policy, self.tables.pricelists, own)
        paths = _within((*fields, *(SCOPE_FIELDS if scope else ())), self._paths)
        return {
            id_: frozenset(leaf for leaf in self._leaves[id_] if leaf[0] in paths)
            for id_, document in self.documents.items()
            if policy.sees(self.products[id_]) and self._on_a_website(document)
        }

    def _on_a_website(self, document: Mapping[str, Any]) -> bool:
        return (
            document["published"]
            and document["saleable"]
            and any(
                document["website_id"] in {None, site.id} and document["company_id"] in {None, site.company_id}
                for site in self.tables.websites
            )
        )

    # -- what the engine shows --------------------------------------------------------------------------------

    @asynccontextmanager
    async def accepting_tokens(self) -> AsyncIterator[None]:
        async with self.space.accepting_tokens(signing_key=self.key.as_pem(private=False).decode()):
            yield

    def visitor(self, *backend_roles: str) -> AsyncOpenSearch:
        """Who has a token with these backend roles."""
        return self.space.bearer(self.token("visitor", *backend_roles))

    def token(self, who: str, *backend_roles: str) -> str:
        now = int(time.time())
        claims = {"sub": f"{self.prefix}-{who}", "roles": list(backend_roles), "iat": now, "exp": now + 300}
        return sign(self.key, msgspec.json.encode(claims))

    def having(self, definitions: Definitions, roles: Iterable[str], own: int | None = None) -> AsyncOpenSearch:
        """Who has these roles of the shop, and this pricelist."""
        called, held = self.called(), tuple(roles)
        kinds = own_prices(definitions, held) if own is not None else ()
        theirs = [called.own(kind, own) for kind in kinds if own is not None]
        return self.visitor(*map(called.role, held), *theirs)

    async def seen(self, visitor: AsyncOpenSearch) -> dict[int, Leaves]:
        answer = await visitor.search(index=self.alias, body={"size": 1_000})
        return {int(hit["_id"]): leaves(hit["_source"]) for hit in answer["hits"]["hits"]}


def leaves(document: Mapping[str, Any]) -> Leaves:
    """Every value with its path; the members of a list have the path of the list. What is empty is nothing."""
    return frozenset(_leaves(document, ""))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, path)
    elif value is not None:
        yield path, value


def _within(fields: Iterable[str], paths: Iterable[str]) -> frozenset[str]:
    """The paths that are one of the fields, or within one."""
    included = frozenset(fields)
    return frozenset(path for path in paths if included.intersection(_heads(path)))


def _heads(path: str) -> Iterable[str]:
    steps = path.split(".")
    return (".".join(steps[:length]) for length in range(1, len(steps) + 1))
