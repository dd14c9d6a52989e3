"""Wishlists in Redis or Valkey, beside the carts of the same owner.

Under the partition's prefix (see `cart.lua`): ``wi:<owner>`` (hash): variant -> the how manieth it was;
``wo:<owner>`` (set): variants that Odoo had; ``wm:<owner>`` (hash): ``n``, how many there were ever; ``rev``; ``seen``
(ms).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from cache.scripts import Script
from cart.ids import owner_digest, partition_of
from cart.lua import READING, WRITING
from cart.model import Owner
from cart.redis_server import RedisServer
from cart.store import CartsUnavailableError
from cart.wishlists import MOST, Added, Wishlist

_OWN: Final = """
local items, odoo, meta = P .. 'wi:' .. own, P .. 'wo:' .. own, P .. 'wm:' .. own
local function wished()
  local m = redis.call('HMGET', meta, 'rev', 'seen')
  return {redis.call('HGETALL', items), redis.call('SMEMBERS', odoo), m[1] or '0', m[2] or '0'}
end
"""
# ARGV: owner.
_READ: Final = "local own = ARGV[1]" + _OWN + "return wished()"

# ARGV: rules, owner, kind, how many there may be ...
_CHANGE: Final = (
    "local own = ARGV[2]"
    + _OWN
    + """
local function last()
  for _, key in ipairs({items, odoo, meta}) do redis.call('PEXPIRE', key, R[ARGV[3]]) end
end
local function put(variant)
  if redis.call('HLEN', items) >= tonumber(ARGV[4]) then return false end
  redis.call('HSET', items, variant, redis.call('HINCRBY', meta, 'n', 1))
  return true
end
"""
)
# ... variants.
_ADD: Final = """
local answer = 'known'
for i = 5, #ARGV do
  if redis.call('HEXISTS', items, ARGV[i]) == 0 then
    if put(ARGV[i]) then
      if answer == 'known' then answer = 'added' end
    else
      answer = 'full'
    end
  end
end
last()
return answer
"""
# ... variants.
_REMOVE: Final = """
for i = 5, #ARGV do redis.call('HDEL', items, ARGV[i]) end
last()
return 1
"""
# ... revision, variants.
_TAKE_IN: Final = """
if (redis.call('HGET', meta, 'rev') or '0') ~= ARGV[5] then return false end
local theirs, known = {}, {}
for i = 6, #ARGV do theirs[ARGV[i]] = true end
for _, one in ipairs(redis.call('SMEMBERS', odoo)) do
  known[one] = true
  if not theirs[one] then redis.call('HDEL', items, one) end
end
redis.call('DEL', odoo)
for i = 6, #ARGV do
  local one = ARGV[i]
  -- where there is no room it stays unknown: it is not taken for one that was struck out
  if known[one] or redis.call('HEXISTS', items, one) == 1 or put(one) then redis.call('SADD', odoo, one) end
end
redis.call('HINCRBY', meta, 'rev', 1)
redis.call('HSET', meta, 'seen', now)
last()
return wished()
"""
# ... how many were added, these, and those removed.
_BROUGHT: Final = """
for i = 6, #ARGV do
  redis.call(i <= 5 + tonumber(ARGV[5]) and 'SADD' or 'SREM', odoo, ARGV[i])
end
redis.call('HINCRBY', meta, 'rev', 1)
last()
return 1
"""

READ: Final = Script(READING + _READ, keys=1)
ADD: Final = Script(WRITING + _CHANGE + _ADD, keys=1)
REMOVE: Final = Script(WRITING + _CHANGE + _REMOVE, keys=1)
TAKE_IN: Final = Script(WRITING + _CHANGE + _TAKE_IN, keys=1)
BROUGHT: Final = Script(WRITING + _CHANGE + _BROUGHT, keys=1)
_ADDED: Final[dict[bytes, Added]] = {b"added": "added", b"known": "known", b"full": "full"}


class RedisWishlists:
    """A `cart.wishlists.WishlistStore`. ``most``: variants on a list."""

    def __init__(self, server: RedisServer, *, most: int = MOST) -> None:
        self._server = server
        self._most = most

    async def read(self, owner: Owner) -> Wishlist:
        return _told(await self._server.read(READ, partition_of(owner), owner_digest(owner)))

    async def add(self, owner: Owner, variant_ids: Sequence[int]) -> Added:
        answer = await self._change(ADD, owner, *dict.fromkeys(variant_ids))
        return _ADDED[answer]

    async def remove(self, owner: Owner, variant_ids: Sequence[int]) -> None:
        await self._change(REMOVE, owner, *variant_ids)

    async def take_in(self, owner: Owner, revision: int, theirs: Sequence[int]) -> Wishlist | None:
        answer = await self._change(TAKE_IN, owner, revision, *theirs)
        return None if not answer else _told(answer)

    async def brought(self, owner: Owner, added: Collection[int], removed: Collection[int]) -> None:
        await self._change(BROUGHT, owner, len(added), *added, *removed)

    async def _change(self, script: Script, owner: Owner, *arguments: int) -> Any:
        return await self._server.write(
            script, partition_of(owner), owner_digest(owner), owner.kind, self._most, *arguments
        )


def _told(answer: Any) -> Wishlist:
    if not answer:
        raise CartsUnavailableError("Redis told of no wishlist")
    flat, odoo, revision, seen = answer
    numbers = sorted((int(number), int(variant)) for variant, number in zip(flat[::2], flat[1::2], strict=True))
    return Wishlist(
        variants=tuple(variant for _, variant in numbers),
        odoo=frozenset(map(int, odoo)),
        revision=int(revision),
        seen=int(seen) / 1000,
    )
