import { firstAvailable } from '../first-available.ts';
import type { Absent, Candidate, StartContext, Unavailable } from '../first-available.ts';
import type { ProvisionOptions } from '../provision-options.ts';
import { redisInContainer } from './in-container.ts';
import type { ContainedRedis } from './in-container.ts';
import { redisOnPath } from './on-path.ts';
import type { LocalRedis } from './on-path.ts';

/** The environment names it: used as it is, never stopped. */
export interface NamedRedis {
  readonly kind: 'environment';
  readonly describe: string;
  readonly url: string;
  stop(): Promise<void>;
}

export type ProvisionedRedis = NamedRedis | ContainedRedis | LocalRedis | Unavailable;

export interface RedisStarts {
  readonly testcontainers: (context: StartContext) => Promise<ContainedRedis | Absent>;
  readonly path: (context: StartContext) => Promise<LocalRedis | Absent>;
}

const CONTAINER_TIMEOUT_MS = 120_000;
// An installation over a slow line.
const PATH_TIMEOUT_MS = 180_000;

/**
 * Redis from `REDIS_URL`, else a Docker engine, else `redis-server`, else none.
 *
 * @throws only the signal's reason
 */
export function provisionRedis(
  { environment, report, signal }: ProvisionOptions,
  starts: RedisStarts = { testcontainers: redisInContainer, path: redisOnPath },
): Promise<ProvisionedRedis> {
  const candidates: readonly Candidate<NamedRedis | ContainedRedis | LocalRedis>[] = [
    { name: 'REDIS_URL', timeoutMs: 1_000, start: () => Promise.resolve(namedRedis(environment)) },
    { name: 'Redis in a container', timeoutMs: CONTAINER_TIMEOUT_MS, start: starts.testcontainers },
    { name: 'redis-server', timeoutMs: PATH_TIMEOUT_MS, start: starts.path },
  ];
  return firstAvailable(candidates, { report, signal });
}

function namedRedis({ REDIS_URL: url }: NodeJS.ProcessEnv): NamedRedis | Absent {
  if (!url) return { kind: 'absent', reason: 'not set' };
  // The URL may carry a password; people need the host to know which one it is.
  const host = URL.canParse(url) ? new URL(url).host : 'its address';
  return {
    kind: 'environment',
    describe: `Redis at ${host} (REDIS_URL)`,
    url,
    stop: () => Promise.resolve(),
  };
}
