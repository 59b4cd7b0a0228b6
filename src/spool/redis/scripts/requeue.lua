-- Queues or drops dead letters of one sink. KEYS: letters parked queued replay. ARGV: verb, id*. Answers how many there were.
local letters, parked, queued, replay = unpack(KEYS)
local found = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local when = redis.call('ZSCORE', parked, id) or redis.call('ZSCORE', queued, id) or redis.call('ZSCORE', replay, id)
  if when then
    found = found + 1
    redis.call('ZREM', parked, id)
    redis.call('ZREM', replay, id)
    if ARGV[1] == 'drop' then
      redis.call('ZREM', queued, id)
      redis.call('HDEL', letters, id)
    else
      redis.call('ZADD', queued, when, id)
    end
  end
end
return found
