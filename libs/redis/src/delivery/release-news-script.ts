import { RedisScript } from '../redis-script.ts';
import { LUA_NEWS } from './lua-news.ts';

/**
 * Gives news back that their holder could not tell.
 *
 * KEYS, ARGV: as for {@link LUA_NEWS}; its own: holder. Answers for each news: `free`, unless keys are missing.
 */
export const RELEASE_NEWS = new RedisScript(/* lua */ `${LUA_NEWS}
return eachNews(function(message, status)
  local known = redis.call('HGET', message, status) or ''
  if string.match(known, '^P|[%d.]+|%w+|(.*)$') == ARGV[OWN] then redis.call('HDEL', message, status) end
  return 'free'
end)
`);
