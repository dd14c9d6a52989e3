"""Which pages may change something by a visitor's browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

_OWN_SITE: Final = frozenset({b"same-origin", b"none"})


class Origins:
    """``own``: the shop's origin, if it is known; ``allowed``: others. All as browsers write them in ``Origin``."""

    def __init__(self, own: str | None, allowed: Iterable[str] = ()) -> None:
        origins = [*([own] if own else []), *(one.strip() for one in allowed if one.strip())]
        self._known = frozenset(one.rstrip("/").lower().encode("latin-1", "replace") for one in origins)

    def knows(self, origin: bytes) -> bool:
        """Is it one of these, as a browser writes it?"""
        return origin.lower() in self._known

    def may_change(self, headers: Mapping[bytes, bytes]) -> bool:
        """May the page that sends this change something with the cookies of its browser?

        What comes from a server, as the storefront's, has neither ``Sec-Fetch-Site`` nor ``Origin``. A browser that
        sends one of them says it truly, whatever the page wants.
        """
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if origin is not None and self.knows(origin):
            return True
        if site is not None:
            return site in _OWN_SITE
        return origin is None or _is_of_host(origin, headers.get(b"host"))


def _is_of_host(origin: bytes, host: bytes | None) -> bool:
    """Is it a page of the very host that is asked? Browsers too old for ``Sec-Fetch-Site`` leave it at that."""
    try:
        return host is not None and urlsplit(origin).netloc.lower() == host.lower() != b""
    except ValueError:
        return False
