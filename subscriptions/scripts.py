"""What Redis does of subscriptions in one atomic step.

All lies under one prefix with a hash tag, so in one slot of a cluster; `KEYS[1]` of every script is ``queue``, from
which it takes the prefix. A target is ``<kind>:<ref>``, an owner ``<website>:<contact>``. Under the prefix:

``queue`` (sorted set): owner -> when to tell them (ms), or when somebody else may, if somebody does right now.
``turn``: how many subscriptions there were ever. ``targets`` (set): all that are followed.
``fresh`` (sorted set): targets that have to be looked at for the first time -> the turn since which. ``w``: when
something was written last. ``missed`` (hash): target -> since when it has not been there (ms).
``pricelists`` (hash): owner -> the pricelist by which they see promotions.
``own:<owner>`` (hash): target -> ``<turn>:<since (ms)>``. ``by:<target>`` (set): owners.
``known:<name>`` (set): what is no news any more, and ``.``, so that a set of nothing exists.
``news:<owner>`` (hash): item -> since when (ms). ``batch:<owner>`` (hash): ``id``, ``tries``, ``by`` of the batch that
is being told; ``items:<owner>`` (hash): what is in it.
"""

from __future__ import annotations

from typing import Final

from cache.scripts import Script

_HEAD: Final = """
local P = string.sub(KEYS[1], 1, -6)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function leave(owner, target)
  if redis.call('HDEL', P .. 'own:' .. owner, target) == 0 then return end
  redis.call('SREM', P .. 'by:' .. target, owner)
  if redis.call('EXISTS', P .. 'by:' .. target) == 0 then
    redis.call('SREM', P .. 'targets', target)
    redis.call('ZREM', P .. 'fresh', target)
    redis.call('HDEL', P .. 'missed', target)
    redis.call('DEL', P .. 'known:' .. target)
  end
  if redis.call('EXISTS', P .. 'own:' .. owner) == 0 then redis.call('HDEL', P .. 'pricelists', owner) end
end
"""
# WAITAOF waits for what its own connection wrote: there has to be something.
_WRITTEN: Final = "redis.call('SET', P .. 'w', now)\n"

# ARGV: owner. Returns targets and their values in turn.
READ: Final = Script(_HEAD + "return redis.call('HGETALL', P .. 'own:' .. ARGV[1])", keys=1)

# ARGV: owner, target, how many there may be, pricelist or '', 1: it has to be looked at though others follow it.
# Returns {1 when it is new, the value}; nothing when there are as many as may be.
FOLLOW: Final = Script(
    _HEAD
    + _WRITTEN
    + """
local owner, target, own = ARGV[1], ARGV[2], P .. 'own:' .. ARGV[1]
if ARGV[4] ~= '' then redis.call('HSET', P .. 'pricelists', owner, ARGV[4]) end
local kept = redis.call('HGET', own, target)
if kept then return {0, kept} end
if redis.call('HLEN', own) >= tonumber(ARGV[3]) then
  if redis.call('EXISTS', own) == 0 then redis.call('HDEL', P .. 'pricelists', owner) end
  return false
end
local turn = redis.call('INCR', P .. 'turn')
local value = turn .. ':' .. now
redis.call('HSET', own, target, value)
redis.call('SADD', P .. 'by:' .. target, owner)
if redis.call('SADD', P .. 'targets', target) == 1 or ARGV[5] == '1' then
  redis.call('ZADD', P .. 'fresh', turn, target)
end
return {1, value}
""",
    keys=1,
)

# ARGV: owner, targets.
LEAVE: Final = Script(
    _HEAD + _WRITTEN + "for i = 2, #ARGV do leave(ARGV[1], ARGV[i]) end\nreturn 1",
    keys=1,
)

# ARGV: owner. All of theirs, and what they were to be told.
FORGET: Final = Script(
    _HEAD
    + _WRITTEN
    + """
local owner = ARGV[1]
for _, target in ipairs(redis.call('HKEYS', P .. 'own:' .. owner)) do leave(owner, target) end
redis.call('DEL', P .. 'news:' .. owner, P .. 'batch:' .. owner, P .. 'items:' .. owner)
redis.call('ZREM', P .. 'queue', owner)
return 1
""",
    keys=1,
)

# Returns {targets, fresh targets and their turns in turn, pricelists of owners}.
WATCHED: Final = Script(
    _HEAD
    + """
return {redis.call('SMEMBERS', P .. 'targets'), redis.call('ZRANGE', P .. 'fresh', 0, -1, 'WITHSCORES'),
  redis.call('HVALS', P .. 'pricelists')}
""",
    keys=1,
)

# Returns how many targets are fresh.
FRESH: Final = Script(_HEAD + "return redis.call('ZCARD', P .. 'fresh')", keys=1)

# ARGV: targets and turns in turn. They were looked at for the first time, as they were followed then.
SEEN: Final = Script(
    _HEAD
    + """
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', P .. 'fresh', ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', P .. 'fresh', ARGV[i]) end
end
return 1
""",
    keys=1,
)

# ARGV: ms after which what is not there has ended, how many targets are not there, these, and those that are.
THERE: Final = Script(
    _HEAD
    + """
local count = tonumber(ARGV[2])
for i = 3, #ARGV do
  if i > 2 + count then
    redis.call('HDEL', P .. 'missed', ARGV[i])
  else
    redis.call('HSETNX', P .. 'missed', ARGV[i], now)
    if now - redis.call('HGET', P .. 'missed', ARGV[i]) > tonumber(ARGV[1]) then
      for _, owner in ipairs(redis.call('SMEMBERS', P .. 'by:' .. ARGV[i])) do leave(owner, ARGV[i]) end
    end
  end
end
return 1
""",
    keys=1,
)

