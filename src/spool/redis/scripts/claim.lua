-- Takes a holding, unless another process holds it and its lease has not expired.
-- KEYS: claims. ARGV: holding, owner, lease (ms), the fencing number that the owner remembers.
-- Answers {taken, fence, continued} or {0, owner}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, owner, ends = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (%S+) (%d+)$')
-- A lease much longer than usual was set by a clock that was ahead; a live owner would have renewed it by this one.
local isHeld = owner and owner ~= '-' and tonumber(ends) > now and tonumber(ends) <= now + 10 * ARGV[3]
if isHeld and owner ~= ARGV[2] then return { 0, owner } end
local continued = fence == ARGV[4]
-- Numbers start at the clock, so that after a flush none is used again that an old writer may still carry.
local micros = time[1] * 1000000 + time[2]
local taken = continued and fence or string.format('%.0f', math.max(micros, tonumber(fence or 0) + 1))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s %s %.0f', taken, ARGV[2], now + ARGV[3]))
return { 1, taken, continued and 1 or 0 }
