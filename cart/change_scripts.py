"""What Redis does to carts and their lines in one atomic step.

Scripts that write have `KEYS[1]` and begin `ARGV` with the rules and the cart's id (see `cart.lua`). A cart is answered
as {now (ms), id, its fields and values, its lines}; false stands for a cart that is not there, and a text before a cart
for what it did not do.
"""

from __future__ import annotations

from typing import Final

from cache.scripts import Script
from cart.lua import MAKING, READING, WRITING

# ARGV: ids.
_FIND = """
local found = {}
for i, id in ipairs(ARGV) do found[i] = told(id) end
return found
"""

# ARGV: owner.
_CARTS_OF = """
local found = {}
for _, id in ipairs(redis.call('ZRANGE', P .. 's:' .. ARGV[1], 0, -1)) do
  local one = told(id)
  if one then found[#found + 1] = one end
end
return found
"""

# ARGV: owner.
_CURRENT = """
local id = redis.call('GET', P .. 'o:' .. ARGV[1])
return id and told(id)
"""

# ARGV: rules, id of a new cart, owner, kind, key, website, name or '', 'current' to leave a current one as it is.
_CREATE = """
local own, name = ARGV[3], ARGV[7]
if ARGV[8] == 'current' then
  local current = redis.call('GET', P .. 'o:' .. own)
  if current then
    local new = cart
    id, cart = current, P .. 'c:' .. current
    local state = settled()
    if state == 'open' or state == 'placing' then return told(id) end
    id, cart = ARGV[2], new
  end
elseif redis.call('EXISTS', cart) == 1 then
  return told(id)
elseif too_many(own) then
  return 'TOO_MANY_CARTS'
end
make(id, own, ARGV[4], ARGV[5], ARGV[6], name)
if name == '' then redis.call('SET', P .. 'o:' .. own, id) end
live()
return told(id)
"""

# ARGV: rules, id, batch: a list of {key, kind, amount, number or 0, product, options, note or false, code}.
# Returns the cart and for each 'D', 'A<number or nothing>' or 'R<code>'.
_APPLY = """
local state = settled()
if not state then return false end
local lines, index, seen, owed = P .. 'l:' .. id, P .. 'k:' .. id, P .. 't:' .. id, P .. 'b:' .. id
local function debt(key)
  local found = redis.call('HGET', owed, key)
  if not found then return nil end
  local amount, ends = string.match(found, '^(%-%d+) (%d+)$')
  if tonumber(ends) <= now then return 0 end
  return tonumber(amount)
end
local function owe(key, amount)
  if redis.call('HLEN', owed) >= R.lines then return end
  redis.call('HSET', owed, key, string.format('%.0f %.0f', amount, now + R.owed))
  redis.call('PEXPIRE', owed, R.owed)
end
local function fold(kind, amount, number, variant, options, note)
  local key, line, below
  if number > 0 then
    line = redis.call('HGET', lines, number)
    if not line then return 'RLINE_NOT_FOUND' end
    line = cmsgpack.unpack(line)
    variant, options = line[2], line[4]
    key = key_of(variant, options)
  else
    key = key_of(variant, options)
    number = tonumber(redis.call('HGET', index, key) or 0)
    if number > 0 then
      line = cmsgpack.unpack(redis.call('HGET', lines, number))
    else
      below = debt(key)
    end
  end
  local total = amount
  if kind == 'd' then total = amount + (line and line[3] or below or 0) end
  if total > R.quantity or total < -R.quantity then return 'RQUANTITY_TOO_LARGE' end
  if total > 0 then
    if line then
      if note == false then note = line[5] elseif note == '' then note = false end
      put_line(number, variant, total, options, note)
    else
      if redis.call('HLEN', lines) >= R.lines then return 'RTOO_MANY_LINES' end
      if note == '' then note = false end
      number = add_line(key, variant, total, options, note)
    end
  elseif line then
    redis.call('HDEL', lines, number)
    redis.call('HDEL', index, key)
  end
  if below then redis.call('HDEL', owed, key) end
  if total < 0 then owe(key, total) end
  return 'A' .. (number > 0 and number or '')
end
local results, applied = {}, false
for i, x in ipairs(cmsgpack.unpack(ARGV[3])) do
  local result
  if redis.call('ZSCORE', seen, x[1]) then
    result = 'D'
  elseif state ~= 'open' then
    result = 'RCART_CLOSED'
  elseif x[2] == 'x' then
    result = 'R' .. x[8]
  else
    result = fold(x[2], x[3], x[4], x[5], x[6], x[7])
    if string.sub(result, 1, 1) == 'A' then
      redis.call('ZADD', seen, now, x[1])
      applied = true
    end
  end
  results[i] = result
end
if applied then
  redis.call('ZREMRANGEBYSCORE', seen, '-inf', now - R.remember)
  redis.call('ZREMRANGEBYRANK', seen, 0, -R.remember_most - 1)
  changed()
end
return {told(id), results}
"""

