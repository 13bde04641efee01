import { provisionRedis } from '@parley/provisioning';
import type { LocalRedis } from '@parley/provisioning';

/**
 * A Redis of the test's own, to be stopped and paused: another one than `REDIS_URL` names, which others use. Undefined
 * where redis-server is not to be had.
 */
export async function startOwnRedis(): Promise<LocalRedis | undefined> {
  const redis = await provisionRedis({
    environment: {},
    report: () => undefined,
    signal: AbortSignal.timeout(60_000),
  });
  if (redis.kind === 'path') return redis;
  if (redis.kind !== 'none') await redis.stop();
  return undefined;
}
