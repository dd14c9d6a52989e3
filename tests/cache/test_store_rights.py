"""What a Redis user may do who was given the rights that the operations manual names."""

from __future__ import annotations

import re
import time
from pathlib import Path

from cache.redis_store import RedisStore
from cache.store import Entry
from tests.support.valkey import Valkey
from tests.support.waiting import until

MANUAL = Path(__file__).parents[2] / "docs" / "operations.md"
NAMESPACE = "rights"


def _rights() -> list[str]:
    """The rules of the manual, for a namespace."""
    found = re.search(r"^\*\*Rights\.\*\* (.*?)\n\n", MANUAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    rules = [rule for quoted in re.findall(r"`([^`]+)`", found.group(1)) for rule in quoted.split()]
    assert len(rules) > 5
    return [rule.replace("namespace", NAMESPACE) for rule in rules]


async def test_they_suffice(own_valkey: Valkey) -> None:
    own_valkey.run("ACL", "SETUSER", "shop", "on", ">secret", *_rights())
    url = own_valkey.url.replace("redis://", "redis://shop:secret@")
    stores = [RedisStore(url, NAMESPACE, read_seconds=1.0, write_seconds=1.0) for _ in range(2)]
    one, other = stores
    try:
        for store in stores:
            await until(store.ticket)
        await until(lambda: all(store.listening for store in stores))
        now = time.time()
        entry = Entry(b"body", frozenset({"tag"}), now, now + 60, now + 60, now + 60)
        assert await one.put("key", entry, await one.ticket())
        assert await one.write("value", b"1", 60)
        assert await other.read("value") == b"1"
        async with one.lease("other key", 5) as mine:
            assert mine
        await until(lambda: other.get("key"))
        assert await other.invalidate({"tag"})
        found = await one.get("key")
        assert found is not None
        assert found.invalidated
        assert not one.away
    finally:
        for store in stores:
            await store.close()
    denied = [entry for entry in own_valkey.run("ACL", "LOG") if _text(entry, "username") == "shop"]
    assert denied == []


def _text(entry: object, name: str) -> str:
    """A value of an entry of ACL LOG."""
    assert isinstance(entry, dict)
    value = entry.get(name, entry.get(name.encode()))
    return value.decode() if isinstance(value, bytes) else str(value)
