"""OAuth 2.0 as a client speaks it: the address to log in at, and codes and refresh tokens changed for tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from authlib.common.security import generate_token  # type: ignore[import-untyped]  # authlib has no types
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from identity.issuers import Client
from identity.oidc_http import Http, HttpError


class RefusedGrantError(Exception):
    """The issuer does not take the code or the refresh token. ``str(error)`` is for the log."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an issuer gave. ``seconds``: how long the access token lives, if it says so."""

    access_token: str = field(repr=False)
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    seconds: float | None


def secret(length: int = 43) -> str:
    """A random text of letters and digits; 43 of them are 256 bits, and enough for a code verifier (RFC 7636)."""
    return str(generate_token(length))


def authorization_url(
    endpoint: str, client: Client, *, redirect_uri: str, state: str, nonce: str, verifier: str, language: str | None
) -> str:
    """Where the browser logs in (authorization code with PKCE)."""
    return str(
        prepare_grant_uri(
            endpoint,
            client.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=list(client.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            ui_locales=language,
        )
    )


async def exchange(http: Http, endpoint: str, client: Client, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Tokens for a code. Raises `RefusedGrantError`, or `HttpError` when the issuer gave no usable answer."""
    body = prepare_token_request("authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier)
    return await _ask(http, endpoint, client, body)


async def refresh(http: Http, endpoint: str, client: Client, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; errors as those of `exchange`."""
    return await _ask(http, endpoint, client, prepare_token_request("refresh_token", refresh_token=refresh_token))


async def _ask(http: Http, endpoint: str, client: Client, body: str) -> Tokens:
    auth = ClientAuth(client.client_id, client.secret(), client.auth_method)
    url, headers, body = auth.prepare("POST", endpoint, {}, body)
    reply = await http.post_form(url, body, headers)
    answer: Any = reply.body if isinstance(reply.body, dict) else {}
    if reply.status in {400, 401} and isinstance(answer.get("error"), str):
        raise RefusedGrantError(f"{answer['error']}"[:100])
    access = answer.get("access_token")
    if reply.status != 200 or not isinstance(access, str) or str(answer.get("token_type")).lower() != "bearer":
        raise HttpError(f"status {reply.status}, and no tokens")
    seconds = answer.get("expires_in")
    return Tokens(
        access_token=access,
        id_token=_text(answer.get("id_token")),
        refresh_token=_text(answer.get("refresh_token")),
        seconds=float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
