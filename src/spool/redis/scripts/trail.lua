-- Appends to auditferry's own audit trail, later than its last entry, and forgets what is too old or too much.
-- KEYS: trail. ARGV: time (milliseconds), entry, oldest time kept, most entries.
local at = tonumber(ARGV[1])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then at = math.max(at, tonumber(string.match(last[1], '^%d+')) + 1) end
redis.call('XADD', KEYS[1], string.format('%.0f-0', at), 'entry', ARGV[2])
redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[3])
redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[4])
return 1
