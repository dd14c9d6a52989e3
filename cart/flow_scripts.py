"""What Redis does in one atomic step when a cart goes into another, becomes an order, or is brought to Odoo.

Keys, beginnings and answers are as in `cart.change_scripts`.
"""

from __future__ import annotations

from typing import Final

from cache.scripts import Script
from cart.lua import READING, WRITING

# ARGV: rules, id, cart it goes into. Returns the cart and the transactions it remembers with their moments.
_SEAL = """
local state = settled()
if not state then return false end
if state == 'open' then
  leave()
  set('state', 'merged', 'into', ARGV[3], 'merging', 1, 'chg', now)
  redis.call('HINCRBY', cart, 'ver', 1)
  redis.call('DEL', P .. 'b:' .. id)
  live()
  redis.call('ZREM', P .. 'dead', id)
  -- should nobody finish it, the worker finds it here
  if leased() then redis.call('HSETNX', cart, 'dirty', now) else plan(now + R.delay_most) end
end
local seen = get('merging') and redis.call('ZRANGE', P .. 't:' .. id, 0, -1, 'WITHSCORES') or {}
return {told(id), cmsgpack.pack(seen)}
"""

# ARGV: rules, id, source, its lines: a list of {number, product, millionths, options, note or false}, the transactions
# it remembers, its codes as a list, then names of its other details and their values. Returns what became of it and
# the cart.
_ABSORB = """
local state = settled()
if not state then return {'GONE'} end
local mark = 'm:' .. ARGV[3]
local before = get(mark)
if before == '1' then return {'DONE', told(id)} end
if before == '0' then return {'REFUSED', told(id)} end
if state == 'placing' then return {'BUSY', told(id)} end
if state ~= 'open' then
  set(mark, 0)
  return {'REFUSED', told(id)}
end
for _, line in ipairs(cmsgpack.unpack(ARGV[4])) do
  local variant, amount, options, note = line[2], line[3], line[4], line[5]
  local key = key_of(variant, options)
  local number = redis.call('HGET', P .. 'k:' .. id, key)
  if number then
    local mine = cmsgpack.unpack(redis.call('HGET', P .. 'l:' .. id, number))
    if mine[5] and note and mine[5] ~= note then note = mine[5] .. '\\n' .. note else note = mine[5] or note end
    put_line(tonumber(number), variant, math.min(mine[3] + amount, R.quantity), options, note)
  else
    redis.call('HDEL', P .. 'b:' .. id, key)
    add_line(key, variant, amount, options, note)
  end
end
local seen = cmsgpack.unpack(ARGV[5])
for i = 1, #seen, 2 do redis.call('ZADD', P .. 't:' .. id, seen[i + 1], seen[i]) end
redis.call('ZREMRANGEBYRANK', P .. 't:' .. id, 0, -R.remember_most - 1)
local codes, known = cmsgpack.unpack(get('d:codes') or '\\144'), {}
for _, code in ipairs(codes) do known[code] = true end
for _, code in ipairs(cmsgpack.unpack(ARGV[6])) do
  if not known[code] then codes[#codes + 1] = code end
end
if #codes > 0 then set('d:codes', cmsgpack.pack(codes)) end
for i = 7, #ARGV, 2 do redis.call('HSETNX', cart, 'd:' .. ARGV[i], ARGV[i + 1]) end
set(mark, 1)
changed()
return {'DONE', told(id)}
"""

# ARGV: rules, id, the target that refused, the new one.
_REDIRECT = """
if get('merging') and get('into') == ARGV[3] then set('into', ARGV[4]) end
return true
"""

# ARGV: rules, id, target.
_FINISH_MERGE = """
if get('merging') and get('into') == ARGV[3] then
  drop('merging')
  if not leased() then plan(now) end
end
return true
"""