# ARGV: name of what is known, refs. These are no news. Returns 1 when nothing was known by that name before.
KNOW: Final = Script(
    _HEAD
    + """
local known = P .. 'known:' .. ARGV[1]
local first = 1 - redis.call('EXISTS', known)
redis.call('SADD', known, '.')
for i = 2, #ARGV do redis.call('SADD', known, ARGV[i]) end
return first
""",
    keys=1,
)

# ARGV: name of what is known or '', event, pricelist or '', ms to wait for more, how many refs are told at most, how
# many refs there are, refs, targets. The followers of the targets (those with the pricelist) are to be told of the refs
# that are news. Returns how many are; -1 when nothing is known by that name yet.
TELL: Final = Script(
    _HEAD
    + """
local count = tonumber(ARGV[6])
local known = ARGV[1] ~= '' and P .. 'known:' .. ARGV[1]
if known and redis.call('EXISTS', known) == 0 then return -1 end
local new, told = 0, {}
for i = 7, 6 + count do
  if not known or redis.call('SADD', known, ARGV[i]) == 1 then
    new = new + 1
    if #told < tonumber(ARGV[5]) then told[#told + 1] = ARGV[i] end
  end
end
if new == 0 then return 0 end
for i = 7 + count, #ARGV do
  for _, owner in ipairs(redis.call('SMEMBERS', P .. 'by:' .. ARGV[i])) do
    if ARGV[3] == '' or redis.call('HGET', P .. 'pricelists', owner) == ARGV[3] then
      local turn = string.match(redis.call('HGET', P .. 'own:' .. owner, ARGV[i]) or '0:', '^(%d+):')
      for _, ref in ipairs(told) do
        local item = ARGV[i] .. '|' .. turn .. '|' .. ARGV[2] .. '|' .. ref
        -- what they are being told, or cannot be told for now, is no further news
        if redis.call('HEXISTS', P .. 'items:' .. owner, item) == 0 then
          redis.call('HSETNX', P .. 'news:' .. owner, item, now)
        end
      end
      redis.call('ZADD', P .. 'queue', 'NX', now + ARGV[4], owner)
    end
  end
end
return new
""",
    keys=1,
)

# ARGV: how many, ms for which nobody else may have them, who claims, and for each a new id. Returns for each
# {owner, id, tries, items}. What is claimed once stays together, under its first id, until it is told.
CLAIM: Final = Script(
    _HEAD
    + """
local found = {}
for i, owner in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local batch, items = P .. 'batch:' .. owner, P .. 'items:' .. owner
  if redis.call('EXISTS', items) == 0 and redis.call('EXISTS', P .. 'news:' .. owner) == 1 then
    redis.call('RENAME', P .. 'news:' .. owner, items)
    redis.call('DEL', batch)
    redis.call('HSET', batch, 'id', ARGV[3 + i], 'tries', 0)
  end
  if redis.call('EXISTS', items) == 0 then
    redis.call('ZREM', KEYS[1], owner)
  else
    redis.call('HSET', batch, 'by', ARGV[3])
    redis.call('ZADD', KEYS[1], now + ARGV[2], owner)
    local m = redis.call('HMGET', batch, 'id', 'tries')
    found[#found + 1] = {owner, m[1], tonumber(m[2]), redis.call('HKEYS', items)}
  end
end
return found
""",
    keys=1,
)

_MINE: Final = """
local owner, batch = ARGV[1], P .. 'batch:' .. ARGV[1]
local m = redis.call('HMGET', batch, 'id', 'by')
if m[1] ~= ARGV[2] or m[2] ~= ARGV[3] then return 0 end
"""

# ARGV: owner, id, who claimed it, ms to wait for more, pricelist or '', then targets and turns in turn: these are over.
DONE: Final = Script(
    _HEAD
    + _MINE
    + """
redis.call('DEL', batch, P .. 'items:' .. owner)
for i = 6, #ARGV, 2 do
  local kept = redis.call('HGET', P .. 'own:' .. owner, ARGV[i])
  if kept and string.match(kept, '^(%d+):') == ARGV[i + 1] then leave(owner, ARGV[i]) end
end
if ARGV[5] ~= '' and redis.call('EXISTS', P .. 'own:' .. owner) == 1 then
  redis.call('HSET', P .. 'pricelists', owner, ARGV[5])
end
if redis.call('EXISTS', P .. 'news:' .. owner) == 1 then
  redis.call('ZADD', KEYS[1], now + ARGV[4], owner)
else
  redis.call('ZREM', KEYS[1], owner)
end
return 1
""",
    keys=1,
)

# ARGV: owner, id, who claimed it, ms to wait, 1: it counts as a try.
LATER: Final = Script(
    _HEAD
    + _MINE
    + """
redis.call('HINCRBY', batch, 'tries', ARGV[5])
redis.call('ZADD', KEYS[1], now + ARGV[4], owner)
return 1
""",
    keys=1,
)

# Returns {how many people are to be told, for how many ms the first has waited since they should be}.
WAITING: Final = Script(
    _HEAD
    + """
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {redis.call('ZCARD', KEYS[1]), first[2] and math.max(0, now - first[2]) or 0}
""",
    keys=1,
)
