import { afterAll, beforeAll, describe } from '@jest/globals';
import { isRedisServerOnPath, startRedisServer } from '@parley/provisioning';
import type { LocalRedis } from '@parley/provisioning';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** A suite that stops or pauses a Redis: skipped where there is no server to start, whatever `REDIS_URL` names. */
export const describeWithRedisServer = isRedisServerOnPath() ? describe : describe.skip;

/** A Redis of the test's own: another one than `REDIS_URL` names, which others use. */
export function startOwnRedis(): Promise<LocalRedis> {
  return startRedisServer(AbortSignal.timeout(START_TIMEOUT_MS));
}

/** One for all tests of a suite, from before the first of them until after the last. */
export function ownRedis(): () => LocalRedis {
  let redis: LocalRedis | undefined;
  beforeAll(async () => {
    redis = await startOwnRedis();
  }, START_TIMEOUT_MS);
  afterAll(() => redis?.stop(), STOP_TIMEOUT_MS);
  return () => {
    if (!redis) throw new Error('not started yet');
    return redis;
  };
}
