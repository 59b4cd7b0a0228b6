-- Drops entries that end at or before an offset and before the place of every lane that some process still has in
-- its configuration, which may be another than this one's.
-- KEYS: state log low seen.
-- ARGV: offset, seconds for which a lane holds the log after it was last seen, [sink of this process]*.
local state, log, low, seen = unpack(KEYS)
local now = redis.call('TIME')[1]
local offset = tonumber(ARGV[1])
for i = 3, #ARGV do redis.call('HSET', seen, ARGV[i], now) end
local places = redis.call('HGETALL', low)
for i = 1, #places, 2 do
  local at = redis.call('HGET', seen, places[i])
  if at and now - at < tonumber(ARGV[2]) then offset = math.min(offset, tonumber(places[i + 1])) end
end
local ends = tonumber(redis.call('HGET', state, 'end') or 0)
local starts = tonumber(redis.call('HGET', state, 'start') or 0)
if offset <= starts then return 0 end
if offset >= ends then
  redis.call('XTRIM', log, 'MAXLEN', 0)
  redis.call('HSET', state, 'start', string.format('%.0f', ends), 'freed', redis.call('HGET', state, 'written') or '0')
  return 1
end
local holder = redis.call('XREVRANGE', log, string.format('%.0f-0', offset + 1), '-', 'COUNT', 1)[1]
if not holder then return 0 end
local base = string.match(holder[1], '^(%d+)') - 1
if base <= starts then return 0 end
redis.call('XTRIM', log, 'MINID', '=', holder[1])
redis.call('HSET', state, 'start', string.format('%.0f', base), 'freed', holder[2][4])
return 1
