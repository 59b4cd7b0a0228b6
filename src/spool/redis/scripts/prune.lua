-- Drops the uids of minutes before the first bound, and whole minutes before the second.
-- KEYS: uids, then pairs of a ledger, the source's or a sink's, and its minutes. ARGV: uids before, counts before.
local uids = KEYS[1]
-- Only a few minutes keep uids, but years of minutes keep counts.
for _, minute in ipairs(redis.call('HKEYS', uids)) do
  if tonumber(minute) < tonumber(ARGV[1]) then redis.call('HDEL', uids, minute) end
end
for i = 2, #KEYS, 2 do
  local ledger, minutes = KEYS[i], KEYS[i + 1]
  for _, minute in ipairs(redis.call('ZRANGEBYSCORE', minutes, '-inf', '(' .. ARGV[2])) do
    redis.call('HDEL', ledger, minute)
  end
  redis.call('ZREMRANGEBYSCORE', minutes, '-inf', '(' .. ARGV[2])
end
return 1
