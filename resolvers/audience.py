"""Who is shown the same: what an answer depends on beside the operation, its variables and time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from cache.policy import Scope
from cache.tags import SHOP
from resolvers.context import Services, languages_of, website_of
from resolvers.languages import choose_language
from resolvers.prices import public_pricelist

#: What was decided for so many pairs of headers is remembered.
_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody with the same website, language, pricelist and way to show tax; never a person."""

    website_id: int
    lang: str
    pricelist_id: int | None
    tax_included: bool

    def key(self, scope: Scope) -> str:
        """Stands for the audience in the key of an answer that is kept for ``scope``."""
        everybody = f"{self.website_id}:{self.lang}"
        return everybody if scope is Scope.PUBLIC else f"{everybody}:{self.pricelist_id}:{self.tax_included:d}"


class Audiences:
    """Decides by a request's headers which audience asks; the same again without waiting."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[tuple[str | None, str | None], Audience] = OrderedDict()

    def forget(self, tags: frozenset[str]) -> None:
        """Decide anew when the shop's tables changed, or may have."""
        if not tags or SHOP in tags:
            self._known.clear()

    def known(self, host: str | None, accept_language: str | None) -> Audience | None:
        """The audience, if it was decided before.

        Even if that has become wrong, no harm is done: the answers kept for it are invalidated with the tables.
        """
        return self._known.get((host, accept_language))

    async def of(self, host: str | None, accept_language: str | None) -> Audience:
        """Raises OdooError while the shop is unknown."""
        services = self._services
        tables = await services.reference.shop()
        website = website_of(tables, host)
        lang = choose_language(None, accept_language, languages_of(tables, website), website.default_language)
        pricelist = public_pricelist(tables, website, services.pricelist_id)
        tax_included = services.prices_include_tax
        audience = Audience(
            website_id=website.id,
            lang=lang,
            pricelist_id=pricelist.id if pricelist else None,
            tax_included=website.prices_include_tax if tax_included is None else tax_included,
        )
        self._known[host, accept_language] = audience
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return audience
