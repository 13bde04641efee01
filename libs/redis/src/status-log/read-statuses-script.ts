import { RedisScript } from '../redis-script.ts';

/** KEYS: stream, end. ARGV: position, most entries. Answers the end and the entries behind the position, at one moment. */
export const READ_STATUSES = new RedisScript(/* lua */ `
return {
  redis.call('GET', KEYS[2]),
  redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]),
}
`);
