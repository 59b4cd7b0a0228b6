-- Extends a lease, or gives it back. KEYS: claims. ARGV: holding, owner, fence, lease (ms; 0 gives it back).
-- Answers 0 if it was lost.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, owner = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (%S+)')
if fence ~= ARGV[3] or owner ~= ARGV[2] then return 0 end
local kept = ARGV[4] == '0' and '-' or owner
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s %s %.0f', fence, kept, now + ARGV[4]))
return 1