# ARGV: rules, id, token, for how long (ms), key or '', version or '', 'again' or ''. Returns what became of it, the
# cart or nothing, what is placed under the key or nothing.
_BEGIN = """
local state = settled()
if not state then return false end
local own = get('own')
if ARGV[5] ~= '' then
  local placed = redis.call('GET', P .. 'i:' .. own .. ':' .. ARGV[5])
  if placed then
    local at = string.find(placed, '\\n', 1, true)
    return {'PLACED', told(string.sub(placed, 1, at - 1)), string.sub(placed, at + 1)}
  end
end
if state == 'placing' and get('ptok') ~= ARGV[3] then return {'BUSY', told(id)} end
if state == 'placed' or (state == 'requested' and ARGV[7] == '') then return {'PLACED', told(id), get('plc')} end
if state == 'merged' or state == 'deleted' then return {'CLOSED', told(id)} end
if ARGV[6] ~= '' and get('ver') ~= ARGV[6] then return {'CHANGED', told(id)} end
if state ~= 'placing' then set('pfrom', state) end
set('state', 'placing', 'ptok', ARGV[3], 'puntil', now + ARGV[4], 'pver', get('ver'))
if ARGV[5] ~= '' then set('pkey', ARGV[5]) elseif state == 'open' then drop('pkey') end
live()
return {'BEGUN', told(id)}
"""

# The token holds the cart, or was the last to and nothing has changed since.
_HOLDING = """
local function holds(token)
  local m = redis.call('HMGET', cart, 'state', 'ptok', 'pver', 'ver', 'pfrom')
  return m[2] == token and m[3] == m[4] and (m[1] == 'placing' or m[1] == m[5])
end
local function by_key()
  local key = get('pkey')
  return key and P .. 'i:' .. get('own') .. ':' .. key
end
"""

# ARGV: rules, id, token, placement, state.
_FINISH = """
if get('pdone') == ARGV[3] and get('state') == ARGV[5] then return told(id) end
if not holds(ARGV[3]) then return false end
local own = get('own')
set('state', ARGV[5], 'plc', ARGV[4], 'pdone', ARGV[3])
drop('ptok', 'puntil', 'pfrom', 'pver')
if redis.call('GET', P .. 'o:' .. own) == id then redis.call('DEL', P .. 'o:' .. own) end
if by_key() then redis.call('SET', by_key(), id .. '\\n' .. ARGV[4], 'PX', R.closed) end
if ARGV[5] == 'placed' then leave() end
live()
redis.call('ZREM', P .. 'dead', id)
if not leased() then plan(now) end
return told(id)
"""

# ARGV: rules, id, token, 'requested' to leave a requested one so.
_ABANDON = """
if not holds(ARGV[3]) then return false end
local from, own = get('pfrom'), get('own')
if from ~= 'requested' then
  set('state', 'open')
elseif ARGV[4] == 'requested' then
  set('state', 'requested')
else
  set('state', 'open')
  if by_key() then redis.call('DEL', by_key()) end
  drop('plc', 'pkey', 'pdone')
  local current = redis.call('GET', P .. 'o:' .. own)
  if not current or redis.call('EXISTS', P .. 'c:' .. current) == 0 then redis.call('SET', P .. 'o:' .. own, id) end
end
drop('ptok', 'puntil', 'pfrom', 'pver')
live()
if not leased() then plan(now) end
return told(id)
"""

# ARGV: owner, key.
_PLACED = """
return redis.call('GET', P .. 'i:' .. ARGV[1] .. ':' .. ARGV[2])
"""

# ARGV: rules, id, token, for how long (ms), 'due' when only if it is due.
_TAKE = """
if redis.call('EXISTS', cart) == 0 then
  redis.call('ZREM', P .. 'due', id)
  redis.call('ZREM', P .. 'dead', id)
  return false
end
local mine = get('stok') == ARGV[3]
if leased() and not mine then return false end
if ARGV[5] == 'due' and not (leased() and mine) then
  local at = tonumber(redis.call('ZSCORE', P .. 'due', id) or now + 1)
  if at > now then return false end
end
local ends = now + ARGV[4]
if not (leased() and mine) then drop('dirty') end
set('stok', ARGV[3], 'suntil', ends, 'pushed', 1)
redis.call('ZADD', P .. 'due', ends, id)
if settled() ~= 'placed' then redis.call('ZADD', P .. 'drafts', now + redis.call('PTTL', cart), id) end
return told(id)
"""

_GIVING_BACK = """
if get('stok') ~= ARGV[3] then return 0 end
drop('stok', 'suntil')
"""

# ARGV: rules, id, token, version, what Odoo knows.
_SYNCED = """
set('synv', ARGV[4], 'syn', ARGV[5])
drop('fail')
redis.call('ZREM', P .. 'dead', id)
plan(get('dirty') and soon() or now)
return 1
"""

