"""Whose tokens are taken, and how they are to be read: data that an operator sets."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, model_validator

#: Signatures with a key pair. With a shared secret (HS256 …) whoever verifies could also sign.
ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
#: Where a value stands in the claims: ``["realm_access", "roles"]`` is the member ``roles`` of ``realm_access``.
ClaimPath = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1, max_length=8)]


class _Data(BaseModel):
    # what was given may be a secret: it is not repeated in an error
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClaimPaths(_Data):
    """Which claim tells what. A claim that is not there tells nothing; one of another kind spoils the token."""

    subject: ClaimPath = ("sub",)
    email: ClaimPath = ("email",)
    email_verified: ClaimPath = ("email_verified",)
    name: ClaimPath = ("name",)
    #: a list of texts, or one text
    roles: ClaimPath = ("roles",)
    #: numbers, or texts of digits as Keycloak's user attributes are
    partner_id: ClaimPath = ("partner_id",)
    pricelist_id: ClaimPath = ("pricelist",)
    company_id: ClaimPath = ("company_id",)
    language: ClaimPath = ("locale",)
    #: who acts for the subject (RFC 8693)
    actor: ClaimPath = ("act", "sub")
    session: ClaimPath = ("sid",)


class Client(_Data):
    """The shop as the issuer knows it, for logins by browser."""

    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    #: a file that holds the secret, instead of the secret itself
    client_secret_file: Path | None = None
    auth_method: Literal["client_secret_basic", "client_secret_post", "none"] = "client_secret_basic"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    #: which of the two tokens tells roles, partner and the rest; Keycloak writes roles into the access token alone
    claims_from: Literal["access", "id"] = "access"

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        given = sum(secret is not None for secret in (self.client_secret, self.client_secret_file))
        if given != (0 if self.auth_method == "none" else 1):
            raise ValueError("give client_secret or client_secret_file (with auth_method none: neither)")
        return self

    def secret(self) -> str:
        """The secret; empty for a public client."""
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return self.client_secret.get_secret_value() if self.client_secret is not None else ""


class Issuer(_Data):
    """One OpenID provider. ``issuer`` is compared to the claim ``iss`` letter by letter."""

    #: what we call it: in logs, and in ``/auth/login?provider=``
    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    issuer: str
    #: one of these must be in the claim ``aud``
    audience: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "PS256", "ES256", "EdDSA", "Ed25519"), min_length=1)
    #: what the token's header may say in ``typ``
    types: tuple[str, ...] = Field(default=("at+jwt", "JWT"), min_length=1)
    #: claims that must have exactly this value; Keycloak's access tokens have {"typ": "Bearer"}
    required: dict[str, str] = Field(default_factory=dict)
    #: without it: ``<issuer>/.well-known/openid-configuration``
    discovery_url: str | None = None
    #: instead of what the discovery says
    jwks_url: str | None = None
    claims: ClaimPaths = ClaimPaths()
    #: seconds by which clocks may differ
    leeway: float = Field(default=30.0, ge=0, le=300)
    client: Client | None = None
    #: plain http to other machines; for an issuer within the same private network
    insecure: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for url in (self.issuer, self.discovery_url, self.jwks_url):
            if url is not None:
                self.check_url(url)
        if self.client is not None and self.client.client_id in self.audience and not self._told_apart():
            raise ValueError("an id token would pass for an access token: take another audience, or set required")
        return self

    def _told_apart(self) -> bool:
        return bool(self.required) or {kind.lower() for kind in self.types} == {"at+jwt"}

    @property
    def configuration_url(self) -> str:
        return self.discovery_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def check_url(self, url: str) -> str:
        """The url itself, if this issuer may be reached there; else ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment or parts.username:
            raise ValueError("not an http(s) URL")
        if parts.scheme == "http" and not self.insecure and not _is_loopback(parts.hostname):
            raise ValueError("http, not https (set insecure where the network is trusted)")
        return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_issuers = TypeAdapter(tuple[Issuer, ...], config=ConfigDict(hide_input_in_errors=True))


def issuers_from(text: str | bytes) -> tuple[Issuer, ...]:
    """Read a JSON list of issuers. Raises ValueError that says where it is wrong, without repeating what was given."""
    return distinct(_issuers.validate_json(text))


def distinct(issuers: Iterable[Issuer]) -> tuple[Issuer, ...]:
    """The issuers, if no two have the same name or address; else ValueError."""
    found = tuple(issuers)
    for attribute in ("name", "issuer"):
        values = [getattr(issuer, attribute) for issuer in found]
        if len(set(values)) != len(values):
            raise ValueError(f"two issuers have the same {attribute}")
    return found
