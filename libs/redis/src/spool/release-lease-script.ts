import { RedisScript } from '../redis-script.ts';

/** KEYS: lease. ARGV: holder. */
export const RELEASE_LEASE = new RedisScript(/* lua */ `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`);
