"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from identity.issuers import Issuer
from identity.oidc_http import Http, HttpError


@dataclass(frozen=True, slots=True)
class Metadata:
    """Addresses of an OpenID provider. Those for logins by browser may be missing."""

    jwks_uri: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    end_session_endpoint: str | None = None


class Discovery:
    """Reads the metadata of one issuer, and keeps it for ``seconds``; what it knows stays good while it is away."""

    def __init__(
        self, issuer: Issuer, http: Http, *, seconds: float = 3600.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._seconds = seconds
        self._clock = clock
        self._metadata: Metadata | None = None
        self._until = float("-inf")

    def forget(self) -> None:
        """Ask again next time."""
        self._until = float("-inf")

    async def metadata(self) -> Metadata:
        """Raises `HttpError` when it cannot be had, or is somebody else's."""
        if self._metadata is not None and self._clock() < self._until:
            return self._metadata
        try:
            document = await self._http.get_json(self._issuer.configuration_url)
            self._metadata = self._read(document)
        except HttpError:
            if self._metadata is None:
                raise
            return self._metadata
        self._until = self._clock() + self._seconds
        return self._metadata

    def _read(self, document: Any) -> Metadata:
        if not isinstance(document, dict) or document.get("issuer") != self._issuer.issuer:
            raise HttpError("the discovery document is of another issuer")
        jwks_uri = self._address(document, "jwks_uri")
        if jwks_uri is None:
            raise HttpError("the discovery document has no jwks_uri")
        return Metadata(
            jwks_uri=jwks_uri,
            authorization_endpoint=self._address(document, "authorization_endpoint"),
            token_endpoint=self._address(document, "token_endpoint"),
            end_session_endpoint=self._address(document, "end_session_endpoint"),
        )

    def _address(self, document: Mapping[str, Any], name: str) -> str | None:
        url = document.get(name)
        if url is None:
            return None
        try:
            return self._issuer.check_url(url)
        except (ValueError, TypeError, AttributeError) as error:
            raise HttpError(f"the discovery document has an unusable {name}") from error
