"""Who sends a request, as far as its headers tell."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import SecretStr

Headers = Mapping[bytes, bytes]
"""Of a request, by lower-case name."""


class Caller(NamedTuple):
    """``host``: of the website that is wanted; ``accept_language``: the header of that name."""

    host: str | None = None
    accept_language: str | None = None
    is_operator: bool = False


class Callers:
    """Reads the headers. ``operator_token``: what makes an operator; None: there are none."""

    def __init__(self, operator_token: SecretStr | None) -> None:
        self._operator = f"Bearer {operator_token.get_secret_value()}".encode() if operator_token else None

    def of(self, headers: Headers) -> Caller:
        # the storefront sends the host under a name of its own, sic
        host = headers.get(b"resquest-host") or headers.get(b"host")
        language = headers.get(b"accept-language")
        given = headers.get(b"authorization")
        return Caller(
            host.decode("latin-1") if host else None,
            language.decode("latin-1") if language else None,
            given is not None and self._operator is not None and hmac.compare_digest(given, self._operator),
        )
