import { RedisScript } from '../redis-script.ts';

/**
 * Forgets ids that are still being sent by the holder who gives them up.
 *
 * KEYS: ids. ARGV: for each id its holder.
 */
export const RELEASE = new RedisScript(/* lua */ `
for index = 1, #KEYS do
  local known = redis.call('GET', KEYS[index])
  if known and string.match(known, '^S|[^|]*|[^|]*|(.*)$') == ARGV[index] then redis.call('DEL', KEYS[index]) end
end
`);
