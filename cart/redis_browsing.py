"""Carts in Redis: lists of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cache.scripts import Script
from cart.browsing import LISTS, LOOKED_AT, Part, Place, page_of, place_of
from cart.ids import PARTITIONS
from cart.lua import READING
from cart.redis_reading import pack
from cart.redis_server import RedisServer
from cart.store import CartsPage, Listed

# ARGV: names of sorted sets as a list, websites as a list, how many, how many to look at, 'desc' or 'asc', moment and
# id after which it begins or '', 'synced' for those alone that Odoo knows as they are. Returns those that belong to the
# list (moment, id, moment, id ...), and how far was looked: moment and id, or nothing when that was all.
_BROWSE = """
local most, desc, at, after = tonumber(ARGV[4]), ARGV[5] == 'desc', ARGV[6], ARGV[7]
local sites = {}
for _, site in ipairs(cmsgpack.unpack(ARGV[2])) do sites[tostring(site)] = true end
local function before(x, y)
  if x[1] ~= y[1] then
    if desc then return x[1] > y[1] end
    return x[1] < y[1]
  end
  if desc then return x[2] > y[2] end
  return x[2] < y[2]
end
local waiting = {}
for _, name in ipairs(cmsgpack.unpack(ARGV[1])) do
  local key, first, last = P .. name, desc and '+inf' or '-inf', desc and '-inf' or '+inf'
  if at ~= '' then
    first = '(' .. at
    for _, id in ipairs(redis.call('ZRANGE', key, at, at, 'BYSCORE')) do
      if before({at, after}, {at, id}) then waiting[#waiting + 1] = {tonumber(at), id} end
    end
  end
  local range = {'ZRANGE', key, first, last, 'BYSCORE'}
  if desc then range[#range + 1] = 'REV' end
  for _, part in ipairs({'LIMIT', 0, most + 1, 'WITHSCORES'}) do range[#range + 1] = part end
  local found = redis.call(unpack(range))
  for i = 1, #found, 2 do waiting[#waiting + 1] = {tonumber(found[i + 1]), found[i]} end
end
table.sort(waiting, before)
local told = {}
for i, one in ipairs(waiting) do
  local m = redis.call('HMGET', P .. 'c:' .. one[2], 'site', 'ver', 'synv')
  if m[1] and sites[m[1]] and (ARGV[8] == '' or m[2] == m[3]) then
    told[#told + 1] = string.format('%.0f', one[1])
    told[#told + 1] = one[2]
  end
  if (#told >= 2 * tonumber(ARGV[3]) or i >= most) and i < #waiting then
    return {told, string.format('%.0f', one[1]), one[2]}
  end
end
return {told}
"""

BROWSE: Final = Script(READING + _BROWSE, keys=1)


class RedisBrowsing(RedisServer):
    """The part of a `cart.store.CartStore` that is about lists of all carts."""

    async def browse(
        self, which: Listed, websites: Sequence[int], limit: int, *, after: str | None = None
    ) -> CartsPage:
        listed, begun = LISTS[which], place_of(after)
        asked = (
            pack(listed.sets),
            pack(tuple(websites)),
            limit,
            LOOKED_AT,
            "desc" if listed.newest_first else "asc",
            "" if begun is None else begun.moment,
            "" if begun is None else begun.cart_id,
            "synced" if listed.synced else "",
        )
        answers = await self.read_all(BROWSE, dict.fromkeys(range(PARTITIONS), asked))
        page, reached = page_of(map(_part, answers), limit, newest_first=listed.newest_first)
        found = await self.find_many([place.cart_id for place in page]) if page else {}
        return CartsPage(carts=tuple(found.values()), following=None if reached is None else str(reached))


def _part(answer: list[Any]) -> Part:
    flat = answer[0]
    found = [_place(moment, cart_id) for moment, cart_id in zip(flat[::2], flat[1::2], strict=True)]
    return Part(found, _place(answer[1], answer[2]) if len(answer) > 1 else None)


def _place(moment: bytes, cart_id: bytes) -> Place:
    return Place(int(moment), cart_id.decode())
