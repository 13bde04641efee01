import { RedisScript } from '../redis-script.ts';
import { LUA_NEWS } from './lua-news.ts';

/**
 * Takes news for telling. What this very call has taken already counts as taken by somebody else.
 *
 * KEYS, ARGV: as for {@link LUA_NEWS}; its own: holder, lease ms, a name of this call out of letters and digits.
 * Answers for each news: `ours`, `told` or `elsewhere`, unless keys are missing.
 */
export const CLAIM_NEWS = new RedisScript(/* lua */ `${LUA_NEWS}
local holder, call = ARGV[OWN], ARGV[OWN + 2]
local leaseEnd = stamp(now + tonumber(ARGV[OWN + 1]))
return eachNews(function(message, status)
  local known = redis.call('HGET', message, status) or ''
  if toldUs(known) then return 'told' end
  local till, by, who = string.match(known, '^P|([%d.]+)|(%w+)|(.*)$')
  if till and tonumber(till) > now and (who ~= holder or by == call) then return 'elsewhere' end
  redis.call('HSET', message, status, 'P|' .. leaseEnd .. '|' .. call .. '|' .. holder)
  return 'ours'
end)
`);
