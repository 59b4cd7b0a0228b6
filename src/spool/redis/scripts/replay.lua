-- Queues events of one sink and source for sending again. KEYS: letters parked queued replay. ARGV: [id, at, letter]*.
local letters, parked, queued, replay = unpack(KEYS)
for i = 1, #ARGV, 3 do
  redis.call('HSET', letters, ARGV[i], ARGV[i + 2])
  redis.call('ZREM', parked, ARGV[i])
  redis.call('ZREM', queued, ARGV[i])
  redis.call('ZADD', replay, ARGV[i + 1], ARGV[i])
end
return 1
