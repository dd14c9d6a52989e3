"""Who asks, put together from the settings: sessions, tokens, logins by browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from adapters.errors import OdooError
from cache.customers import Customers
from cache.record_cache import RecordCache
from cache.redis_link import RedisLink
from cache.reference import AdapterProvider
from cache.store import Store
from identity.bearer import Trusted
from identity.bearer_trust import Trust
from identity.clients import Network, trusted_networks
from identity.identity import Identity, guest_of
from identity.issuers import Issuer, issuers_from
from identity.keys import KeyRing
from identity.keys_directory import KeyDirectory, ring_from_file
from identity.memory_sessions import MemorySessions
from identity.memory_tries import MemoryTries
from identity.oidc import BrowserLogin
from identity.oidc_errors import AwayLoginError, DeniedLoginError
from identity.oidc_logout import BrowserLogout
from identity.oidc_sessions import SignedIn
from identity.oidc_values import MemoryValues, SharedValues, Values
from identity.rates import MemoryRate, Rate, RedisRate
from identity.redis_sessions import RedisSessions
from identity.redis_tries import RedisTries
from identity.roles import Definitions
from identity.sessions import Life, Lifetimes, SessionBackend, Sessions
from identity.signing import OwnKeys, Signer
from identity.throttle import REQUEST_LIMITS, LoginThrottle, ThrottleLimits, TryCounter, Window
from server.auth_routes import AuthRoutes, BrowserCookies, jwks_route
from server.callers import Callers
from server.guest_contacts import GuestContacts
from server.identification import People
from server.identification_facts import SessionFacts
from server.identification_origins import Origins
from server.settings import Settings
from server.signing_in import ShopSignIns
from server.signing_in_browser import BrowserSessions
from server.stores import open_link


class IdentitySettingsError(ValueError):
    """Settings that do not go together."""


@dataclass(frozen=True)
class _Kept:
    """Where sessions, tries and logins underway are kept. ``link``: None: in this process."""

    link: RedisLink | None
    sessions: SessionBackend
    tries: TryCounter
    requests: TryCounter
    visitors: Rate
    contacts: GuestContacts
    values: Values


class Identification:
    """Everything that has to do with who asks. Raises `IdentitySettingsError` for settings that cannot be used."""

    def __init__(
        self,
        settings: Settings,
        definitions: Definitions,
        *,
        store: Store,
        records: RecordCache,
        adapter: AdapterProvider,
    ) -> None:
        issuers = _issuers(settings)
        self._settings = settings
        self.lifetimes = lifetimes_of(settings)
        self._kept = _open(settings)
        self.sessions = Sessions(self._kept.sessions, store, lifetimes=self.lifetimes)
        self.customers = Customers(records)
        self.signer, own = signer_of(settings)
        self._trust = Trust(issuers, own=own)
        self.people = People(
            definitions,
            self.customers,
            adapter,
            own_issuer=settings.public_url if own else None,
            clock=time.time,
        )
        self._login, self._routes = self._browser_logins()
        facts = SessionFacts(self.sessions, self.people, store, login=lambda: self._login)
        guest = guest_of(definitions)
        secure = is_secure(settings)
        self.sign_ins = ShopSignIns(
            self.sessions,
            self.people,
            LoginThrottle(self._kept.tries),
            requests=LoginThrottle(self._kept.requests),
            visitors=self._kept.visitors,
            contacts=self._kept.contacts,
            guest=guest,
            lifetimes=self.lifetimes,
            secure=secure,
            signer=self.signer,
        )
        self.callers = Callers(
            guest,
            settings.operator_token,
            sessions=self.sessions,
            facts=facts,
            people=self.people,
            verifier=self._trust.verifier if issuers or own else None,
            origins=Origins(settings.public_url, _parts(settings.allowed_origins)),
            proxies=_proxies(settings),
            store=store,
            clock=time.time,
        )

    @property
    def link(self) -> RedisLink | None:
        """The way to what sessions and tries are kept in; None: they are kept in this process."""
        return self._kept.link

    def routes(self) -> list[BaseRoute]:
        """Addresses for logins by browser, and the public keys; nothing where they are not set up."""
        return [*self._routes, *([jwks_route(self.signer)] if self.signer is not None else [])]

    async def close(self) -> None:
        await self._trust.close()
        if self._kept.link is not None:
            await self._kept.link.close()

    def _browser_logins(self) -> tuple[BrowserLogin | None, list[BaseRoute]]:
        providers, settings = self._trust.providers, self._settings
        if providers is None:
            return None, []
        own_site = _public_url(settings, "an issuer with a client")
        kept = BrowserSessions(self.sessions, self._who)
        verifier, values = self._trust.verifier, self._kept.values
        login = BrowserLogin(
            providers, verifier=verifier, sessions=kept, values=values, http=self._trust.http, own_site=own_site
        )
        logout = BrowserLogout(
            providers,
            verifier=verifier,
            sessions=kept,
            values=values,
            own_site=own_site,
            elsewhere=_parts(settings.after_logout_urls),
        )
        cookies = BrowserCookies(self.lifetimes.customer.idle, secure=is_secure(settings))
        routes = AuthRoutes(login, logout, cookies, own_site=own_site, failed_path=settings.login_failed_path)
        return login, routes.routes()

    async def _who(self, signed_in: SignedIn) -> Identity:
        """Whose session a login by browser begins."""
        try:
            known = await self.people.of_claims(signed_in.claims)
        except OdooError as error:
            raise AwayLoginError("the back office does not answer") from error
        if known.identity is None:
            raise DeniedLoginError("the account in the back office was closed")
        return known.identity


def is_secure(settings: Settings) -> bool:
    """Does the session cookie go by TLS alone?"""
    if settings.cookie_secure is not None:
        return settings.cookie_secure
    return urlsplit(settings.public_url or "").scheme == "https"


def lifetimes_of(settings: Settings) -> Lifetimes:
    return Lifetimes(
        guest=Life(settings.session_guest_seconds, settings.session_guest_most),
        customer=Life(settings.session_customer_seconds, settings.session_customer_most),
        acting=Life(settings.session_acting_seconds, settings.session_acting_most),
    )


def _open(settings: Settings) -> _Kept:
    limits = ThrottleLimits(
        account=Window(settings.login_tries_account, settings.login_seconds),
        address=Window(settings.login_tries_address, settings.login_seconds),
        ceiling=Window(settings.login_tries_all, 60.0),
    )
    visitors = Window(settings.guest_sessions_address, settings.guest_sessions_seconds)
    from_address = Window(settings.guest_contacts_address, settings.guest_contacts_seconds)
    of_session = Window(settings.guest_contacts_session, settings.guest_contacts_seconds)
    opened = open_link(settings)
    if opened is None:
        return _Kept(
            None,
            MemorySessions(),
            MemoryTries(limits),
            MemoryTries(REQUEST_LIMITS),
            MemoryRate(visitors),
            GuestContacts(MemoryRate(from_address), MemoryRate(of_session)),
            MemoryValues(),
        )
    link, names = opened
    return _Kept(
        link,
        RedisSessions(link, names),
        RedisTries(link, names, limits),
        RedisTries(link, names, REQUEST_LIMITS, kind="requests"),
        RedisRate(link, names, visitors, kind="visitors"),
        GuestContacts(
            RedisRate(link, names, from_address, kind="contacts"),
            RedisRate(link, names, of_session, kind="session-contacts"),
        ),
        SharedValues(link, names.value("once:")),
    )


def _issuers(settings: Settings) -> tuple[Issuer, ...]:
    if settings.issuers is None:
        return ()
    try:
        return issuers_from(settings.issuers.get_secret_value())
    except ValueError as error:
        raise IdentitySettingsError(f"HEADLESS_ODOO_ISSUERS: {error}") from None


def signer_of(settings: Settings) -> tuple[Signer | None, list[Trusted]]:
    """Who signs the shop's own tokens, and how those are verified."""
    if settings.signing_keys_dir is None and settings.signing_keys is None:
        return None, []
    own_site = _public_url(settings, "the shop's own tokens")
    audience = tuple(_parts(settings.token_audience))
    keys = OwnKeys(_ring(settings))
    signer = Signer(keys, issuer=own_site, audience=audience, seconds=settings.token_seconds)
    return signer, [Trusted(signer.as_issuer(), keys)]


def _ring(settings: Settings) -> Callable[[], KeyRing]:
    if settings.signing_keys_dir is not None:
        return KeyDirectory(settings.signing_keys_dir).ring
    path = settings.signing_keys
    assert path is not None  # noqa: S101  # one of the two is set
    return lambda: ring_from_file(path)


def _public_url(settings: Settings, who: str) -> str:
    if settings.public_url is None:
        raise IdentitySettingsError(f"HEADLESS_ODOO_PUBLIC_URL is needed for {who}")
    return settings.public_url


def _proxies(settings: Settings) -> tuple[Network, ...]:
    try:
        return trusted_networks(_parts(settings.trusted_proxies))
    except ValueError as error:
        raise IdentitySettingsError(f"HEADLESS_ODOO_TRUSTED_PROXIES: {error}") from None


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
