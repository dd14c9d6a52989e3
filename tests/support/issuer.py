"""A small OpenID provider on 127.0.0.1, with real keys, that can be away, lie, and count what it is asked."""

from __future__ import annotations

import base64
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from identity.bearer_signatures import REGISTRY
from identity.issuers import ClaimPaths, Client, Issuer
from identity.jwks import PublicKey, UnknownKeyError, read_keys
from tests.support.bff import serving

Key = RSAKey | ECKey | OKPKey
AUDIENCE = "shop-api"
CLIENT, SECRET = "shop", "a secret of the shop"


def key_of(algorithm: str, kid: str) -> Key:
    """A new key pair for an algorithm."""
    parameters: KeyParameters = {"kid": kid, "use": "sig"}
    if algorithm in {"EdDSA", "Ed25519"}:
        return OKPKey.generate_key("Ed25519", parameters)
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters)
    return RSAKey.generate_key(2048, parameters)


@cache
def _first_key() -> Key:
    """Making one takes long: all providers begin with the same."""
    return key_of("RS256", "first")


def sign(key: Key, payload: bytes, algorithm: str = "RS256", **header: Any) -> str:
    """A compact JWS over these bytes; what is None in the header is left out."""
    given = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **header}
    return jws.serialize_compact({k: v for k, v in given.items() if v is not None}, payload, key, registry=REGISTRY)


class FixedKeys:
    """A `KeySource` without an issuer to ask. It counts how often an unknown key is looked for."""

    def __init__(self, *keys: Key) -> None:
        self.keys: dict[str, PublicKey] = read_keys({"keys": [dict(key.as_dict(private=False)) for key in keys]})
        self.looked = 0

    def known(self, kid: str) -> PublicKey | None:
        return self.keys.get(kid)

    async def find(self, kid: str) -> PublicKey:
        if kid not in self.keys:
            self.looked += 1
            raise UnknownKeyError
        return self.keys[kid]

    async def close(self) -> None:
        """Nothing is open."""


class OpenIdProvider:
    """``spoil`` changes the claims of ID tokens before they are signed. ``person``: the claims of whoever logs in."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: list[Key] = [_first_key()]
        self.asked: Counter[str] = Counter()
        self.away = False
        self.key_set: Any = None
        self.lie: dict[str, Any] = {}
        self.spoil: Callable[[dict[str, Any]], None] = lambda _: None
        self.denies: str | None = None
        self.person: dict[str, Any] = {"sub": "anna", "roles": ["guest"], "partner_id": 41, "sid": "issuer-session-1"}
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []

    def issuer(self, **changes: Any) -> Issuer:
        """How a shop would be told of it."""
        values: dict[str, Any] = {
            "name": "main",
            "issuer": self.url,
            "audience": (AUDIENCE,),
            "client": Client.model_validate({"client_id": CLIENT, "client_secret": SECRET}),
            "claims": ClaimPaths(),
            **changes,
        }
        return Issuer.model_validate(values)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Of an access token, good as they are; what is None is left out."""
        now = int(time.time())
        times = {"iat": now, "exp": now + 300, "jti": uuid.uuid4().hex}
        claims = {"iss": self.url, "aud": AUDIENCE, "typ": "Bearer", **times, **self.person, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        return sign(key or self.keys[0], msgspec.json.encode(self.claims(**changes)), **dict(header or {}))

    def logout_token(self, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A back-channel logout token, good as it is."""
        events: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
        given = {"aud": CLIENT, "typ": "Logout", "events": events, "roles": None, "partner_id": None, **changes}
        return self.token(header={"typ": "logout+jwt", **(header or {})}, **given)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/jwks", self._jwks),
                Route("/elsewhere", self._elsewhere),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _configuration(self, _: Request) -> Response:
        self.asked["configuration"] += 1
        if self.away:
            return Response(status_code=503)
        document = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/logout",
            **self.lie,
        }
        return JSONResponse({name: value for name, value in document.items() if value is not None})

    async def _jwks(self, _: Request) -> Response:
        self.asked["jwks"] += 1
        if self.away:
            return Response(status_code=503)
        if self.key_set is not None:
            return self.key_set if isinstance(self.key_set, Response) else JSONResponse(self.key_set)
        return JSONResponse({"keys": [dict(key.as_dict(private=False)) for key in self.keys]})

    async def _elsewhere(self, _: Request) -> Response:
        """Somebody else's keys."""
        return JSONResponse({"keys": [dict(key_of("ES256", "stranger").as_dict(private=False))]})

    async def _authorize(self, request: Request) -> Response:
        """Whoever comes is logged in already."""
        asked = dict(request.query_params)
        if self.denies:
            answer = {"error": self.denies, "state": asked["state"]}
        else:
            code = uuid.uuid4().hex
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"], "iss": self.url}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=302)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.forms.append(form)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if form["grant_type"] == "refresh_token":
            known = self.refresh_tokens.pop(form["refresh_token"], None)
            return self._tokens(None) if known else JSONResponse({"error": "invalid_grant"}, status_code=400)
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["code_challenge_method"] != "S256":
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return self._tokens(asked["nonce"])

    def _tokens(self, nonce: str | None) -> Response:
        access = self.token()
        half = base64.urlsafe_b64encode(sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        identity = self.claims(aud=CLIENT, azp=CLIENT, typ="ID", nonce=nonce, at_hash=half, roles=None)
        self.spoil(identity)
        refresh = uuid.uuid4().hex
        self.refresh_tokens[refresh] = self.person["sub"]
        answer = {
            "access_token": access,
            "id_token": sign(self.keys[0], msgspec.json.encode(identity)),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": 300,
        }
        return JSONResponse(answer)


@asynccontextmanager
async def provider() -> AsyncIterator[OpenIdProvider]:
    """A running one."""
    found = OpenIdProvider()
    async with serving(found.app()) as port:
        found.url = f"http://127.0.0.1:{port}"
        yield found
