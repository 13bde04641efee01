import { RedisScript } from '../redis-script.ts';
import { LUA_ID } from './lua-id.ts';

/**
 * What became of ids that others send.
 *
 * KEYS, ARGV: as for {@link LUA_ID}, then ARGV: for each id its fingerprint.
 * Answers for each id: `in-flight`, `free`, or `D` and the settlement. An id that was used with other content meanwhile
 * is free as well: who claims it learns about the conflict.
 */
export const WATCH = new RedisScript(/* lua */ `${LUA_ID}
local answers = {}
for index = FIRST_ID, #KEYS do
  local known = read(KEYS[index])
  local answer = 'free'
  if known and known.fingerprint == ARGV[3 + index - FIRST_ID] then
    if known.kind == 'D' then
      answer = 'D' .. known.settlement
    elseif isAlive(known.leaseEnd, known.holder) then
      answer = 'in-flight'
    end
  end
  answers[#answers + 1] = answer
end
return answers
`);