# ARGV: rules, id, token, failure, when to try again (ms), 'dead' or ''.
_FAILED = """
set('fail', ARGV[4])
if ARGV[6] == '' then
  redis.call('ZREM', P .. 'dead', id)
  plan(ARGV[5])
elseif get('dirty') then
  drop('fail')
  plan(soon())
else
  redis.call('ZREM', P .. 'due', id)
  redis.call('ZADD', P .. 'dead', now, id)
end
return 1
"""

# ARGV: rules, id, token.
_RELEASE = """
if redis.call('ZSCORE', P .. 'dead', id) then
  redis.call('ZREM', P .. 'due', id)
else
  plan(get('dirty') and soon() or now)
end
return 1
"""

# ARGV: rules, id, token.
_DROPPED = """
drop('pushed', 'syn', 'synv', 'fail')
redis.call('ZREM', P .. 'drafts', id)
redis.call('ZREM', P .. 'dead', id)
plan(get('dirty') and soon() or now)
return 1
"""

# ARGV: rules, id.
_REVIVE = """
if redis.call('ZREM', P .. 'dead', id) == 0 or redis.call('EXISTS', cart) == 0 then return 0 end
drop('fail')
plan(now)
return 1
"""

# ARGV: rules, id. Nobody tries it again as it is: but an order that was accepted, which somebody waits for.
_GIVE_UP = """
if settled() == 'requested' or redis.call('ZREM', P .. 'dead', id) == 0 then return 0 end
set('left', 1)
return 1
"""

# ARGV: now (ms), how many. Returns those due and since when.
_DUE = """
return redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
"""

# ARGV: now (ms), how many. Returns those that have ended, or are to be looked at, and since when.
_ENDED = """
return redis.call('ZRANGE', P .. 'drafts', '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
"""

# ARGV: rules, id, until when nobody else is to look at it (ms). Returns whether it is to be dropped by whoever asks.
_CLAIM_DRAFT = """
local at = tonumber(redis.call('ZSCORE', P .. 'drafts', id) or now + 1)
if at > now then return 0 end
local left = redis.call('PTTL', cart)
if left > 0 then
  redis.call('ZADD', P .. 'drafts', now + left, id)
  return 0
end
redis.call('ZADD', P .. 'drafts', now + ARGV[3], id)
return 1
"""

# ARGV: rules, id.
_FORGET_DRAFT = """
if redis.call('EXISTS', cart) == 1 then return 0 end
return redis.call('ZREM', P .. 'drafts', id)
"""

# ARGV: how many. Returns those dead and since when.
_DEAD = """
return redis.call('ZRANGE', P .. 'dead', 0, ARGV[1] - 1, 'WITHSCORES')
"""

# Returns how many are due, due or waiting, dead; and when the first is due or ''.
_COUNTS = """
return {redis.call('ZCOUNT', KEYS[1], '-inf', now), redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', P .. 'dead'),
  redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or ''}
"""

SEAL: Final = Script(WRITING + _SEAL, keys=1)
ABSORB: Final = Script(WRITING + _ABSORB, keys=1)
REDIRECT: Final = Script(WRITING + _REDIRECT, keys=1)
FINISH_MERGE: Final = Script(WRITING + _FINISH_MERGE, keys=1)
BEGIN: Final = Script(WRITING + _BEGIN, keys=1)
FINISH: Final = Script(WRITING + _HOLDING + _FINISH, keys=1)
ABANDON: Final = Script(WRITING + _HOLDING + _ABANDON, keys=1)
PLACED: Final = Script(READING + _PLACED, keys=1)
TAKE: Final = Script(WRITING + _TAKE, keys=1)
SYNCED: Final = Script(WRITING + _GIVING_BACK + _SYNCED, keys=1)
FAILED: Final = Script(WRITING + _GIVING_BACK + _FAILED, keys=1)
RELEASE: Final = Script(WRITING + _GIVING_BACK + _RELEASE, keys=1)
DROPPED: Final = Script(WRITING + _GIVING_BACK + _DROPPED, keys=1)
REVIVE: Final = Script(WRITING + _REVIVE, keys=1)
GIVE_UP: Final = Script(WRITING + _GIVE_UP, keys=1)
DUE: Final = Script(READING + _DUE, keys=1)
DEAD: Final = Script(READING + _DEAD, keys=1)
ENDED: Final = Script(READING + _ENDED, keys=1)
CLAIM_DRAFT: Final = Script(WRITING + _CLAIM_DRAFT, keys=1)
FORGET_DRAFT: Final = Script(WRITING + _FORGET_DRAFT, keys=1)
COUNTS: Final = Script(READING + _COUNTS, keys=1)
