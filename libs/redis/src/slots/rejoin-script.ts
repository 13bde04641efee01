import { RedisScript } from '../redis-script.ts';
import { LUA_NOW } from './lua-now.ts';

/**
 * A replica that paced itself is back. The first one of an outage names the moment at which all of them change over,
 * late enough for the others to have come back too; a clear second lies between what left before and the first slot.
 *
 * KEYS: permits. ARGV: ms that the replica was away, ms until the change, ms to keep clear after it.
 * Answers: now, the moment of the change.
 */
export const REJOIN = new RedisScript(/* lua */ `${LUA_NOW}
local state = redis.call('HMGET', KEYS[1], 'last', 'rejoinFrom', 'rejoinAt')
local from, at = tonumber(state[2]), tonumber(state[3])
if not from or from < now - tonumber(ARGV[1]) or from > now then
  from, at = now, now + tonumber(ARGV[2])
end
local last = math.max(tonumber(state[1]) or now, at + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'last', stamp(last), 'rejoinFrom', stamp(from), 'rejoinAt', stamp(at))
return { stamp(now), stamp(at) }
`);
