"""The issuers at which one can log in by browser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from identity.issuers import Client, Issuer
from identity.issuers_discovery import Discovery, Metadata
from identity.oidc_errors import AwayLoginError, UnknownLoginError
from identity.oidc_http import HttpError


@dataclass(frozen=True, slots=True)
class Provider:
    """An issuer, with its client."""

    issuer: Issuer
    client: Client
    discovery: Discovery

    @property
    def name(self) -> str:
        return self.issuer.name

    async def metadata(self) -> Metadata:
        """Raises `AwayLoginError`."""
        try:
            return await self.discovery.metadata()
        except HttpError as error:
            raise AwayLoginError(str(error)) from error


class Providers:
    """By name; the first is the usual one. Issuers without a client are left out."""

    def __init__(self, issuers: Iterable[tuple[Issuer, Discovery]]) -> None:
        self._found = {
            issuer.name: Provider(issuer, issuer.client, discovery)
            for issuer, discovery in issuers
            if issuer.client is not None
        }
        if not self._found:
            raise ValueError("no issuer has a client")

    def get(self, name: str | None) -> Provider | None:
        return self._found.get(name) if name else next(iter(self._found.values()))

    def of(self, name: str | None) -> Provider:
        """Raises `UnknownLoginError`."""
        provider = self.get(name)
        if provider is None:
            raise UnknownLoginError("no such provider")
        return provider
