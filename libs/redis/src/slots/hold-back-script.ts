import { RedisScript } from '../redis-script.ts';
import { LUA_NOW } from './lua-now.ts';

const MAX_MARGIN_MS = 100;

/**
 * Nobody gets a slot for a while, and slots handed out before are void: the count of holds tells. A shared margin fades
 * by 0.1 ms each second.
 *
 * KEYS: permits. ARGV: ms, margin ms or ''.
 */
export const HOLD_BACK = new RedisScript(/* lua */ `${LUA_NOW}
local state = redis.call('HMGET', KEYS[1], 'heldUntil', 'margin', 'marginFrom')
local heldUntil = math.max(tonumber(state[1]) or now, now + tonumber(ARGV[1]))
redis.call('HINCRBY', KEYS[1], 'holds', 1)
redis.call('HSET', KEYS[1], 'heldFrom', stamp(now), 'heldUntil', stamp(heldUntil))
if ARGV[2] ~= '' then
  local margin = tonumber(ARGV[2])
  if state[2] then
    margin = math.max(margin, tonumber(state[2]) - math.max(0, now - tonumber(state[3])) * 0.0001)
  end
  redis.call('HSET', KEYS[1], 'margin', stamp(math.min(margin, ${MAX_MARGIN_MS})), 'marginFrom', stamp(now))
end
`);
