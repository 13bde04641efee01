import { LUA_NOW } from '../slots/lua-now.ts';
import { RedisScript } from '../redis-script.ts';

/**
 * Appends statuses. Each entry (`s`) holds the position of the one before it (`p`), by which a reader sees whether
 * something between them was forgotten. Positions only rise, also when the clock of Redis is set back or the stream has
 * expired. Their counts begin at 1, so that `<ms>-0` is a moment and no entry.
 *
 * KEYS: stream, end (outlives the stream). ARGV: most entries to keep, time to live of the stream ms, statuses.
 */
export const APPEND_STATUSES = new RedisScript(/* lua */ `${LUA_NOW}
local last = redis.call('GET', KEYS[2]) or ''
last = string.match(last, '^%d+%-%d+$') and last or '0-0'
local ms, count = string.match(last, '^(%d+)-(%d+)$')
ms, count = tonumber(ms) or 0, tonumber(count) or 0
if math.floor(now) > ms then ms, count = math.floor(now), 0 end
for index = 3, #ARGV do
  count = count + 1
  local position = string.format('%.0f-%.0f', ms, count)
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], position, 'p', last, 's', ARGV[index])
  last = position
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], last)
`);
