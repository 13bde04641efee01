import { LUA_NOW } from '../slots/lua-now.ts';
import { RedisScript } from '../redis-script.ts';

/**
 * KEYS: stream, end. ARGV: position, most entries. Answers the moment in ms, the end, and the entries behind the position
 * at that moment.
 */
export const READ_STATUSES = new RedisScript(/* lua */ `${LUA_NOW}
return {
  math.floor(now),
  redis.call('GET', KEYS[2]),
  redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]),
}
`);
