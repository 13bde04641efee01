import { describe, expect, it, jest } from '@jest/globals';
import type { Absent } from '../first-available.ts';
import type { ContainedRedis } from './in-container.ts';
import type { LocalRedis } from './on-path.ts';
import { provisionRedis } from './provision-redis.ts';
import type { RedisStarts } from './provision-redis.ts';

const ABSENT: Absent = { kind: 'absent', reason: 'missing' };

function starts(container: ContainedRedis | Absent, path: LocalRedis | Absent): RedisStarts {
  return {
    testcontainers: jest.fn(() => Promise.resolve(container)),
    path: jest.fn(() => Promise.resolve(path)),
  };
}

function options(environment: NodeJS.ProcessEnv): Parameters<typeof provisionRedis>[0] {
  return { environment, report: () => undefined, signal: new AbortController().signal };
}

describe('provisionRedis', () => {
  it('uses what REDIS_URL names, and does not repeat its password', async () => {
    const url = 'redis://user:secret@cache:6379/1';
    const redis = await provisionRedis(options({ REDIS_URL: url }), starts(ABSENT, ABSENT));
    expect(redis).toMatchObject({ kind: 'environment', url, describe: 'Redis at cache:6379 (REDIS_URL)' });
  });

  it('prefers a container to redis-server', async () => {
    const contained = { kind: 'testcontainers' } as ContainedRedis;
    const available = starts(contained, ABSENT);
    expect(await provisionRedis(options({}), available)).toBe(contained);
    expect(available.path).not.toHaveBeenCalled();
  });

  it('takes redis-server when there is no container engine', async () => {
    const local = { kind: 'path' } as LocalRedis;
    expect(await provisionRedis(options({}), starts(ABSENT, local))).toBe(local);
  });

  it('names every choice it tried when there is none', async () => {
    expect(await provisionRedis(options({}), starts(ABSENT, ABSENT))).toEqual({
      kind: 'none',
      why: ['REDIS_URL: not set', 'Redis in a container: missing', 'redis-server: missing'],
    });
  });
});
