import { RedisScript } from '../redis-script.ts';
import { LUA_NOW } from './lua-now.ts';

/**
 * Hands out the next slot, unless it lies too far ahead.
 *
 * KEYS: permits. ARGV: limit per second, margin ms, furthest ms ahead, least ms from now.
 * Answers: now, slot or '' when nothing was reserved, ms until asking again makes sense, holds, ms that all are held.
 *
 * Without a last slot (first use, a flush) everything handed out before lies at most the furthest ahead: the next one
 * comes an interval after that. A last slot further ahead than anything moves it was left by a clock that was set back;
 * so was a hold that began in the future, which starts again.
 *
 * Writes whether or not it hands one out: who asks for a slot that nobody gets learns whether others would be refused.
 */
export const RESERVE = new RedisScript(/* lua */ `${LUA_NOW}
local limit, margin, ahead, least = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'last', 'heldFrom', 'heldUntil', 'holds', 'margin', 'marginFrom')
local last = tonumber(state[1])
if not last then last = now + ahead elseif last > now + 5000 then last = now + 1000 end
local heldFrom, heldUntil = tonumber(state[2]) or now, tonumber(state[3]) or now
if heldFrom > now + 100 then
  heldUntil = heldUntil - heldFrom + now
  redis.call('HSET', KEYS[1], 'heldFrom', stamp(now), 'heldUntil', stamp(heldUntil))
end
if state[5] then
  margin = math.max(margin, tonumber(state[5]) - math.max(0, now - tonumber(state[6])) * 0.0001)
end
local slot = math.max(now + least, last + (1000 + margin) / limit, heldUntil)
local holds, held = state[4] or '0', stamp(math.max(0, heldUntil - now))
local isFree = slot - now <= ahead
redis.call('HSET', KEYS[1], 'last', stamp(isFree and slot or last))
if isFree then return { stamp(now), stamp(slot), '0', holds, held } end
return { stamp(now), '', stamp(slot - now - ahead), holds, held }
`);
