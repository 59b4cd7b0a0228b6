-- Drops entries that end at or before an offset, but keeps what is needed by any lane that some process, not only this
-- one, still has in its configuration or had until a while ago.
-- KEYS: state log low seen left.
-- ARGV: offset, seconds for which the log is held for a lane after it was first missed, [sink of this process]*.
-- Answers the lanes that were let go: [sink, the log's end when it was first missed, when that was (Unix seconds)]*.
local state, log, low, seen, left = unpack(KEYS)
local now = tonumber(redis.call('TIME')[1])
local offset = tonumber(ARGV[1])
local ends = tonumber(redis.call('HGET', state, 'end') or 0)
local starts = tonumber(redis.call('HGET', state, 'start') or 0)
local mine = {}
for i = 3, #ARGV do
  mine[ARGV[i]] = true
  -- For processes of an older version, which read this.
  redis.call('HSET', seen, ARGV[i], now)
  redis.call('HDEL', left, ARGV[i])
end
local over = {}
local places = redis.call('HGETALL', low)
for i = 1, #places, 2 do
  local sink, place = places[i], tonumber(places[i + 1])
  if place < starts then
    -- This lane was let go before.
    redis.call('HDEL', left, sink)
  elseif not mine[sink] then
    local noted = redis.call('HGET', left, sink)
    if not noted then
      noted = string.format('%.0f %.0f', now, ends)
      redis.call('HSET', left, sink, noted)
    end
    local since, was = string.match(noted, '^(%d+) (%d+)$')
    if now - since < tonumber(ARGV[2]) then
      offset = math.min(offset, place)
    else
      over[#over + 1] = { sink, place, was, since }
    end
  end
end
-- The lanes that are let go by a trim that drops everything before `to`.
local function gone(to)
  local lanes = {}
  for _, it in ipairs(over) do
    if it[2] < to then
      lanes[#lanes + 1] = it[1]
      lanes[#lanes + 1] = it[3]
      lanes[#lanes + 1] = it[4]
    end
  end
  return lanes
end
if offset <= starts then return {} end
if offset >= ends then
  redis.call('XTRIM', log, 'MAXLEN', 0)
  redis.call('HSET', state, 'start', string.format('%.0f', ends), 'freed', redis.call('HGET', state, 'written') or '0')
  return gone(ends)
end
local holder = redis.call('XREVRANGE', log, string.format('%.0f-0', offset + 1), '-', 'COUNT', 1)[1]
if not holder then return {} end
local base = string.match(holder[1], '^(%d+)') - 1
if base <= starts then return {} end
redis.call('XTRIM', log, 'MINID', '=', holder[1])
redis.call('HSET', state, 'start', string.format('%.0f', base), 'freed', holder[2][4])
return gone(base)
