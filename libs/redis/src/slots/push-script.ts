import { RedisScript } from '../redis-script.ts';

/**
 * Somebody left late: the slots to come move by as much. Without a clock there is nothing to move.
 *
 * KEYS: permits. ARGV: ms.
 */
export const PUSH = new RedisScript(/* lua */ `
local last = tonumber(redis.call('HGET', KEYS[1], 'last'))
if last then redis.call('HSET', KEYS[1], 'last', string.format('%.3f', last + tonumber(ARGV[1]))) end
`);
