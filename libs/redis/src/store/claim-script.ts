import { RedisScript } from '../redis-script.ts';
import { LUA_ID } from './lua-id.ts';

/**
 * Marks ids as being sent, in order, so that an id that comes twice is in flight the second time.
 *
 * KEYS, ARGV: as for {@link LUA_ID}, then ARGV: lease ms, time to live ms, and for each id its fingerprint and holder.
 * Answers for each id: `claimed`, `holder-died`, `abandoned`, `in-flight`, `conflict`, or `D` and the settlement.
 */
export const CLAIM = new RedisScript(/* lua */ `${LUA_ID}
local lease, ttl = stamp(now + tonumber(ARGV[3])), ARGV[4]
local answers = {}
for index = FIRST_ID, #KEYS do
  local position = 5 + (index - FIRST_ID) * 2
  local fingerprint, holder = ARGV[position], ARGV[position + 1]
  local known = read(KEYS[index])
  local answer
  if known and known.fingerprint ~= fingerprint then
    answer = 'conflict'
  elseif known and known.kind == 'D' then
    answer = 'D' .. known.settlement
  elseif known and known.holder ~= holder and isAlive(known.leaseEnd, known.holder) then
    answer = 'in-flight'
  else
    answer = 'claimed'
    if known and known.holder ~= holder then
      answer = tonumber(known.leaseEnd) == 0 and 'abandoned' or 'holder-died'
    end
    redis.call('SET', KEYS[index], 'S|' .. fingerprint .. '|' .. lease .. '|' .. holder, 'PX', ttl)
  end
  answers[#answers + 1] = answer
end
return answers
`);