# ARGV: rules, id, then names of details and their values, '' for none.
_SET_DETAILS = """
local state = settled()
if not state then return false end
if state ~= 'open' then return {'NOT_OPEN', told(id)} end
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then drop('d:' .. ARGV[i]) else set('d:' .. ARGV[i], ARGV[i + 1]) end
end
changed()
return told(id)
"""

# ARGV: rules, id.
_CLEAR = """
local state = settled()
if not state then return false end
if state ~= 'open' then return {'NOT_OPEN', told(id)} end
redis.call('DEL', P .. 'l:' .. id, P .. 'k:' .. id, P .. 'b:' .. id)
changed()
return told(id)
"""

# ARGV: rules, id, name.
_SAVE = """
local state = settled()
if not state then return false end
if state ~= 'open' then return {'NOT_OPEN', told(id)} end
local own = get('own')
if redis.call('GET', P .. 'o:' .. own) == id then
  if too_many(own) then return 'TOO_MANY_CARTS' end
  redis.call('DEL', P .. 'o:' .. own)
end
set('name', ARGV[3], 'chg', now)
live()
return told(id)
"""

_DELETING = """
local function delete()
  leave()
  set('state', 'deleted')
  redis.call('DEL', P .. 'l:' .. id, P .. 'k:' .. id, P .. 'b:' .. id)
  redis.call('HINCRBY', cart, 'ver', 1)
  set('chg', now)
  live()
  redis.call('ZREM', P .. 'dead', id)
  if leased() then redis.call('HSETNX', cart, 'dirty', now) else plan(now) end
end
"""

# ARGV: rules, id, name of the one before.
_ACTIVATE = """
local state = settled()
if not state then return false end
if state ~= 'open' then return {'NOT_OPEN', told(id)} end
local own = get('own')
local old = redis.call('GET', P .. 'o:' .. own)
if old == id then return told(id) end
if old and redis.call('EXISTS', P .. 'c:' .. old) == 1 then
  id, cart = old, P .. 'c:' .. old
  local before = settled()
  if before == 'open' and redis.call('EXISTS', P .. 'l:' .. id) == 0 then
    delete()
  elseif before == 'open' or before == 'placing' then
    set('name', ARGV[3])
  end
  id, cart = ARGV[2], P .. 'c:' .. ARGV[2]
end
redis.call('SET', P .. 'o:' .. own, id)
drop('name')
set('chg', now)
live()
return told(id)
"""

# ARGV: rules, id.
_DELETE = """
local state = settled()
if not state then return false end
if state == 'open' then
  delete()
elseif state ~= 'deleted' then
  return {'NOT_OPEN', told(id)}
end
return told(id)
"""

FIND: Final = Script(READING + _FIND, keys=1)
CARTS_OF: Final = Script(READING + _CARTS_OF, keys=1)
CURRENT: Final = Script(READING + _CURRENT, keys=1)
CREATE: Final = Script(WRITING + MAKING + _CREATE, keys=1)
APPLY: Final = Script(WRITING + _APPLY, keys=1)
SET_DETAILS: Final = Script(WRITING + _SET_DETAILS, keys=1)
CLEAR: Final = Script(WRITING + _CLEAR, keys=1)
SAVE: Final = Script(WRITING + MAKING + _SAVE, keys=1)
ACTIVATE: Final = Script(WRITING + _DELETING + _ACTIVATE, keys=1)
DELETE: Final = Script(WRITING + _DELETING + _DELETE, keys=1)
