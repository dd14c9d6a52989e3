"""What Redis does in one atomic step.

All keys of a namespace hold the same hash tag, so that they live on one node of a cluster, and the scripts may name
keys (entries, sets of a tag) that they only find on the way.

``state`` (hash): ``epoch``; ``began``, when it began (ms); ``number`` of the last invalidation; ``floor``: numbers
below it may be forgotten; ``run``: the server process that began the epoch.
``marks`` (sorted set): tag -> its last invalidation number, and the epoch under a name that no tag has: should Redis
have dropped one of these two keys, they no longer agree.
``tags`` (sorted set): tag -> when the last entry with it ends (ms).
``listeners`` (sorted set): process -> until when (ms) it trusts what it keeps.
Per tag a sorted set: key of an entry -> when it ends (ms).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

# An epoch begins when there is none, when its two keys disagree, or when `run` tells that another server process
# began it: that one may have started from a copy that lacks the last invalidations.
_LIBRARY = """
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function begun(run)
  local state = redis.call('HMGET', KEYS[1], 'epoch', 'number', 'floor', 'run')
  local epoch, number = state[1], tonumber(state[2] or 0)
  if not epoch or not redis.call('ZSCORE', KEYS[2], '\\n' .. epoch) or (run and run ~= state[4]) then
    return nil, number
  end
  return epoch, number, tonumber(state[3])
end
local function begin(epoch, number, run)
  redis.call('DEL', KEYS[2])
  redis.call('ZADD', KEYS[2], '+inf', '\\n' .. epoch)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'number', number, 'floor', number, 'run', run,
    'began', now_ms())
end
local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
end
"""

# KEYS: state, marks. ARGV: an epoch to begin if need be, and anything more if it need be. Returns {epoch, number}.
_BEGIN = """
local run = run_id()
local epoch, number = begun(run)
if not epoch or ARGV[2] then
  epoch = ARGV[1]
  begin(epoch, number, run)
end
return {epoch, number}
"""

# KEYS: state, marks, tags. ARGV: prefix of entries, prefix of tag sets, prefix of leases, epoch, number of the ticket,
# then for each entry: key, end (ms), bytes, token of the lease to give back or '', how many tags, the tags.
# Returns for each entry whether it was kept (0 or 1); nothing when the epoch is another one.
_PUT = """
local epoch, number, floor = begun()
if epoch ~= ARGV[4] then return {} end
local ticket = tonumber(ARGV[5])
local knowable = ticket >= floor and ticket <= number
local now = now_ms()
local function marked_since(first, last)
  for i = first, last, 500 do
    local marks = redis.call('ZMSCORE', KEYS[2], unpack(ARGV, i, math.min(i + 499, last)))
    for _, mark in ipairs(marks) do
      if mark and tonumber(mark) > ticket then return true end
    end
  end
  return false
