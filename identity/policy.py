"""What a set of roles sees, all together: products of any of them, fields of all of them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import structlog

from adapters.records import Product
from cache.reference import Labels, ShopTables
from identity.filter_predicates import Predicate, predicate
from identity.filter_words import Vocabulary, categories_in, resolve, unknown_words
from identity.filters import EVERYTHING, NOTHING, Filter, any_of, text_of
from identity.roles import Definitions, PriceRights, Role
from identity.visibility import FieldRights

log = structlog.get_logger(__name__)

#: policies kept: about ten profiles with few price roles each are some hundreds
_KEPT: Final = 2_000


@dataclass(frozen=True, eq=False)
class EffectivePolicy:
    """What the roles show together.

    ``key``: the same for policies that show the same, in every process; goes into keys of caches. ``documents``: which
    products, resolved (`identity.filter_words.resolve` tells what may occur): what a search engine filters by.
    ``unknown``: what the filters name and the shop does not have, as written; nothing is seen because of it.
    """

    roles: tuple[str, ...]
    key: str
    documents: Filter
    fields: FieldRights
    prices: PriceRights
    staff: bool
    unknown: tuple[str, ...]
    matches: Predicate

    def sees(self, product: Product) -> bool:
        """May they see the product? Of one they may not, nobody tells them that it exists."""
        return self.matches(product)

    def field_visible(self, type_name: str, field: str) -> bool:
        """May they have the field of the GraphQL type, and filter, sort, search and count by it?"""
        return self.fields.sees(type_name, field)

    def shows_prices(self, pricelist_id: int | None, own: int | None) -> bool:
        """May they have prices of this pricelist? ``own``: theirs."""
        return self.prices.allow(pricelist_id, own)

    @property
    def sees_everything(self) -> bool:
        """Is there no product that they do not see?"""
        return self.documents == EVERYTHING

    @property
    def sees_nothing(self) -> bool:
        return self.documents == NOTHING


class Policies:
    """Makes policies, each set of roles once for as long as the shop's words stay the same."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._kept: OrderedDict[tuple[str, ...], EffectivePolicy] = OrderedDict()
        self._vocabulary: Vocabulary | None = None
        self._source: tuple[object, object] | None = None
        self._told: set[str] = set()

    def of(self, roles: Iterable[str], labels: Labels, tables: ShopTables) -> EffectivePolicy:
        """What they see. ``labels``: in the language of the definitions. Roles that are not defined change nothing."""
        source = (labels, tables.category_parents)
        vocabulary = self._vocabulary
        if vocabulary is None or self._source is None or any(map(_differ, self._source, source)):
            vocabulary = Vocabulary.of(labels, tables.category_parents)
            self._source = source
        return self.in_words(roles, vocabulary)

    def in_words(self, roles: Iterable[str], vocabulary: Vocabulary) -> EffectivePolicy:
        """`of`, for a vocabulary made before."""
        if vocabulary is not self._vocabulary:
            self._kept.clear()
            self._vocabulary = vocabulary
        known = self.definitions.known(roles)
        policy = self._kept.get(known)
        if policy is None:
            policy = self._kept[known] = compiled(self.definitions, known, vocabulary)
            self._tell(policy)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(known)
        return policy

    def _tell(self, policy: EffectivePolicy) -> None:
        """Log what the filters name and the shop does not have, once."""
        for word in policy.unknown:
            if word not in self._told:
                log.warning("roles.unknown_word", roles=policy.roles, word=word)
                self._told.add(word)


def compiled(definitions: Definitions, roles: Iterable[str], vocabulary: Vocabulary) -> EffectivePolicy:
    """The policy of the roles, made anew."""
    known = definitions.known(roles)
    members = [definitions.roles[name] for name in known]
    documents = resolve(any_of(role.documents for role in members), vocabulary)
    rights = FieldRights(definitions.schema, definitions.guarded, frozenset().union(*(one.fields for one in members)))
    prices = PriceRights()
    for role in members:
        prices |= role.prices
    return EffectivePolicy(
        roles=known,
        key=_key(documents, rights, prices, vocabulary),
        documents=documents,
        fields=rights,
        prices=prices,
        staff=definitions.is_staff(known),
        unknown=_unknown(members, vocabulary),
        matches=predicate(documents, vocabulary),
    )


def _unknown(roles: Sequence[Role], vocabulary: Vocabulary) -> tuple[str, ...]:
    found = [text_of(leaf) for role in roles for leaf in unknown_words(role.documents, vocabulary)]
    return tuple(dict.fromkeys(found))


def _key(documents: Filter, rights: FieldRights, prices: PriceRights, vocabulary: Vocabulary) -> str:
    """All that the answers depend on, in 16 characters."""
    below = {
        (one.field, id_): sorted(vocabulary.below(one.field, [id_]))
        for one in categories_in(documents)
        for id_ in cast("tuple[int, ...]", one.values)
    }
    meaning = (
        text_of(documents),
        sorted(below.items()),
        sorted(rights.guarded),
        sorted(rights.visible),
        (sorted(prices.ids), prices.own, prices.all),
    )
    return hashlib.blake2b(repr(meaning).encode(), digest_size=8).hexdigest()


def _differ(one: object, other: object) -> bool:
    return one is not other
