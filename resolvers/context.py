"""What a request brings and what its resolvers share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from adapters.base import OdooAdapter
from adapters.records import Language, Website
from cache.contacts import Contacts
from cache.dependencies import Dependencies
from cache.purchases import Purchases
from cache.record_cache import RecordCache
from cache.records import CatalogueRecords
from cache.reference import AdapterProvider, Clock, Reference, ShopTables, utc_now
from cart.memory_carts import MemoryCarts
from cart.payment_store import payments_beside
from cart.payments import Payments
from cart.placing import Placer, PlacingRules
from cart.store import CartStore
from cart.wishlist_places import wishlists_beside
from cart.wishlists import WishlistStore
from content.library import Library
from identity.identity import GUEST, Identity
from identity.policy import EffectivePolicy, Policies
from identity.sessions import Session
from resolvers.cart_known import KnownProducts
from resolvers.cart_pricings import CartPricings
from resolvers.cart_visitors import VisitorsCarts
from resolvers.checkout_contacts import CheckoutContacts, SessionContacts
from resolvers.languages import choose_language
from resolvers.outcomes import Outcomes
from resolvers.prices import PriceTables
from resolvers.renamings import NoRenamings, Renamings
from resolvers.search_freshness import SearchIndex
from resolvers.shop_state import Looks, not_looked
from resolvers.signing_in import SignIns
from resolvers.view import ShopView
from resolvers.wishlist_visitors import VisitorsWishes
from subscriptions.store import Subscriptions


@dataclass(frozen=True)
class Services:
    """What lives as long as the process and every request uses.

    ``pricelist_id`` and ``prices_include_tax``: set by the operator, else as Odoo's website has them.
    ``policies``: what roles see. ``clock``: the moment prices are for. ``invalidate``: marks what has one of the tags
    as wrong, everywhere. ``carts``: where they are kept; without more said, in this process.
    ``placing``, ``pay_on_account``: how orders are placed, and who may order without paying first: ``customers``,
    ``nobody``, or names of roles with commas between. ``newsletter_list``: Odoo's id of the mailing list; None: the
    website's own, else the first that is public. ``content``: what is written beside Odoo; None: nothing is.
    ``redirects``: where pages went whose path changed.
    ``search``: the index in which products are found; None: Odoo finds them.
    ``subscriptions``: what customers follow; None: nothing can be followed.
    ``payment_return_url``: where browsers reach this service when they come back from a provider of payments; None:
    they come back to Odoo's own pages. ``look``: tells people of the shop how it stands.
    """

    adapter: AdapterProvider
    reference: Reference
    records: RecordCache
    prices: PriceTables
    outcomes: Outcomes
    invalidate: Callable[[frozenset[str]], Awaitable[bool]]
    policies: Policies
    pricelist_id: int | None = None
    prices_include_tax: bool | None = None
    clock: Clock = utc_now
    carts: CartStore = field(default_factory=MemoryCarts)
    cart_pricings: CartPricings = field(default_factory=CartPricings)
    placing: PlacingRules = field(default_factory=PlacingRules)
    pay_on_account: str = "customers"
    newsletter_list: int | None = None
    content: Library | None = None
    redirects: Renamings = field(default_factory=NoRenamings)
    search: SearchIndex | None = None
    subscriptions: Subscriptions | None = None
    payment_return_url: str | None = None
    look: Looks = not_looked

    @cached_property
    def placer(self) -> Placer:
        """Places orders, for all requests of the process."""
        return Placer(self.carts, self.adapter, self.placing, clock=lambda: self.clock().timestamp())

    @cached_property
    def payments(self) -> Payments:
        """Payments of carts, for all requests of the process."""
        return Payments(self.carts, payments_beside(self.carts), self.adapter, self.placer)

    @cached_property
    def wishlists(self) -> WishlistStore:
        """Where wishlists are kept."""
        return wishlists_beside(self.carts)

    @cached_property
    def known_products(self) -> KnownProducts:
        """Products of carts, as they were worked out last."""
        return KnownProducts(self.records.store, self.records.clock)


@dataclass
class RequestContext:
    """One request: its wishes, a view of the shop per language asked for, and what its answer depends on.

    ``session_id``: what the client sent, if a session was found by it; for the cookie alone. ``client_address``: whose
    request it is, as a text; empty where that is not known. ``has_token``: who comes with a token has no session.
    ``cookies``: values of ``Set-Cookie`` for the answer to a
    mutation. ``signing_in``: begins and ends sessions. ``checkout``: whom the visitor's cart is for; None: that stands
    in their session. ``kept``: may the answer be kept for others? Nothing of the caller alone is told in it then.
    ``search_fell_back``: products were found without the index, as that is away.
    """

    services: Services
    host: str | None = None
    accept_language: str | None = None
    request_id: str = ""
    identity: Identity = GUEST
    session: Session | None = None
    is_operator: bool = False
    session_id: str | None = field(default=None, repr=False)
    client_address: str = ""
    has_token: bool = False
    cookies: list[str] = field(default_factory=list, repr=False)
    signing_in: SignIns | None = None
    checkout: CheckoutContacts | None = None
    kept: bool = True
    search_fell_back: bool = False
    dependencies: Dependencies = field(default_factory=Dependencies)
    _views: dict[str, asyncio.Task[ShopView]] = field(default_factory=dict)

    @cached_property
    def contacts(self) -> Contacts:
        """Contacts of buyers, as this request reads them."""
        return Contacts(self.services.records, self.dependencies)

    @cached_property
    def purchases(self) -> Purchases:
        """What buyers bought, as this request reads it."""
        return Purchases(self.services.records, self.dependencies)

    @cached_property
    def carts(self) -> VisitorsCarts:
        """The carts of whoever asks."""

        return VisitorsCarts(self, self.signing_in, self.services.carts, self._website_id, sessionless=self.has_token)

    @cached_property
    def wishes(self) -> VisitorsWishes:
        """What whoever asks wishes for."""
        services = self.services
        return VisitorsWishes(
            self,
            self.signing_in,
            services.wishlists,
            services.adapter,
            self._website_id,
            clock=lambda: services.clock().timestamp(),
            sessionless=self.has_token,
        )

    @property
    def checkout_contacts(self) -> CheckoutContacts:
        """Whom the visitor's cart is for."""
        return self.checkout or SessionContacts(self, self.signing_in)

    async def adapter(self) -> OdooAdapter:
        """Raises OdooUnavailableError while there is no connection."""
        return await self.services.adapter()

    def become(self, identity: Identity, session: Session | None, session_id: str | None) -> None:
        """From now on this request is of somebody else: what it has seen of the shop is forgotten."""
        self.identity, self.session, self.session_id = identity, session, session_id
        self._views.clear()
        self.__dict__.pop("wishes", None)

    async def view(self, language: str | None = None) -> ShopView:
        """The shop in the language asked for; resolvers of one request and language share it.

        Raises BadInputError for a language that the shop does not have, OdooError when the shop is unknown yet.
        """
        tables = await self.services.reference.shop(self.dependencies)
        website = website_of(tables, self.host)
        lang = choose_language(language, self.accept_language, languages_of(tables, website), website.default_language)
        task = self._views.get(lang)
        if task is None:
            task = self._views[lang] = asyncio.create_task(self._view(tables, website, lang))
        return await task

    async def _website_id(self) -> int:
        return website_of(await self.services.reference.shop(self.dependencies), self.host).id

    async def _view(self, tables: ShopTables, website: Website, lang: str) -> ShopView:
        services = self.services
        include_tax = services.prices_include_tax
        return ShopView(
            records=CatalogueRecords(services.records, self.dependencies),
            reference=services.reference,
            tables=tables,
            labels=await services.reference.labels(lang, self.dependencies),
            website=website,
            policy=await policy_of(services, tables, website, self.identity, self.dependencies),
            pricer=services.prices.pricer(
                tables,
                website,
                pricelist_id=pricelist_of(services, self.identity),
                include_tax=website.prices_include_tax if include_tax is None else include_tax,
                at=services.clock(),
            ),
            outcomes=services.outcomes,
        )