end
local kept = {}
local at = 6
while at <= #ARGV do
  local key, ends, data, token, count = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local first, last = at + 5, at + 4 + count
  local keep = knowable and ends > now
  keep = keep and not marked_since(first, last)
  if keep then
    redis.call('SET', ARGV[1] .. key, data, 'PXAT', ends)
    for i = first, last do
      redis.call('ZADD', ARGV[2] .. ARGV[i], ends, key)
    end
    for i = first, last, 500 do
      local lives = {}
      for tag = i, math.min(i + 499, last) do
        lives[#lives + 1] = ends
        lives[#lives + 1] = ARGV[tag]
      end
      redis.call('ZADD', KEYS[3], 'GT', unpack(lives))
    end
    if last >= first then
      -- entries that are over: of one tag each time, by turns, as there are many tags, and mostly nothing is over
      redis.call('ZREMRANGEBYSCORE', ARGV[2] .. ARGV[first + now % (last - first + 1)], '-inf', now)
    end
  end
  if token ~= '' and redis.call('GET', ARGV[3] .. key) == token then
    redis.call('DEL', ARGV[3] .. key)
  end
  kept[#kept + 1] = keep and 1 or 0
  at = last + 1
end
for _, tag in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 20)) do
  redis.call('DEL', ARGV[2] .. tag)
  redis.call('ZREM', KEYS[3], tag)
end
return kept
"""

# KEYS: state, marks, tags, listeners, channel. ARGV: prefix of entries, prefix of tag sets, an epoch to begin if need
# be, PUBLISH or SPUBLISH, who invalidates, how many marks to remember, for how long a process trusts what it keeps
# (ms), the tags. Returns {epoch, number, processes that trust what they keep, ms until the last stops doing so}.
# When an epoch has just begun, the list of processes may be lost: one without a name stands for those not known.
_INVALIDATE = """
local epoch, number = begun()
if not epoch then
  epoch = ARGV[3]
  begin(epoch, number, run_id())
end
number = redis.call('HINCRBY', KEYS[1], 'number', 1)
local now = now_ms()
for i = 8, #ARGV do
  local tag = ARGV[i]
  redis.call('ZADD', KEYS[2], number, tag)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', ARGV[2] .. tag, now, '+inf')) do
    if redis.call('EXISTS', ARGV[1] .. key) == 1 then
      redis.call('SETRANGE', ARGV[1] .. key, 0, '\\1')
    end
  end
  redis.call('DEL', ARGV[2] .. tag)
  redis.call('ZREM', KEYS[3], tag)
end
local surplus = redis.call('ZCARD', KEYS[2]) - 1 - ARGV[6]
if surplus > 0 then
  local forgotten = redis.call('ZRANGE', KEYS[2], surplus - 1, surplus - 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
  redis.call('HSET', KEYS[1], 'floor', forgotten[2])
end
redis.call(ARGV[4], KEYS[5], table.concat({epoch, number, ARGV[5], table.concat(ARGV, '\\n', 8)}, '\\n'))
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
local listeners = redis.call('ZRANGE', KEYS[4], 0, -1)
local last = redis.call('ZRANGE', KEYS[4], -1, -1, 'WITHSCORES')
local unknown = redis.call('HGET', KEYS[1], 'began') + ARGV[7] - now
if unknown > 0 then
  listeners[#listeners + 1] = ''
end
return {epoch, number, listeners, math.max(last[2] and last[2] - now or 0, unknown)}
"""

# KEYS: state, marks, listeners, own channel. ARGV: the process, for how long it trusts what it keeps (ms), PUBLISH or
# SPUBLISH, what to say on its own channel. Returns the epoch, or nothing when there is none.
_BEAT = """
redis.call('ZADD', KEYS[3], now_ms() + 1 + ARGV[2], ARGV[1])
redis.call(ARGV[3], KEYS[4], ARGV[4])
return begun() or false
"""

# KEYS: lease, entry. ARGV: token, for how long (ms), and optionally an epoch: then the lease is not taken when there
# is an entry of that epoch, fresh and not invalidated (see cache/encoding.py for its head).
# Returns {1 when it was taken, the bytes of the entry}.
_LEASE = """
local data = redis.call('GET', KEYS[2])
if ARGV[3] and data and #data >= 62 and data:byte(1) == 0 and data:sub(3, 18) == ARGV[3] then
  local time = redis.call('TIME')
  if struct.unpack('<d', data, 35) > tonumber(time[1]) + tonumber(time[2]) / 1000000 then
    return {0, data}
  end
end
local free = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return {free and 1 or 0, data}
"""

# KEYS: lease. ARGV: token.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Script:
    """``keys``: how many of its arguments are keys. ``sha``: the name under which Redis knows it."""

    text: str
    keys: int
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


BEGIN = Script(_LIBRARY + _BEGIN, keys=2)
PUT = Script(_LIBRARY + _PUT, keys=3)
INVALIDATE = Script(_LIBRARY + _INVALIDATE, keys=5)
BEAT = Script(_LIBRARY + _BEAT, keys=4)
LEASE = Script(_LEASE, keys=2)
RELEASE = Script(_RELEASE, keys=1)
