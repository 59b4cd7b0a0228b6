-- Drops uids of minutes before the first bound and whole minutes before the second.
-- KEYS: ledger minutes uids. ARGV: uids before, counts before.
local ledger, minutes, uids = unpack(KEYS)
-- Few minutes keep uids; years of them keep counts.
for _, minute in ipairs(redis.call('HKEYS', uids)) do
  if tonumber(minute) < tonumber(ARGV[1]) then redis.call('HDEL', uids, minute) end
end
for _, minute in ipairs(redis.call('ZRANGEBYSCORE', minutes, '-inf', '(' .. ARGV[2])) do
  redis.call('HDEL', ledger, minute)
end
redis.call('ZREMRANGEBYSCORE', minutes, '-inf', '(' .. ARGV[2])
return 1
