import { LUA_NOW } from '../slots/lua-now.ts';
import { RedisScript } from '../redis-script.ts';

/**
 * Keeps records, all of them or none. The first command that writes is one that a full Redis refuses: after it, Redis
 * lets a script finish.
 *
 * KEYS: stream, doubts. ARGV: most records to keep, how long they are in doubt ms, 1 to append only behind others, count
 * of records, and for each of them the count of its fields and the fields.
 * Answers `nothing-waits`, `full`, or the ids.
 */
export const APPEND = new RedisScript(/* lua */ `${LUA_NOW}
local maxRecords, doubtMs, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
local waiting = redis.call('XLEN', KEYS[1])
if ARGV[3] == '1' and waiting == 0 then return 'nothing-waits' end
if waiting + count > maxRecords then return 'full' end
local ids, position = {}, 5
for index = 1, count do
  local fields = tonumber(ARGV[position])
  ids[index] = redis.call('XADD', KEYS[1], '*', unpack(ARGV, position + 1, position + fields))
  position = position + fields + 1
end
if doubtMs > 0 then
  for index = 1, count do redis.call('HSET', KEYS[2], ids[index], stamp(now + doubtMs)) end
  if redis.call('PTTL', KEYS[2]) < doubtMs then redis.call('PEXPIRE', KEYS[2], doubtMs) end
end
return ids
`);
