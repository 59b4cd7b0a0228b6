-- A lane's cursor in one source's log, its ledger and its dead letters change together.
-- KEYS: claims state lanes low seen ledger minutes letters parked queued replay.
-- ARGV: sink, fence, record (empty: no cursor here), its next offset, low water, minutes [minute, delivered, filtered, dead-lettered,
-- replayed, first and last settled (empty: not known), digest]*, letters [id, at, state, letter]*, redelivered [id]*.
local claims, state, lanes, low, seen, ledger, minutes, letters, parked, queued, replay = unpack(KEYS)

local sink = take()
if string.match(redis.call('HGET', claims, 'lane:' .. sink) or '', '^%d+') ~= take() then
  return redis.error_reply('CLAIMLOST another process has taken the lane of ' .. sink)
end
local record, next, place = take(), take(), take()
-- Redis went back to an earlier log that this process has not heard of: what comes next would be passed over.
local known = redis.call('HGET', state, 'end') or '0'
if record ~= '' and tonumber(next) > tonumber(known) then
  return redis.error_reply('CLAIMLOST a lane at offset ' .. next .. ' of a log that ends at ' .. known)
end
if record ~= '' then
  redis.call('HSET', lanes, sink, record)
  redis.call('HSET', low, sink, place)
  redis.call('HSET', seen, sink, redis.call('TIME')[1])
end
for _ = 1, tonumber(take()) do
  local minute, delivered, filtered, dead, replayed = take(), take(), take(), take(), take()
  local first, last, digest = take(), take(), take()
  local known = redis.call('HGET', ledger, minute)
  if known then
    local d, f, x, more = string.match(known:sub(17), '^(%S+) (%S+) (%S+) ?(%S*)$')
    local r, was, till = string.match(more, '^(%d*)@?(%d*)@?(%d*)$')
    delivered, filtered, dead = delivered + d, filtered + f, dead + x
    replayed = replayed + (tonumber(r) or 0)
    -- Nothing new was settled, or it is not known when the rest was.
    if first == '' or was == '' then
      first, last = was, till
    else
      first, last = math.min(first, was), math.max(last, till)
    end
    digest = add(known:sub(1, 16), digest)
  else
    redis.call('ZADD', minutes, minute, minute)
  end
  -- After the third number only what is needed is written, because an older version reads this too.
  local again = (tonumber(replayed) > 0 or first ~= '') and string.format(' %.0f', replayed) or ''
  if first ~= '' then again = again .. string.format('@%.0f@%.0f', first, last) end
  redis.call('HSET', ledger, minute, digest .. string.format('%.0f %.0f %.0f', delivered, filtered, dead) .. again)
end
for _ = 1, tonumber(take()) do
  local id, when, state, letter = take(), take(), take(), take()
  redis.call('HSET', letters, id, letter)
  redis.call('ZREM', state == 'queued' and parked or queued, id)
  redis.call('ZREM', replay, id)
  redis.call('ZADD', state == 'queued' and queued or parked, when, id)
end
for _ = 1, tonumber(take()) do
  local id = take()
  -- Ids of another sink are in other lists.
  local found = redis.call('ZREM', parked, id) + redis.call('ZREM', queued, id) + redis.call('ZREM', replay, id)
  if found > 0 then redis.call('HDEL', letters, id) end
end
return 1
