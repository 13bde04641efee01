import { RedisScript } from '../redis-script.ts';
import { LUA_NOW } from './lua-now.ts';

/**
 * Keeps the next moment clear of slots, for those that the clock may not know of any more.
 *
 * KEYS: permits. ARGV: ms from now.
 */
export const CLEAR = new RedisScript(/* lua */ `${LUA_NOW}
local last = tonumber(redis.call('HGET', KEYS[1], 'last')) or now
redis.call('HSET', KEYS[1], 'last', stamp(math.max(last, now + tonumber(ARGV[1]))))
`);
