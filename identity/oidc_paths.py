"""Where a browser may be sent after a login or logout: pages of the shop, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

_MAX: Final = 2048
#: one slash first; then what is visible ASCII, but no backslash, which browsers take for a slash
_OWN: Final = re.compile(r"/(?:[!-\[\]-~]*)", re.ASCII)
#: going back there would log in or out again
_OURS: Final = "/auth/"


def own_path(asked: str | None, default: str = "/") -> str:
    """The path (with its query) if it is one of this site and cannot be read as another address; else the default."""
    if not asked or len(asked) > _MAX or not _OWN.fullmatch(asked):
        return default
    path = re.split(r"[?#]", asked, maxsplit=1)[0]
    if "//" in path or "/." in path or unquote(path).lower().startswith(_OURS):
        return default
    return asked


def after_logout(asked: str | None, own_site: str, allowed: Collection[str]) -> str:
    """A whole address: one of ``allowed`` as it stands, or a path of ``own_site`` (``https://shop.example``)."""
    if asked is not None and asked in allowed:
        return asked
    return own_site.rstrip("/") + own_path(asked)
