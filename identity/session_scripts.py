"""What Redis does to sessions in one atomic step.

A session is a hash: ``data``; ``created``, ``ends`` (at the latest), ``seen`` and ``facts`` (ms); ``idle`` (ms);
``indexes``, names of sets with line breaks between; and its values under ``v:<name>``. An index is a sorted set:
digest -> when that session ends at the latest (ms). All keys of a namespace hold the same hash tag, so scripts may
name keys that they find on the way.
"""

from __future__ import annotations

from typing import Final

from cache.scripts import Script

_LIBRARY = """
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function use(key, now)
  local life = redis.call('HMGET', key, 'idle', 'ends')
  if not life[1] then return false end
  local ends = math.min(now + life[1], tonumber(life[2]))
  if ends <= now then
    redis.call('DEL', key)
    return false
  end
  redis.call('PEXPIREAT', key, ends)
  return ends
end
local function forget(key, digest)
  local indexes = redis.call('HGET', key, 'indexes')
  if not indexes then return 0 end
  for index in string.gmatch(indexes, '[^\\n]+') do
    redis.call('ZREM', index, digest)
  end
  return redis.call('DEL', key)
end
"""

# KEYS: session, when all facts were renewed. Returns {now (ms), ends (ms), renewed (ms) or '', its fields and values}.
_FIND = """
local now = now_ms()
local ends = use(KEYS[1], now)
if not ends then return false end
redis.call('HSET', KEYS[1], 'seen', now)
return {now, ends, redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[1])}
"""

# KEYS: new session, when all facts were renewed, old session. ARGV: new digest, old digest or '', idle (ms), at most
# (ms), data, indexes with line breaks between, how old the facts are (ms), then names and values. Returns what _FIND
# does.
_BEGIN = """
local now = now_ms()
local latest = now + ARGV[4]
if ARGV[2] ~= '' then
  local old = redis.call('HGETALL', KEYS[3])
  for i = 1, #old, 2 do
    if string.sub(old[i], 1, 2) == 'v:' then
      redis.call('HSET', KEYS[1], old[i], old[i + 1])
    end
  end
  forget(KEYS[3], ARGV[2])
end
redis.call('HSET', KEYS[1], 'data', ARGV[5], 'created', now, 'ends', latest, 'seen', now, 'facts', now - ARGV[7],
  'idle', ARGV[3], 'indexes', ARGV[6])
for i = 8, #ARGV, 2 do
  redis.call('HSET', KEYS[1], 'v:' .. ARGV[i], ARGV[i + 1])
end
for index in string.gmatch(ARGV[6], '[^\\n]+') do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
  redis.call('ZADD', index, latest, ARGV[1])
  redis.call('PEXPIREAT', index, redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')[2])
end
local ends = use(KEYS[1], now)
return {now, ends, redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[1])}
"""

# KEYS: session. ARGV: indexes it must have, data, how old the facts are (ms). Returns 1, or 0 when there is no such
# session.
_SET_IDENTITY = """
if redis.call('HGET', KEYS[1], 'indexes') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2], 'facts', now_ms() - ARGV[3])
return 1
"""

# KEYS: session. ARGV: how many pairs of names and values, those, then the names to drop. Returns 1, or 0 as above.
_SET_VALUES = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local last = 1 + 2 * ARGV[1]
for i = 2, last, 2 do
  redis.call('HSET', KEYS[1], 'v:' .. ARGV[i], ARGV[i + 1])
end
for i = last + 1, #ARGV do
  redis.call('HDEL', KEYS[1], 'v:' .. ARGV[i])
end
return 1
"""

# KEYS: session. ARGV: digest. Returns 1, or 0 when there was none.
_END = """
return forget(KEYS[1], ARGV[1])
"""

# KEYS: index. ARGV: prefix of sessions, digest to keep or ''. Returns the digests of those that ended.
_END_ALL = """
local ended = {}
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if digest ~= ARGV[2] then
    if forget(ARGV[1] .. digest, digest) == 1 then
      ended[#ended + 1] = digest
    end
    redis.call('ZREM', KEYS[1], digest)
  end
end
return ended
"""

# KEYS: when all facts were renewed. ARGV: for how long that is to be known (ms).
_RENEW = """
redis.call('SET', KEYS[1], now_ms(), 'PX', ARGV[1])
return 1
"""

FIND: Final = Script(_LIBRARY + _FIND, keys=2)
BEGIN: Final = Script(_LIBRARY + _BEGIN, keys=3)
SET_IDENTITY: Final = Script(_LIBRARY + _SET_IDENTITY, keys=1)
SET_VALUES: Final = Script(_LIBRARY + _SET_VALUES, keys=1)
END: Final = Script(_LIBRARY + _END, keys=1)
END_ALL: Final = Script(_LIBRARY + _END_ALL, keys=1)
RENEW: Final = Script(_LIBRARY + _RENEW, keys=1)
