-- Spool, ledger, checkpoint and quarantine of one source change together. All checks come before the first write,
-- because a script that fails midway is not rolled back.
-- KEYS: claims state log ledger minutes uids quarantine quarantine-times.
-- ARGV: fence, state, entries (0 or 1) [base, count, blob], minutes [minute, count, digest, 1 or 0, uids]*, quarantined
-- [id, at, record]*. Answers how many quarantined records were new.
local claims, state, log, ledger, minutes, uids, quarantine, times = unpack(KEYS)

if string.match(redis.call('HGET', claims, 'source') or '', '^%d+') ~= take() then
  return redis.error_reply('CLAIMLOST another process has taken the source')
end
local saved = take()
if take() == '1' then
  local base, count, blob = take(), take(), take()
  local known = redis.call('HGET', state, 'end') or '0'
  if base ~= known then
    return redis.error_reply('CLAIMLOST append at offset ' .. base .. ' to a log that ends at ' .. known)
  end
  local written = redis.call('HGET', state, 'written') or '0'
  redis.call('XADD', log, string.format('%.0f-0', base + 1), 'count', count, 'before', written, 'blob', blob)
  redis.call('HINCRBY', state, 'end', count)
  redis.call('HINCRBY', state, 'written', #blob)
end
for _ = 1, tonumber(take()) do
  local minute, count, digest, keeps, more = take(), take(), take(), take(), take()
  local known = redis.call('HGET', ledger, minute)
  if known then
    digest = add(known:sub(1, 16), digest)
    count = string.format('%.0f', known:sub(17) + count)
    local joined = keeps == '1' and redis.call('HGET', uids, minute)
    if joined then redis.call('HSET', uids, minute, joined .. more) else redis.call('HDEL', uids, minute) end
  else
    redis.call('ZADD', minutes, minute, minute)
    if keeps == '1' then redis.call('HSET', uids, minute, more) end
  end
  redis.call('HSET', ledger, minute, digest .. count)
end
local new = 0
for _ = 1, tonumber(take()) do
  local id, when, record = take(), take(), take()
  if redis.call('HSETNX', quarantine, id, record) == 1 then
    new = new + 1
    redis.call('ZADD', times, when, id)
  end
end
redis.call('HSET', state, 'state', saved)
return new
