import { RedisScript } from '../redis-script.ts';

/**
 * Remembers how messages ended, the first end of each id for good, and what their keys belong to.
 *
 * KEYS: for each message its id, its provider key or its id again. ARGV: time to live of ids ms, of keys ms, and for
 * each message its stored end and what its key belongs to, or ''.
 * Answers for each message the settlement that its id has already, or '' where its own stands, and where other content
 * has the id.
 */
export const SETTLE = new RedisScript(/* lua */ `
local answers = {}
for index = 1, #KEYS, 2 do
  local known, own, answer = redis.call('GET', KEYS[index]), ARGV[index + 2], ''
  if not known or string.sub(known, 1, 2) ~= 'D|' then
    redis.call('SET', KEYS[index], own, 'PX', ARGV[1])
  else
    local content = string.match(own, '^D|[^|]*|')
    if string.sub(known, 1, #content) == content then answer = string.sub(known, #content + 1) end
  end
  answers[#answers + 1] = answer
  if ARGV[index + 3] ~= '' then redis.call('SET', KEYS[index + 1], ARGV[index + 3], 'PX', ARGV[2]) end
end
return answers
`);
