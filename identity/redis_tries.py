"""Tries counted in Redis, by all processes together; by each for itself while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cache.names import Names
from cache.redis_link import Argument, AwayError, RedisLink
from cache.scripts import Script
from identity.memory_tries import MemoryTries
from identity.throttle import BUSY_WAIT, LIMITS, Outcome, Reason, Refusal, ThrottleLimits, Try

_LIBRARY = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function count(key, seconds)
  redis.call('ZADD', key, now, ARGV[2])
  redis.call('PEXPIRE', key, seconds)
end
"""

# Sorted sets: token -> when it was tried or failed (ms); of what is pending, until when an answer is waited for.
# KEYS: account, address, all, pending. ARGV: now (ms) or '' for the server's, token, 1 if the address counts, then how
# many and in how long (ms) for account, address and all, and how long an answer may take (ms).
# Returns nothing, or {1 to 4: account, address, all, busy; for how long (ms)}.
_ENTER = """
local until_ = redis.call('ZSCORE', KEYS[4], ARGV[2])
if until_ and tonumber(until_) > now then return false end
for i = 1, 3 do
  local most, window = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - window)
  if most > 0 and (i ~= 2 or ARGV[3] == '1') and redis.call('ZCARD', KEYS[i]) >= most then
    if i < 3 then
      return {i, redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')[2] + window - now}
    end
    redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
    local failed, first = 0, nil
    local all = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
    for at = 1, #all, 2 do
      if not redis.call('ZSCORE', KEYS[4], all[at]) then
        failed = failed + 1
        first = first or all[at + 1]
      end
    end
    if failed >= most then return {3, first + window - now} end
    return {4, 0}
  end
end
count(KEYS[1], ARGV[5])
if ARGV[3] == '1' then count(KEYS[2], ARGV[7]) end
count(KEYS[3], ARGV[9])
redis.call('ZADD', KEYS[4], now + ARGV[10], ARGV[2])
redis.call('PEXPIRE', KEYS[4], ARGV[10])
return false
"""

# KEYS as above. ARGV: now, token, 1 if the address counts, windows of account, address and all (ms), the outcome.
_SETTLE = """
redis.call('ZREM', KEYS[4], ARGV[2])
if ARGV[7] == 'failed' then
  count(KEYS[1], ARGV[4])
  if ARGV[3] == '1' then count(KEYS[2], ARGV[5]) end
  count(KEYS[3], ARGV[6])
  return 1
end
for i = 1, 3 do redis.call('ZREM', KEYS[i], ARGV[2]) end
if ARGV[7] == 'succeeded' then redis.call('DEL', KEYS[1]) end
return 1
"""

ENTER: Final = Script(_LIBRARY + _ENTER, keys=4)
SETTLE: Final = Script(_LIBRARY + _SETTLE, keys=4)
_REASONS: Final[tuple[Reason, ...]] = ("account", "address", "ceiling", "busy")


class RedisTries:
    """An `identity.throttle.TryCounter`.

    ``kind``: what is tried; other kinds are counted apart. ``seconds``: how long Redis may take. ``clock``: seconds, if
    not Redis'.
    """

    def __init__(
        self,
        link: RedisLink,
        names: Names,
        limits: ThrottleLimits = LIMITS,
        *,
        kind: str = "tries",
        seconds: float = 1.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._link = link
        self._seconds = seconds
        self._prefix = names.value(f"{kind}:")
        self._limits = limits
        self._clock = clock
        self._alone = MemoryTries(limits)
        self._entered_alone: set[str] = set()

    async def enter(self, one: Try) -> Refusal | None:
        windows: list[Argument] = []
        for window in (self._limits.account, self._limits.address, self._limits.ceiling):
            windows += [window.tries, _milliseconds(window.seconds)]
        arguments = [*self._begin(one), *windows, _milliseconds(self._limits.answer)]
        try:
            answer = await self._link.script(self._seconds, ENTER, *arguments)
        except AwayError:
            refusal = await self._alone.enter(one)
            if refusal is None:
                self._entered_alone.add(one.token)
            return refusal
        if not answer:
            return None
        which, wait = answer
        reason = _REASONS[which - 1]
        return Refusal(reason, BUSY_WAIT if reason == "busy" else wait / 1000)

    async def settle(self, one: Try, outcome: Outcome) -> None:
        if one.token in self._entered_alone:
            self._entered_alone.discard(one.token)
            await self._alone.settle(one, outcome)
        limits = self._limits
        windows = [_milliseconds(one.seconds) for one in (limits.account, limits.address, limits.ceiling)]
        with suppress(AwayError):
            await self._link.script(self._seconds, SETTLE, *self._begin(one), *windows, outcome)

    def _begin(self, one: Try) -> list[Argument]:
        """The keys, and the arguments that both scripts begin with."""
        names = (f"account:{one.account}", f"address:{one.address or ''}", "all", "pending")
        now: Argument = "" if self._clock is None else _milliseconds(self._clock())
        return [*(self._prefix + name for name in names), now, one.token, int(one.address is not None)]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
