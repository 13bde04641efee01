import { RedisScript } from '../redis-script.ts';
import { LUA_NOW } from './lua-now.ts';

/**
 * Says that a replica is alive, and that there is a clock: the first slot of an account then has nothing to wait for.
 *
 * When nobody was heard of before, Redis may have been away: for a while, silence does not tell that a replica is gone.
 *
 * KEYS: permits, replicas, quiet. ARGV: replica id, ms after which a silent one is gone, furthest ms ahead, the moment
 * of the question when it comes from who uses this clock, or ''. His estimate: what Redis was too busy to hear is not new
 * when it is read.
 * Answers: now, replicas alive, how many of them come before this one by name, ms since anybody used this clock as it
 * was known before, or ''.
 */
export const ANNOUNCE = new RedisScript(/* lua */ `${LUA_NOW}
local gone = tonumber(ARGV[2])
redis.call('HSETNX', KEYS[1], 'last', stamp(now + tonumber(ARGV[3])))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', stamp(now - gone))
redis.call('ZREMRANGEBYSCORE', KEYS[2], stamp(now + gone), '+inf')
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SET', KEYS[3], '', 'PX', gone) end
redis.call('ZADD', KEYS[2], stamp(now), ARGV[1])
local rank, alive = 0, redis.call('ZRANGE', KEYS[2], 0, -1)
for _, replica in ipairs(alive) do
  if replica < ARGV[1] then rank = rank + 1 end
end
local sharedAt = tonumber(redis.call('HGET', KEYS[1], 'sharedAt'))
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'sharedAt', stamp(tonumber(ARGV[4]))) end
return { stamp(now), #alive, rank, sharedAt and stamp(now - sharedAt) or '' }
`);