async def policy_of(
    services: Services,
    tables: ShopTables,
    website: Website,
    identity: Identity,
    dependencies: Dependencies | None = None,
) -> EffectivePolicy:
    """What they see. Raises OdooError while the shop's words are unknown."""
    lang = services.policies.definitions.language or website.default_language
    labels = await services.reference.labels(lang, dependencies)
    return services.policies.of(identity.roles, labels, tables)


def pricelist_of(services: Services, identity: Identity) -> int | None:
    """Whose prices they are shown: their own, else those that the operator has set for guests."""
    return services.pricelist_id if identity.pricelist_id is None else identity.pricelist_id


def website_of(tables: ShopTables, host: str | None) -> Website:
    """The website whose domain is the host (scheme and trailing slash do not count), else the first.

    Without the website module the first company stands in for it.
    """
    if not tables.websites:
        return _companys_website(tables)
    wanted = _bare(host)
    found = (site for site in tables.websites if wanted and _bare(site.domain) == wanted)
    return next(found, tables.websites[0])


def languages_of(tables: ShopTables, website: Website) -> list[Language]:
    """The website's languages, the default one first."""
    found = [language for language in tables.languages if language.code in website.languages]
    return sorted(found or tables.languages, key=lambda language: language.code != website.default_language)


def _bare(host: str | None) -> str:
    return (host or "").split("://", 1)[-1].strip().rstrip("/").lower()


def _companys_website(tables: ShopTables) -> Website:
    company = next(iter(tables.companies.values()))
    codes = tuple(language.code for language in tables.languages)
    return Website.standing_in(company, codes)
