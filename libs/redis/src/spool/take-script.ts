import { LUA_NOW } from '../slots/lua-now.ts';
import { RedisScript } from '../redis-script.ts';

/**
 * The lease and the oldest records up to the first in doubt, in pages, since records may be large. It frees the lease
 * before it takes it: a full Redis does not refuse that, and lets the script finish. What makes it full is to be drained.
 *
 * KEYS: stream, doubts, lease. ARGV: holder, lease ms, most records, most bytes (one record is taken whatever its size).
 * Answers nil when another one holds the lease, else 1 when a record in doubt ended it, and then entries.
 */
export const TAKE = new RedisScript(/* lua */ `${LUA_NOW}
local PAGE = 20
local maxRecords, maxBytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[1] then return nil end
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
local answer, bytes, from = { 0 }, 0, '-'
while true do
  local page = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', PAGE)
  for _, entry in ipairs(page) do
    if #answer > maxRecords or bytes >= maxBytes then return answer end
    local untilMs = tonumber(redis.call('HGET', KEYS[2], entry[1]) or '') or 0
    if untilMs > now then
      answer[1] = 1
      return answer
    end
    for _, content in ipairs(entry[2]) do bytes = bytes + #content end
    answer[#answer + 1] = entry
    from = '(' .. entry[1]
  end
  if #page < PAGE then return answer end
end
`);
