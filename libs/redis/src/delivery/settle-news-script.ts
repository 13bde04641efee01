import { RedisScript } from '../redis-script.ts';
import { LUA_NEWS } from './lua-news.ts';

/**
 * Remembers news that were told, whoever told them; the first of each status stays. Told at one moment, they keep the
 * order of the call.
 *
 * KEYS, ARGV: as for {@link LUA_NEWS}. Answers for each news: `told`, unless keys are missing.
 */
export const SETTLE_NEWS = new RedisScript(/* lua */ `${LUA_NEWS}
return eachNews(function(message, status, text, index)
  if not toldUs(redis.call('HGET', message, status)) then
    redis.call('HSET', message, status, string.format('D|%.0f|', now * 1000 + index) .. text)
  end
  return 'told'
end)
`);
