import { RedisScript } from '../redis-script.ts';
import { LUA_NEWS } from './lua-news.ts';

/**
 * Takes news for telling. What a call has taken already counts in that call as taken by somebody else.
 *
 * KEYS, ARGV: as for {@link LUA_NEWS}, with `call|holder` as the text of each, the call named by letters and digits; its own:
 * lease ms.
 * Answers for each news: `ours`, `told` or `elsewhere`, unless keys are missing.
 */
export const CLAIM_NEWS = new RedisScript(/* lua */ `${LUA_NEWS}
local leaseEnd = stamp(now + tonumber(ARGV[OWN]))
return eachNews(function(message, status, text)
  local call, holder = string.match(text, '^(%w+)|(.*)$')
  local known = redis.call('HGET', message, status) or ''
  if toldUs(known) then return 'told' end
  local till, by, who = string.match(known, '^P|([%d.]+)|(%w+)|(.*)$')
  if till and tonumber(till) > now and (who ~= holder or by == call) then return 'elsewhere' end
  redis.call('HSET', message, status, 'P|' .. leaseEnd .. '|' .. text)
  return 'ours'
end)
`);
