"""What verifies tokens, put together from the issuers that an operator set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from identity.bearer import Trusted, Verifier
from identity.issuers import Issuer, distinct
from identity.issuers_discovery import Discovery
from identity.jwks import KeyLimits, RemoteKeys
from identity.oidc_http import Http
from identity.oidc_providers import Providers


class Trust:
    """``own``: the shop's own tokens, which are verified without asking. Nobody is asked before it is needed."""

    def __init__(
        self,
        issuers: Iterable[Issuer],
        *,
        own: Sequence[Trusted] = (),
        http: Http | None = None,
        limits: KeyLimits | None = None,
        max_bytes: int = 8192,
        kept: int = 10_000,
    ) -> None:
        self.http = http or Http()
        self._discoveries = [(issuer, Discovery(issuer, self.http)) for issuer in distinct(issuers)]
        remote = [
            Trusted(issuer, RemoteKeys(issuer, self.http, discovery, limits=limits))
            for issuer, discovery in self._discoveries
        ]
        self.verifier = Verifier([*own, *remote], max_bytes=max_bytes, kept=kept)

    @property
    def providers(self) -> Providers | None:
        """Those at which one can log in by browser; None when there is none."""
        if all(issuer.client is None for issuer, _ in self._discoveries):
            return None
        return Providers(self._discoveries)

    async def close(self) -> None:
        await self.verifier.close()
        await self.http.close()
