import { RedisScript } from '../redis-script.ts';

/** KEYS: stream, doubts. ARGV: ids. */
export const REMOVE = new RedisScript(/* lua */ `
redis.call('XDEL', KEYS[1], unpack(ARGV))
redis.call('HDEL', KEYS[2], unpack(ARGV))
`);
