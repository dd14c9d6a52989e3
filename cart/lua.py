"""What all scripts of carts have in common.

All that is kept of a partition lies under one prefix with a hash tag of its own, so in one slot; `KEYS[1]` of every
script is the partition's ``due``, from which it takes the prefix, and names the rest. Under the prefix:

``due`` (sorted set): cart -> when to push it (ms). ``dead`` (sorted set): cart -> since when (ms). ``n``: how many
carts were made. ``w``: when something was written last. ``drafts`` (sorted set): carts of which Odoo may have a draft
-> when they end (ms), or when that is to be looked at again. ``kept:guest``, ``kept:customer`` (sorted sets): carts
that have not come to their end -> when they were touched last (ms).
``c:<cart>`` (hash): the cart but for its lines. ``l:<cart>`` (hash): number -> {number, product, millionths, options,
note or false} as MessagePack. ``k:<cart>`` (hash): product and options -> number. ``t:<cart>`` (sorted set):
transaction -> when it was applied (ms). ``b:<cart>`` (hash): product and options -> what is owed and until when.
``o:<owner>``: the current cart. ``s:<owner>`` (sorted set): carts -> when made. ``i:<owner>:<key>``: what was placed.

Fields of ``c:``: ``own``, ``kind``, ``okey``, ``site`` (the owner); ``num``, ``state``, ``ver``, ``made``, ``chg``,
``next`` (the last line number), ``name``, ``into``, ``merging``, ``m:<cart>`` (1: absorbed, 0: refused);
``d:<detail>``; ``ptok``, ``puntil``, ``pfrom``, ``pver``, ``pkey``, ``pdone``, ``plc`` (placing); ``stok``, ``suntil``,
``dirty`` (since when Odoo lags), ``pushed`` (there may be an order), ``syn``, ``synv``, ``fail``, ``left`` (somebody
gave it up as it is) (sync).
"""

from __future__ import annotations

from typing import Final

READING: Final = """
local P = string.sub(KEYS[1], 1, -4)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function told(id)
  local meta = redis.call('HGETALL', P .. 'c:' .. id)
  if #meta == 0 then return false end
  local values = redis.call('HVALS', P .. 'l:' .. id)
  return {now, id, meta, struct.pack('>BI4', 221, #values) .. table.concat(values)}
end
"""

# `w` is written in any case: WAITAOF waits for what its own connection wrote, and what this script finds may have been
# written by another and not be on disk yet.
WRITING: Final = (
    READING
    + """
local R = cmsgpack.unpack(ARGV[1])
local id = ARGV[2]
local cart = P .. 'c:' .. id
if R.durable then redis.call('SET', P .. 'w', now) end
local function get(field) return redis.call('HGET', cart, field) end
local function set(...) return redis.call('HSET', cart, ...) end
local function drop(...) return redis.call('HDEL', cart, ...) end
-- the state; a placing that has come to its end is over
local function settled()
  local m = redis.call('HMGET', cart, 'state', 'puntil', 'pfrom')
  if m[1] == 'placing' and tonumber(m[2]) <= now then
    set('state', m[3])
    return m[3]
  end
  return m[1]
end
local function live()
  local m = redis.call('HMGET', cart, 'state', 'kind', 'own', 'pushed')
  local life, kept = R[m[2]], P .. 'kept:' .. m[2]
  redis.call('ZADD', kept, now, id)
  redis.call('ZREMRANGEBYSCORE', kept, '-inf', now - life)
  if m[1] == 'placed' or m[1] == 'merged' or m[1] == 'deleted' then
    life = R.closed
    redis.call('ZREM', kept, id)
  end
  for _, part in ipairs({'c:', 'l:', 'k:', 't:'}) do
    redis.call('PEXPIREAT', P .. part .. id, now + life)
  end
  if m[1] == 'placed' then
    redis.call('ZREM', P .. 'drafts', id)
  elseif m[4] then
    redis.call('ZADD', P .. 'drafts', now + life, id)
  end
  redis.call('PEXPIREAT', P .. 'o:' .. m[3], now + R.longest)
  redis.call('PEXPIREAT', P .. 's:' .. m[3], now + R.longest)
end
-- is there something for Odoo?
local function lags()
  local m = redis.call('HMGET', cart, 'state', 'pushed', 'ver', 'synv', 'merging', 'pfrom')
  if m[1] == 'placing' then m[1] = m[6] end
  if m[1] == 'merged' or m[1] == 'deleted' then return m[2] or m[5] end
  if m[1] == 'placed' then return false end
  if m[1] == 'requested' then return true end
  return m[3] ~= m[4] and (m[2] or redis.call('EXISTS', P .. 'l:' .. id) == 1)
end
local function plan(at)
  if at and lags() then
    redis.call('HSETNX', cart, 'dirty', now)
    redis.call('ZADD', P .. 'due', at, id)
  else
    drop('dirty')
    redis.call('ZREM', P .. 'due', id)
  end
end
local function soon()
  local dirty = tonumber(get('dirty') or now)
  return math.min(now + R.delay, dirty + R.delay_most)
end
local function leased()
  return tonumber(get('suntil') or 0) > now
end
-- after a change that Odoo is to know. Whoever is pushing sees that the version moved on.
local function plan_change()
  if redis.call('ZREM', P .. 'dead', id) == 1 or drop('left') == 1 then drop('fail') end
  if leased() then redis.call('HSETNX', cart, 'dirty', now) else plan(soon()) end
end
local function changed()
  redis.call('HINCRBY', cart, 'ver', 1)
  set('chg', now)
  live()
  plan_change()
end
-- the owner has it no more
local function leave()
  local own = get('own')
  redis.call('ZREM', P .. 's:' .. own, id)
  if redis.call('GET', P .. 'o:' .. own) == id then redis.call('DEL', P .. 'o:' .. own) end
end
local function key_of(variant, options)
  if #options <= 40 then return variant .. options end
  return variant .. ':' .. redis.sha1hex(options)
end
local function put_line(number, variant, amount, options, note)
  redis.call('HSET', P .. 'l:' .. id, number, cmsgpack.pack({number, variant, amount, options, note}))
end
local function add_line(key, variant, amount, options, note)
  local number = redis.call('HINCRBY', cart, 'next', 1)
  put_line(number, variant, amount, options, note)
  redis.call('HSET', P .. 'k:' .. id, key, number)
  return number
end
"""
)

MAKING: Final = """
local function make(cart_id, own, kind, okey, site, name)
  local number = R.first_number + (redis.call('INCR', P .. 'n') - 1) * R.partitions + R.partition
  redis.call('HSET', P .. 'c:' .. cart_id, 'own', own, 'kind', kind, 'okey', okey, 'site', site, 'num', number,
    'state', 'open', 'ver', 0, 'made', now, 'chg', now)
  if name ~= '' then redis.call('HSET', P .. 'c:' .. cart_id, 'name', name) end
  -- of two made in one millisecond the first stays the first
  local carts = P .. 's:' .. own
  local last = redis.call('ZRANGE', carts, -1, -1, 'WITHSCORES')[2]
  redis.call('ZADD', carts, math.max(now, last and last + 1 or now), cart_id)
end
-- has the owner as many as may be? Those that ended by themselves are struck out first.
local function too_many(own)
  local carts = P .. 's:' .. own
  if redis.call('ZCARD', carts) < R.carts then return false end
  for _, one in ipairs(redis.call('ZRANGE', carts, 0, -1)) do
    if redis.call('EXISTS', P .. 'c:' .. one) == 0 then redis.call('ZREM', carts, one) end
  end
  return redis.call('ZCARD', carts) >= R.carts
end
"""
