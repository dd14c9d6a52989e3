"""Logins by browser at an OpenID provider: there with PKCE, and back into a session of the shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from identity.bearer import Verifier, claims_of
from identity.bearer_errors import InvalidTokenError, TokenError, UnverifiableTokenError
from identity.oidc_checks import check_id_token
from identity.oidc_errors import AwayLoginError, DeniedLoginError, LoginError
from identity.oidc_grants import RefusedGrantError, Tokens, authorization_url, exchange, refresh
from identity.oidc_http import Http, HttpError
from identity.oidc_paths import own_path
from identity.oidc_providers import Provider, Providers
from identity.oidc_sessions import Sessions, SignedIn
from identity.oidc_transactions import Transaction, Transactions
from identity.oidc_values import Values

log = structlog.get_logger(__name__)

CALLBACK: Final = "/auth/callback"
#: how long an access token lives whose issuer does not say, and how long before its end it is asked again (seconds)
_USUAL: Final = 300.0
_EARLY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Begun:
    """``url``: where to send the browser. It is to keep ``secret`` in a cookie named ``cookie``, and show it later."""

    url: str
    cookie: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """``session_id``: for the session cookie. ``return_to``: a path of the shop."""

    session_id: str = field(repr=False)
    return_to: str
    signed_in: SignedIn


class BrowserLogin:
    """``own_site``: the shop's address as browsers see it, ``https://shop.example``; never taken from a request."""

    def __init__(
        self,
        providers: Providers,
        *,
        verifier: Verifier,
        sessions: Sessions,
        values: Values,
        http: Http,
        own_site: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._providers = providers
        self._verifier = verifier
        self._sessions = sessions
        self._transactions = Transactions(values, secure=own_site.startswith("https:"))
        self._http = http
        self._callback = own_site.rstrip("/") + CALLBACK
        self._clock = clock

    async def begin(self, *, return_to: str | None, provider: str | None = None, language: str | None = None) -> Begun:
        """``return_to``: a path of the shop; another address is not gone to. Raises `LoginError`."""
        found = self._providers.of(provider)
        endpoint = (await found.metadata()).authorization_endpoint
        if endpoint is None:
            raise AwayLoginError("the issuer has no authorization endpoint")
        opened = await self._transactions.open(found.name, own_path(return_to))
        url = authorization_url(
            endpoint,
            found.client,
            redirect_uri=self._callback,
            state=opened.state,
            nonce=opened.transaction.nonce,
            verifier=opened.transaction.verifier,
            language=language,
        )
        return Begun(url, opened.cookie, opened.secret)

    def cookie(self, state: str) -> str:
        """The name of the cookie that `begin` asked for; it can go when the login is over."""
        return self._transactions.cookie(state)

    async def finish(
        self, answer: Mapping[str, str], cookies: Mapping[str, str], session_id: str | None = None
    ) -> Finished:
        """``answer``: the parameters with which the issuer sent the browser back. Raises `LoginError`.

        ``session_id``: the session of the guest who logs in; whatever it was, its successor has another id.
        """
        transaction = await self._transactions.take(answer.get("state", ""), cookies)
        try:
            signed_in = await self._signed_in(transaction, answer)
        except UnverifiableTokenError as error:
            raise AwayLoginError(error.reason, transaction.return_to) from error
        except TokenError as error:
            raise LoginError(error.reason, transaction.return_to) from error
        except RefusedGrantError as error:
            raise LoginError(f"code refused: {error}", transaction.return_to) from error
        except HttpError as error:
            raise AwayLoginError(str(error), transaction.return_to) from error
        opened = await self._sessions.open(signed_in, replacing=session_id)
        log.info("login", provider=signed_in.provider, subject=signed_in.subject)
        return Finished(opened, transaction.return_to, signed_in)

    async def refreshed(self, signed_in: SignedIn) -> SignedIn | None:
        """What the issuer says of them now; None when it no longer counts them as logged in: end the session.

        One at a time for a session: issuers may take each refresh token but once. Raises `AwayLoginError`: nothing is
        known, and what was known may still be used for a while.
        """
        provider = self._providers.get(signed_in.provider)
        if provider is None or signed_in.refresh_token is None:
            return None
        try:
            tokens = await refresh(
                self._http, await _token_endpoint(provider), provider.client, signed_in.refresh_token
            )
            return await self._read(provider, tokens, before=signed_in)
        except HttpError as error:
            raise AwayLoginError(str(error)) from error
        except UnverifiableTokenError as error:
            raise AwayLoginError(error.reason) from error
        except (RefusedGrantError, TokenError) as error:
            reason = error.reason if isinstance(error, TokenError) else str(error)
            log.info("login.ended", provider=signed_in.provider, subject=signed_in.subject, reason=reason)
            return None

    async def _signed_in(self, transaction: Transaction, answer: Mapping[str, str]) -> SignedIn:
        provider = self._providers.of(transaction.provider)
        if answer.get("iss", provider.issuer.issuer) != provider.issuer.issuer:  # RFC 9207
            raise InvalidTokenError("the answer is of another issuer")
        if "error" in answer:
            raise DeniedLoginError(answer["error"][:100], transaction.return_to)
        if not answer.get("code"):
            raise InvalidTokenError("neither a code nor an error")
        tokens = await exchange(
            self._http,
            await _token_endpoint(provider),
            provider.client,
            code=answer["code"],
            redirect_uri=self._callback,
            verifier=transaction.verifier,
        )
        return await self._read(provider, tokens, nonce=transaction.nonce)

    async def _read(
        self, provider: Provider, tokens: Tokens, *, nonce: str | None = None, before: SignedIn | None = None
    ) -> SignedIn:
        """What the tokens say. After a refresh (``before``) there need be no new ID token."""
        issuer, client = provider.issuer, provider.client
        if tokens.id_token is not None:
            verified = await self._verifier.id_token(tokens.id_token, issuer.issuer)
            check_id_token(verified, client.client_id, nonce, tokens.access_token)
            claims = claims_of(verified)
        elif before is not None:
            claims = before.claims
        else:
            raise InvalidTokenError("no id token")
        subject, session = claims.principal.subject, claims.session
        if client.claims_from == "access":
            claims = await self._verifier.bearer(tokens.access_token)
        if claims.issuer != issuer.issuer or claims.principal.subject != subject:
            raise InvalidTokenError("the tokens are of different people")
        if before is not None and before.subject != subject:
            raise InvalidTokenError("refreshed into somebody else")
        return SignedIn(
            provider=issuer.name,
            claims=claims,
            session=session or claims.session or (before.session if before else None),
            refresh_at=self._clock() + max(0.0, (tokens.seconds or _USUAL) - _EARLY),
            id_token=tokens.id_token or (before.id_token if before else ""),
            refresh_token=tokens.refresh_token or (before.refresh_token if before else None),
        )


async def _token_endpoint(provider: Provider) -> str:
    endpoint = (await provider.metadata()).token_endpoint
    if endpoint is None:
        raise HttpError("the issuer has no token endpoint")
    return endpoint
