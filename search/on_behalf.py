"""Asking the engine as whoever asks the shop, so that it enforces their roles by itself as well.

The engine is shown a short token of the shop's own: which roles, and whose prices; not who. The token of a caller would
not do: what Odoo grants them is not in it, and of other issuers it may say more than the shop takes their word for.
"""

from __future__ import annotations

import base64
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from identity.bearer_claims import Principal
from identity.keys import KeyFileError
from identity.roles import Definitions
from identity.signing import Signer
from search.security import Called
from search.security_grants import own_prices

#: for whom the tokens are; the engine is to take no others of the shop's, and the shop takes none of these
AUDIENCE: Final = "opensearch"
#: the only algorithm of `identity.keys` that the engine's security plugin verifies
_ALGORITHM: Final = "RS256"
#: sets of roles with a pricelist whose tokens are kept
_KEPT: Final = 4_096


class OnBehalf:
    """Makes the headers. ``signer``: for `AUDIENCE`. ``called``: as in what `headless-odoo roles push` made.

    ``clock``: Unix seconds.
    """

    def __init__(
        self, signer: Signer, definitions: Definitions, called: Called, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._signer = signer
        self._definitions = definitions
        self._called = called
        self._clock = clock
        self._kept: OrderedDict[tuple[tuple[str, ...], int | None], tuple[Mapping[str, str], float]] = OrderedDict()

    def headers_for(self, roles: Iterable[str], pricelist_id: int | None) -> Mapping[str, str]:
        """What to send along with a question to the engine.

        ``roles``: those that are not defined mean nothing. ``pricelist_id``: their own, of a guest the website's.

        The same for all with the same rights, for half the life of a token. Raises `KeyFileError` without a key that
        the engine can verify.
        """
        key = (self._definitions.known(roles), pricelist_id)
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or kept[1] <= now:
            headers = {"Authorization": f"Bearer {self._token(*key)}"}
            kept = self._kept[key] = headers, now + self._signer.seconds / 2
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept[0]

    def _token(self, roles: tuple[str, ...], pricelist_id: int | None) -> str:
        own: list[str] = []
        if pricelist_id is not None:
            own = [self._called.own(kind, pricelist_id) for kind in own_prices(self._definitions, roles)]
        backend_roles = (*map(self._called.role, roles), *own)
        # in the engine's audit log; and who reads on in a scroll has to be called as who began it
        whoever = f"{self._called.prefix} {' '.join(backend_roles)}"
        token = self._signer.sign(Principal(subject=whoever, roles=backend_roles))
        if _algorithm(token) != _ALGORITHM:
            raise KeyFileError(f"OpenSearch verifies {_ALGORITHM} alone: `headless-odoo keys rotate --algorithm RS256`")
        return token


def _algorithm(token: str) -> str:
    header = token.partition(".")[0]
    found: str = msgspec.json.decode(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"]
    return found
