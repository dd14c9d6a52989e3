"""What the seed scripts share: calls to Odoo over /jsonrpc, records by external id, made-up pictures."""

from __future__ import annotations

import base64
import http.client
import json
import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MODULE = "headless_seed"
LANGUAGES = {"nl": "nl_NL", "fr": "fr_FR"}

Values = dict[str, Any]
Names = dict[str, str]
"""A text in "en" (the source), "nl" and "fr"."""

SHOP: dict[str, list[Values]] = json.loads(Path(__file__).with_name("seed_odoo14.json").read_text(encoding="utf-8"))


class Odoo:
    """Calls of one user over /jsonrpc, on one kept connection."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        """:raises RuntimeError: the login is refused."""
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=300)
        self._database, self._password = database, password
        self._uid = self._rpc("common", "login", [database, login, password])
        if not self._uid:
            raise RuntimeError(f"{login} cannot log in to {database}")
        rows = self.call("ir.model.data", "search_read", [("module", "=", MODULE)], ["name", "res_id"])
        self._ids: dict[str, int] = {row["name"]: row["res_id"] for row in rows}

    def _rpc(self, service: str, method: str, args: list[Any]) -> Any:
        params = {"service": service, "method": method, "args": args}
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params, "id": 1})
        self._connection.request("POST", "/jsonrpc", body, {"Content-Type": "application/json"})
        answer = json.loads(self._connection.getresponse().read())
        if "error" in answer:
            data = answer["error"].get("data", {})
            raise RuntimeError(f"{method}: {data.get('message')}\n{data.get('debug', '')[-1500:]}")
        # A method that returns None answers without "result".
        return answer.get("result")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """``model.method(*args, **kwargs)`` in English, unless a context is given."""
        kwargs.setdefault("context", {"lang": "en_US"})
        return self._rpc(
            "object",
            "execute_kw",
            [self._database, self._uid, self._password, model, method, list(args), kwargs],
        )

    def one(self, model: str, *domain: tuple[str, str, Any]) -> int:
        """The first record that matches; :raises IndexError: none does."""
        return int(self.call(model, "search", list(domain), limit=1)[0])

    def has(self, name: str) -> bool:
        """Whether a record of this external id was made before."""
        return name in self._ids

    def id(self, name: str) -> int:
        """The record of this external id; :raises KeyError: there is none."""
        return self._ids[name]

    def keep(self, name: str, model: str, record: int) -> int:
        """Gives a record its external id."""
        self.call("ir.model.data", "create", {"module": MODULE, "name": name, "model": model, "res_id": record})
        self._ids[name] = record
        return record

    def put(self, name: str, model: str, values: Values, context: Values | None = None) -> int:
        """The record of this external id, made now if it is not there."""
        if name not in self._ids:
            full = {"lang": "en_US", **(context or {})}
            self.keep(name, model, int(self.call(model, "create", values, context=full)))
        return self._ids[name]

    def translate(self, model: str, record: int, field: str, names: Names) -> None:
        """Writes the Dutch and French text of a translatable field."""
        for short, language in LANGUAGES.items():
            self.call(model, "write", [record], {field: names[short]}, context={"lang": language})


def picture(seed: str, size: int = 640) -> str:
    """A PNG, base64: a disc on a light ground, its colour and place taken from the text."""
    mark = zlib.crc32(seed.encode())
    ground, disc = (
        bytes([238, 241, 244]),
        bytes([60 + mark % 160, 60 + (mark >> 8) % 160, 60 + (mark >> 16) % 160]),
    )
    middle, radius = size // 2 + (mark >> 24) % 60 - 30, size // 3
    rows = bytearray()
    for y in range(size):
        half = int(max(0, radius**2 - (y - middle) ** 2) ** 0.5)
        rows += b"\0" + ground * (middle - half) + disc * (2 * half) + ground * (size - middle - half)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
    return base64.b64encode(png + chunk(b"IEND", b"")).decode()
