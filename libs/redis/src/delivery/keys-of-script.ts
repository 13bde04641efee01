import { RedisScript } from '../redis-script.ts';

/** KEYS: hashes of WhatsApp ids. Answers for each the key that it goes with, or nil. */
export const KEYS_OF = new RedisScript(/* lua */ `
local answers = {}
for index = 1, #KEYS do answers[index] = redis.call('HGET', KEYS[index], 'key') end
return answers
`);
