import { RedisScript } from '../redis-script.ts';

/**
 * Remembers how messages ended, the first end of each id for good, and what their keys belong to.
 *
 * KEYS: for each message its id, its provider key or its id again. ARGV: time to live of ids ms, of keys ms, and for
 * each message its stored end and what its key belongs to, or ''.
 */
export const SETTLE = new RedisScript(/* lua */ `
for index = 1, #KEYS, 2 do
  local known = redis.call('GET', KEYS[index])
  if not known or string.sub(known, 1, 2) ~= 'D|' then
    redis.call('SET', KEYS[index], ARGV[index + 2], 'PX', ARGV[1])
  end
  if ARGV[index + 3] ~= '' then redis.call('SET', KEYS[index + 1], ARGV[index + 3], 'PX', ARGV[2]) end
end
`);
