-- Adds up what a ledger holds of a day: the numbers after each minute's digest.
-- KEYS: ledger minutes. ARGV: first minute, last minute. Answers the sums; nothing for a day without events.
local found = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], ARGV[2])
if #found == 0 then return {} end
local sums = {}
for _, value in ipairs(redis.call('HMGET', KEYS[1], unpack(found))) do
  local at = 0
  for number in string.gmatch(value and value:sub(17) or '', '%S+') do
    at = at + 1
    sums[at] = (sums[at] or 0) + tonumber(string.match(number, '^%-?%d+'))
  end
end
for at, sum in ipairs(sums) do sums[at] = string.format('%.0f', sum) end
return sums
