import { RedisScript } from '../redis-script.ts';

/**
 * Takes ids from the holder who gives them up, if he still has them, and keeps that their messages may have been sent.
 *
 * KEYS: ids. ARGV: for each id its holder.
 */
export const ABANDON = new RedisScript(/* lua */ `
for index = 1, #KEYS do
  local known = redis.call('GET', KEYS[index]) or ''
  local content, holder = string.match(known, '^(S|[^|]*|)[^|]*|(.*)$')
  if holder == ARGV[index] then redis.call('SET', KEYS[index], content .. '0|', 'KEEPTTL') end
end
`);
