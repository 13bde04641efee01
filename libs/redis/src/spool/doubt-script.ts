import { LUA_NOW } from '../slots/lua-now.ts';
import { RedisScript } from '../redis-script.ts';

/**
 * Sets until when records are in doubt. The hash expires with the last doubt, and so with those about records that are
 * gone. Begins with a command that a full Redis does not refuse, so that it lets the script finish.
 *
 * KEYS: doubts. ARGV: how long ms, ids.
 */
export const DOUBT = new RedisScript(/* lua */ `${LUA_NOW}
local doubtMs = tonumber(ARGV[1])
redis.call('HDEL', KEYS[1], unpack(ARGV, 2))
if doubtMs <= 0 then return end
local ttl = math.max(redis.call('PTTL', KEYS[1]), doubtMs)
for index = 2, #ARGV do redis.call('HSET', KEYS[1], ARGV[index], stamp(now + doubtMs)) end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl))
`);
