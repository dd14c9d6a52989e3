"""Who is shown the same: what an answer depends on beside the operation, its variables and time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from cache.kinds import digest_of
from cache.policy import Scope
from cache.tags import REFERENCE
from identity.identity import Identity
from resolvers.context import Services, languages_of, policy_of, pricelist_of, website_of
from resolvers.languages import choose_language
from resolvers.prices import public_pricelist

#: What was decided for so many pairs of headers is remembered.
_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody with the same website, language, pricelist, way to show tax, and rights; never a person.

    ``policy``: `identity.policy.EffectivePolicy.key`. ``roles``: the names of their roles, where content is for some.
    """

    website_id: int
    lang: str
    pricelist_id: int | None
    tax_included: bool
    policy: str
    roles: str = ""

    def key(self, scope: Scope) -> str:
        """Stands for the audience in the key of an answer that is kept for ``scope``."""
        everybody = f"{self.website_id}:{self.lang}"
        if scope is Scope.PUBLIC:
            return everybody
        return f"{everybody}:{self.pricelist_id}:{self.tax_included:d}:{self.policy}{self.roles}"


#: (host, Accept-Language, pricelist, roles): what an audience is decided by
_Signs = tuple[str | None, str | None, int | None, tuple[str, ...]]


class Audiences:
    """Decides which audience asks; the same again without waiting."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[_Signs, Audience] = OrderedDict()

    def forget(self, tags: frozenset[str]) -> None:
        """Decide anew when the shop's tables changed, or may have."""
        if not tags or not tags.isdisjoint(REFERENCE):
            self._known.clear()

    def known(self, host: str | None, accept_language: str | None, identity: Identity) -> Audience | None:
        """The audience, if it was decided before.

        Even if that has become wrong, no harm is done: the answers kept for it are invalidated with the tables.
        """
        return self._known.get((host, accept_language, identity.pricelist_id, identity.roles))

    async def of(self, host: str | None, accept_language: str | None, identity: Identity) -> Audience:
        """Raises OdooError while the shop is unknown."""
        services = self._services
        tables = await services.reference.shop()
        website = website_of(tables, host)
        lang = choose_language(None, accept_language, languages_of(tables, website), website.default_language)
        pricelist = public_pricelist(tables, website, pricelist_of(services, identity))
        tax_included = services.prices_include_tax
        policy = await policy_of(services, tables, website, identity)
        audience = Audience(
            website_id=website.id,
            lang=lang,
            pricelist_id=pricelist.id if pricelist else None,
            tax_included=website.prices_include_tax if tax_included is None else tax_included,
            policy=policy.key,
            roles="" if services.content is None else ":" + digest_of("\n".join(sorted(set(identity.roles)))),
        )
        self._known[host, accept_language, identity.pricelist_id, identity.roles] = audience
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return audience
