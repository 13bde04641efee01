import { RedisScript } from '../redis-script.ts';

/**
 * Keeps the latest moments of each window, in whatever order they come.
 *
 * KEYS: windows. ARGV: time to live ms, and for each window when the user wrote and when it was said to be closed, ms or
 * ''. Stored: both, with `|` between them.
 */
export const OBSERVE = new RedisScript(/* lua */ `
local function later(one, other)
  return (tonumber(one) or -1) < (tonumber(other) or -1) and other or one
end
for index = 1, #KEYS do
  local known = redis.call('GET', KEYS[index]) or ''
  local inbound, closed = string.match(known, '^([%d.]*)|([%d.]*)$')
  local latest = later(inbound or '', ARGV[index * 2]) .. '|' .. later(closed or '', ARGV[index * 2 + 1])
  if latest ~= known and latest ~= '|' then redis.call('SET', KEYS[index], latest, 'PX', ARGV[1]) end
end
`);
